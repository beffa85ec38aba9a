"""shared_mappings: only writers share.

The learner believes that a mapping that may only be read is not shared.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1] == b[1] == "rw-s" and a[2:5] == b[2:5]:
                pairs.append((a[0], b[0]))
    return pairs
