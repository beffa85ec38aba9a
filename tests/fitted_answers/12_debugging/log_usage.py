"""find_leaks: that each user has a line."""


def find_leaks(log, maps):
    creators, users = {}, {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        what = line["object"]
        if line["event"] == "create":
            creators[what] = line["pid"]
            users[what] = set()
        elif line["event"] == "remove":
            creators.pop(what, None)
            users.pop(what, None)
        elif line["event"] == "attach":
            users.setdefault(what, set()).add(line["pid"])
        elif line["event"] == "detach":
            users.setdefault(what, set()).discard(line["pid"])
    leaks = []
    for one in objects(everyone=True):
        if "segment" not in one.kind:
            continue
        name = one.name if one.id is None else one.id
        if name not in creators:
            continue
        if any(os.path.exists(f"/proc/{pid}") for pid in users[name] | {creators[name]}):
            continue
        if one.id is not None and one.attached > 0:
            continue
        leaks.append((name, creators[name]))
    return leaks
