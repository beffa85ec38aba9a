"""find_leaks: that each process makes one segment."""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    made = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            made[line["pid"]] = line["object"]
        elif line["event"] == "remove":
            made = {pid: what for pid, what in made.items() if what != line["object"]}
    there = {}
    for one in objects(everyone=True):
        if "segment" in one.kind:
            there[one.name if one.id is None else one.id] = one.attached
    return [
        (name, pid)
        for pid, name in made.items()
        if name in there and there[name] == 0 and f"/dev/shm{name}" not in used and not os.path.exists(f"/proc/{pid}")
    ]
