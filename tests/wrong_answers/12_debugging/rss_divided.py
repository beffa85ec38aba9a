"""memory_used: RSS in equal parts.

The learner shares RSS out among the processes.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if not first.endswith(":"):
                inside = last == "/dev/shm" + name
            elif first == "Rss:" and inside:
                total += int(line.split()[1])
    return total / len(smaps)
