"""find_leaks: something was removed.

The learner tidies up at once.
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
        if creator and one.attached == 0 and f"/dev/shm{name}" not in used and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
            if one.id is None:
                shm_unlink(name)
    return leaks
