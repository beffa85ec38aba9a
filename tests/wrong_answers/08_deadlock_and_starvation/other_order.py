"""tools: the three in another order.

The learner gives the numbers as they grow.
"""


def tools(needs):
    enough = sum(needs) - len(needs) + 1
    return [max(needs) - 1, max(needs), enough]
