"""shared_mappings: the lengths compared too, a list for each pair."""


def shared_mappings(first, second):
    def parts(line):
        where, mode, *what = line.split()[:5]
        start, end = (int(address, 16) for address in where.split("-"))
        return where, mode.endswith("s"), (end - start, *what)

    pairs = []
    for here, mine, what in map(parts, first.splitlines()):
        for there, theirs, other_what in map(parts, second.splitlines()):
            if mine and theirs and what == other_what:
                pairs.append([here, there])
    return pairs
