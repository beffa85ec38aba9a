"""shared_mappings: takes the first range that fits."""


def shared_mappings(first, second):
    found = []
    for there in second.splitlines():
        a, m, *w = there.split()[:5]
        if m[3] != "s":
            continue
        for here in first.splitlines():
            b, n, *v = here.split()[:5]
            if n[3] == "s" and v == w:
                found.append((b, a))
                break
    return found
