"""memory_used: private pages only.

The learner leaves out what is shared.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if not first.endswith(":"):
                inside = last == "/dev/shm" + name
            elif first in ("Private_Clean:", "Private_Dirty:") and inside:
                total += int(line.split()[1])
    return total
