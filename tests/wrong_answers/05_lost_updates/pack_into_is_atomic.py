"""write_pair: one call is one step.

The learner believes that one call of struct.pack_into stores both halves at once.
"""

import struct

from shmlab import buffer


def write_pair(pair, locks, compute):
    left, right = compute()
    struct.pack_into("qq", buffer(pair), 0, left, right)


def read_pair(pair, locks):
    return struct.unpack_from("qq", buffer(pair), 0)
