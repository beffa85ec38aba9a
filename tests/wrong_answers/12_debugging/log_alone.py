"""find_leaks: the log alone.

The learner believes that what was not removed in the log is there.
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
    for name, creator in creators.items():
        attached = any(one.id == name and one.attached for one in objects(everyone=True))
        if not attached and f"/dev/shm{name}" not in used and not os.path.exists(f"/proc/{creator}"):
            leaks.append((name, creator))
    return leaks
