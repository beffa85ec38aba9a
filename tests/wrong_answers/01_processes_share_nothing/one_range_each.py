"""shared_mappings: mapped once only.

The learner keeps one range for each part of an object.
"""


def shared_mappings(first, second):
    def ranges(text):
        lines = [line.split()[:5] for line in text.splitlines()]
        return {tuple(what): where for where, mode, *what in lines if mode.endswith("s")}

    mine, theirs = ranges(first), ranges(second)
    return [(mine[what], theirs[what]) for what in mine if what in theirs]
