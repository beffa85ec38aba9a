"""find_leaks: what is in /dev/shm is all there is.

The learner looks at files only.
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
    for file in os.listdir("/dev/shm"):
        creator = creators.get("/" + file)
        if creator and "/dev/shm/" + file not in used and not os.path.exists(f"/proc/{creator}"):
            leaks.append(("/" + file, creator))
    return leaks
