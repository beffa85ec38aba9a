"""shared_mappings: line by line.

The learner compares the first line with the first, the second with the second, and so on.
"""


def shared_mappings(first, second):
    pairs = []
    for line, other in zip(first.splitlines(), second.splitlines(), strict=False):
        a, b = line.split(), other.split()
        if a[1][3] == b[1][3] == "s" and a[2:5] == b[2:5]:
            pairs.append((a[0], b[0]))
    return pairs
