"""worst_schedule: numbers of numpy's."""

import numpy as np


def worst_schedule():
    return list(np.array([0, 1, 1, 1, 1, 0, 1, 0, 0, 0, 0, 1]))
