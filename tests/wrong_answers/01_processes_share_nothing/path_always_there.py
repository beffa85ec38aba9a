"""shared_mappings: each line has a path.

The learner unpacks six parts, and a line about memory without a name has five.
"""


def shared_mappings(first, second):
    pairs = []
    for line in first.splitlines():
        here, mode, offset, device, inode, _ = line.split(maxsplit=5)
        for other in second.splitlines():
            there, other_mode, *what, _ = other.split(maxsplit=5)
            if mode[3] == other_mode[3] == "s" and what == [offset, device, inode]:
                pairs.append((here, there))
    return pairs
