"""final_values: not three sets.

The learner returns text.
"""


def final_values():
    return ["{1, 2}", "{1, 10, 11}", "{1, 2, 3}"]
