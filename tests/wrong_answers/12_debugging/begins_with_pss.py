"""memory_used: whatever begins with Pss.

The learner looks for the letters.
"""


def memory_used(name, smaps):
    total = 0
    for text in smaps:
        inside = False
        for line in text.splitlines():
            first, *_, last = line.split()
            if not first.endswith(":"):
                inside = last == "/dev/shm" + name
            elif first.startswith("Pss") and inside:
                total += int(line.split()[1])
    return total
