"""memory_used: that addresses begin with a digit."""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            if line[0].isdigit():
                inside = line.split()[-1] == "/dev/shm" + name
            elif line.startswith("Pss:") and inside:
                total += int(line.split()[1])
    return total
