"""worst_schedule: one after the other.

The learner believes that switching after each addition is already bad.
"""


def worst_schedule():
    return [0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
