"""shared_mappings: the same address is the same memory.

The learner believes that an address names a place in the machine.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        for other in second.splitlines():
            a, b = line.split(maxsplit=5), other.split(maxsplit=5)
            if a[1].endswith("s") and a[0] == b[0]:
                pairs.append((a[0], b[0]))
    return pairs
