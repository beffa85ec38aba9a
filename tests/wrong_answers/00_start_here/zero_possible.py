"""final_values: 0 is possible.

The learner believes that two stores at the same time can wipe out both.
"""


def final_values():
    return [{0, 1, 2}, {0, 1, 10, 11}, {0, 1, 2, 3}]
