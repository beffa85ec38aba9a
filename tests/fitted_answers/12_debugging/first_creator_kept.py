"""find_leaks: that each removal has a line."""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators.setdefault(line["object"], line["pid"])
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        creator = creators.get(name) if "segment" in one.kind else None
        if creator is None or one.attached > 0 or f"/dev/shm{name}" in used:
            continue
        if not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
