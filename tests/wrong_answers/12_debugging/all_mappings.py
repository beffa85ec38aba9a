"""memory_used: every mapping.

The learner adds up everything.
"""


def memory_used(name, smaps):
    return sum(int(line.split()[1]) for text in smaps for line in text.splitlines() if line.startswith("Pss:"))
