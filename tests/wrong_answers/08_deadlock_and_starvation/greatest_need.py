"""tools: enough for the one who needs most.

The learner looks at one process at a time.
"""


def tools(needs):
    return [max(needs), max(needs), max(needs) - 1]
