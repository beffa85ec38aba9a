"""shared_mappings: an s anywhere.

The learner looks for the s in the whole line.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(), other.split()
            if "s" in line and "s" in other and a[2:5] == b[2:5]:
                pairs.append((a[0], b[0]))
    return pairs
