"""find_leaks: everything is a segment.

The learner compares the attach count of each object, and a semaphore has none.
"""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        in_use = one.attached > 0 or f"/dev/shm{name}" in used
        creator = creators.get(name) if "segment" in one.kind else None
        if creator and not in_use and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
