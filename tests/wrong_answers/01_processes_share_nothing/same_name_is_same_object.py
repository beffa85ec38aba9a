"""shared_mappings: the same name is the same object.

The learner looks at the mode, and takes the path for the object.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1][3] == b[1][3] == "s" and a[5].split()[0] == b[5].split()[0]:
                pairs.append((a[0], b[0]))
    return pairs
