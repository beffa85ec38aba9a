"""memory_used: another segment, too.

The learner looks for the name anywhere in the line.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, _last = line.split()
            if not first.endswith(":"):
                inside = "/dev/shm" + name in line
            elif first == "Pss:" and inside:
                total += int(line.split()[1])
    return total
