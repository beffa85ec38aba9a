"""worst_schedule: the last load comes too late.

The learner wipes out the additions of both, and lets the last one load what was counted since.
"""


def worst_schedule():
    return [0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 1, 1]
