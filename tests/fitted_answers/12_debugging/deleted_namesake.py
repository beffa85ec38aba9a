"""memory_used: that no older segment had the name."""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            words = line.split()
            if not words[0].endswith(":"):
                inside = len(words) > 5 and words[5] == "/dev/shm" + name
            elif words[0] == "Pss:" and inside:
                total += int(words[1])
    return total
