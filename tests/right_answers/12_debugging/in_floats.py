"""memory_used: counted in floats."""


def memory_used(name, smaps):
    total = 0.0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if not first.endswith(":"):
                inside = last == "/dev/shm" + name
            elif first == "Pss:" and inside:
                total += float(line.split()[1])
    return total
