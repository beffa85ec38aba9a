"""Advice: accesses that nothing orders."""


def advice(model, question, witness):
    return ()
