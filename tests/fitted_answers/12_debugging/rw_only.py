"""memory_used: that all may write."""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            if " rw-s " in line:
                inside = line.split()[-1] == "/dev/shm" + name
            elif line.startswith("Pss:") and inside:
                total += int(line.split()[1])
    return total
