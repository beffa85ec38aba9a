"""find_leaks: the older one of that name.

The learner looks for the path among all words.
"""


def find_leaks(log, maps):
    used = maps.split()
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        in_use = one.attached or f"/dev/shm{name}" in used
        creator = creators.get(name)
        if creator and not in_use and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
