"""find_leaks: what you may not look into.

The learner trusts the attach count of POSIX segments, too.
"""


def find_leaks(log, maps):
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
        if creator and one.attached == 0 and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
