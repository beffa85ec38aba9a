"""tools: a deadlock that is certain.

The learner takes a number with which nobody can finish for one with which some can.
"""


def tools(needs):
    return [sum(needs) - len(needs) + 1, max(needs) - 1, max(needs) - 1]
