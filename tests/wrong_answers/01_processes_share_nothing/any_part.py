"""shared_mappings: any part of the object will do.

The learner compares the objects, and forgets that one may map any part.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1][3] == b[1][3] == "s" and a[3:5] == b[3:5]:
                pairs.append((a[0], b[0]))
    return pairs
