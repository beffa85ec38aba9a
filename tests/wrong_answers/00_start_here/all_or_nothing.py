"""final_values: all is lost or nothing.

The learner sees two extremes, and nothing between them.
"""


def final_values():
    return [{1, 2}, {1, 10, 11}, {1, 3}]
