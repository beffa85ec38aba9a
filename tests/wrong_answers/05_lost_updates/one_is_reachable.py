"""worst_schedule: an unfinished store.

The learner stops where the counter is 1, and believes that the other steps do not have to be done.
"""


def worst_schedule():
    return [0, 1, 1, 1, 1, 1, 1, 0]
