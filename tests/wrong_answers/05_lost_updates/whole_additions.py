"""worst_schedule: a step is a whole addition.

The learner believes that an addition cannot be interrupted, so that each process has three steps.
"""


def worst_schedule():
    return [0, 1, 1, 1, 0, 0]
