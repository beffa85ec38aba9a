"""memory_used: one mapping of each process.

The learner stops at the first mapping.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        lines = text.splitlines()
        at = next(number for number, line in enumerate(lines) if line.endswith("/dev/shm" + name))
        total += int(next(line for line in lines[at:] if line.startswith("Pss:")).split()[1])
    return total
