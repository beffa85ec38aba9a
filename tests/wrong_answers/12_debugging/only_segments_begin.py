"""memory_used: only segments begin a mapping.

The learner knows a mapping by /dev/shm in its line.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if "/dev/shm/" in line:
                inside = last == "/dev/shm" + name
            elif first == "Pss:" and inside:
                total += int(line.split()[1])
    return total
