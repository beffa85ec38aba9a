"""tools: a deadlock that can be avoided.

The learner takes a likely deadlock for a certain one.
"""


def tools(needs):
    enough = sum(needs) - len(needs) + 1
    return [enough, enough - 1, max(needs)]
