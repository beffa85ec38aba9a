"""shared_mappings: two modes."""


def shared_mappings(first, second):
    mine, theirs = ([line.split()[:5] for line in text.splitlines()] for text in (first, second))
    return [
        (here, there)
        for here, mode, *what in mine
        for there, other_mode, *other_what in theirs
        if mode in ("rw-s", "r--s") and other_mode in ("rw-s", "r--s") and what == other_what
    ]
