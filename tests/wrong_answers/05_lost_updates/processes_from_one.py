"""worst_schedule: processes counted from one.

The learner has the right order, and calls the two processes 1 and 2.
"""


def worst_schedule():
    return [1, 2, 2, 2, 2, 1, 2, 1, 1, 1, 1, 2]
