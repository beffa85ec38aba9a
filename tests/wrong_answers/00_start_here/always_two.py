"""final_values: nothing is ever lost.

The learner believes that every addition counts, in whatever order.
"""


def final_values():
    return [{2}, {11}, {3}]
