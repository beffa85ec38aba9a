"""find_leaks: an id of 0 is none.

The learner takes the id if it is true.
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
        name = one.id or one.name
        in_use = one.attached or f"/dev/shm{name}" in used
        creator = creators.get(name)
        if creator and not in_use and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
