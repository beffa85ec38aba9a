"""shared_mappings: the same path is the same memory.

The learner compares paths, and takes what has the same name for the same memory.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[5:] == b[5:]:
                pairs.append((a[0], b[0]))
    return pairs
