"""tools: enough for all at once.

The learner wants nobody to wait.
"""


def tools(needs):
    enough = sum(needs)
    return [enough, max(needs), 1]
