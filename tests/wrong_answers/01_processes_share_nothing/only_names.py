"""shared_mappings: only what has a name is shared.

The learner leaves out what has been deleted, or never had a name.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1][3] == b[1][3] == "s" and a[2:5] == b[2:5] and a[5].startswith("/dev/shm"):
                pairs.append((a[0], b[0]))
    return pairs
