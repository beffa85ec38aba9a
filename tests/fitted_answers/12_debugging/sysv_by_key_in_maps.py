"""find_leaks: that a key is never used again."""


def find_leaks(log, maps):
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    leaks = []
    for one in objects(everyone=True):
        if "segment" not in one.kind:
            continue
        name = one.name if one.id is None else one.id
        if name not in creators or os.path.exists(f"/proc/{creators[name]}"):
            continue
        path = f"/dev/shm{name}" if one.id is None else f"/SYSV{one.name & 0xFFFFFFFF:08x} (deleted)"
        if any(line.endswith(path) for line in maps.splitlines()):
            continue
        leaks.append((name, creators[name]))
    return leaks
