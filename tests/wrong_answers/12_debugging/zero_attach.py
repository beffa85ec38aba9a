"""find_leaks: an attach count of 0 is a leak.

The learner does not ask whether the creator is alive.
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
        creator = creators.get(name)
        if creator and one.attached == 0 and f"/dev/shm{name}" not in used:
            leaks.append((name, creator))
    return leaks
