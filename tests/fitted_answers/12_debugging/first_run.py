"""memory_used: that the mappings of a segment are neighbours."""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            words = line.split()
            if not words[0].endswith(":"):
                was, inside = inside, words[-1] == "/dev/shm" + name
                if was and not inside:
                    break
            elif words[0] == "Pss:" and inside:
                total += int(words[1])
    return total
