"""The explorer: every interleaving of a program's processes, on a model of memory and synchronization.

A pure model: nothing here touches the kernel, and nothing draws. A learner's functions run unchanged
on look-alikes of their memory (fields, raw) and of their semaphores (objects); a host stops each
before its next operation (host, rewrite, stand_ins); what a function does next depends only on what
it has observed, so each behaviour is run once and remembered (behaviour, marks); the model says
which steps may follow (model, memory), and the search goes through all of them (search, cycles).
"""
