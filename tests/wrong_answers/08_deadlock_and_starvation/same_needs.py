"""tools: counted as if all needed the same.

The learner has a formula from processes that all need the same.
"""


def tools(needs):
    most = max(needs)
    return [(most - 1) * len(needs) + 1, most, most - 1]
