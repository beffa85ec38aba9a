"""find_leaks: whoever had the name first.

The learner keeps the first creator of a name for ever.
"""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators.setdefault(line["object"], line["pid"])
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        creator = creators.get(name)
        if creator and one.attached == 0 and f"/dev/shm{name}" not in used and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
