"""shared_mappings: an inode without its device.

The learner believes that an inode number is unique.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1][3] == b[1][3] == "s" and (a[2], a[4]) == (b[2], b[4]):
                pairs.append((a[0], b[0]))
    return pairs
