"""final_values: something is always lost.

The learner believes that processes that start together always collide.
"""


def final_values():
    return [{1}, {1, 10}, {1, 2}]
