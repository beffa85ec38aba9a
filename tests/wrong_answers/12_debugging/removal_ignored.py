"""find_leaks: what was removed is remembered.

The learner thinks that what was removed is not there anyway.
"""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        creator = creators.get(name)
        unused = one.attached == 0 and f"/dev/shm{name}" not in used
        if creator and unused and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
