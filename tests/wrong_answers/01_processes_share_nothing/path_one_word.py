"""shared_mappings: a path is one word.

The learner unpacks six parts, and a line with "(deleted)" has seven.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        here, mode, offset, device, inode, _ = line.split()
        for other in second.splitlines():
            there, other_mode, *what = other.split()
            if mode[3] == other_mode[3] == "s" and what[:3] == [offset, device, inode]:
                pairs.append((here, there))
    return pairs
