"""find_leaks: who never detached is still there.

The learner counts users by the attach and detach lines.
"""


def find_leaks(log, maps):
    creators, users = {}, {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        name = line["object"]
        if line["event"] == "create":
            creators[name], users[name] = line["pid"], 0
        elif line["event"] == "remove":
            creators.pop(name, None)
        elif line["event"] in ("attach", "detach"):
            users[name] += 1 if line["event"] == "attach" else -1
    there = {one.name if one.id is None else one.id for one in objects(everyone=True)}
    return [
        (name, creator)
        for name, creator in creators.items()
        if name in there and not users[name] and not os.path.exists(f"/proc/{creator}")
    ]
