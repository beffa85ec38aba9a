"""shared_mappings: that no object has the number 0."""


def shared_mappings(first, second):
    mine, theirs = ([line.split()[:5] for line in text.splitlines()] for text in (first, second))
    return [
        (here, there)
        for here, mode, *what in mine
        for there, other_mode, *other_what in theirs
        if mode.endswith("s") and other_mode.endswith("s") and what == other_what and what[2] != "0"
    ]
