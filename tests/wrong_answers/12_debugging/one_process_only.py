"""memory_used: one process only.

The learner thinks that all of them have the same pages.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps[:1]:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if not first.endswith(":"):
                inside = last == "/dev/shm" + name
            elif first == "Pss:" and inside:
                total += int(line.split()[1])
    return total
