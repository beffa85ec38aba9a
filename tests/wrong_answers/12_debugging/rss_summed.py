"""memory_used: RSS added up.

The learner adds what each process has.
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
    return total
