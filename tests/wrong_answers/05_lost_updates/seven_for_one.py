"""worst_schedule: more than six steps for one.

The learner has miscounted.
"""


def worst_schedule():
    return [0] * 7 + [1] * 5
