"""worst_schedule: a process keeps its own three.

The learner wipes out all of the other's work, and believes that a process never loses its own additions.
"""


def worst_schedule():
    return [0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0]
