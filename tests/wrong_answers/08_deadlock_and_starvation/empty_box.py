"""tools: no tool at all.

The learner makes the deadlock certain with an empty box.
"""


def tools(needs):
    enough = sum(needs) - len(needs) + 1
    return [enough, max(needs), 0]
