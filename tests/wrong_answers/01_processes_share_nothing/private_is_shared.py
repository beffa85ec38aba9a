"""shared_mappings: private mappings of one file are shared.

The learner finds the same object, and does not ask how it was mapped.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[2:5] == b[2:5] and a[4] != "0":
                pairs.append((a[0], b[0]))
    return pairs
