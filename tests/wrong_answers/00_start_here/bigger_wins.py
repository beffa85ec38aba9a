"""final_values: one of them always wins.

The learner believes that of two stores the bigger number stays.
"""


def final_values():
    return [{1, 2}, {10, 11}, {1, 2, 3}]
