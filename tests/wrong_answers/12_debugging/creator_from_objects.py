"""find_leaks: the system knows every creator.

The learner asks objects() for the creator, as the lesson does.
"""


def find_leaks(log, maps):
    used = {line.split()[-1] for line in maps.splitlines()}
    known = {json.loads(line)["object"] for line in log.splitlines()}
    leaks = []
    for one in objects(everyone=True):
        name = one.name if one.id is None else one.id
        in_use = one.attached or f"/dev/shm{name}" in used
        if name in known and not in_use and not os.path.exists(f"/proc/{one.creator_pid}"):
            leaks.append((name, one.creator_pid))
    return leaks
