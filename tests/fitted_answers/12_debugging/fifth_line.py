"""memory_used: that Pss is in the fifth line."""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        lines = text.splitlines()
        for at, line in enumerate(lines):
            if line.endswith(" /dev/shm" + name):
                total += int(lines[at + 5].split()[1])
    return total
