"""memory_used: always the same line.

The learner takes the third line, as in an older example.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if line.endswith("/dev/shm" + name):
                total += int(lines[at + 3].split()[1])
    return total
