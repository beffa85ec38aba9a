"""find_leaks: what ipcs shows is all there is.

The learner reads the table of System V segments, as ipcs does.
"""


def find_leaks(log, maps):
    creators = {}
    for line in sorted(map(json.loads, log.splitlines()), key=lambda line: line["number"]):
        if line["event"] == "create":
            creators[line["object"]] = line["pid"]
        elif line["event"] == "remove":
            creators.pop(line["object"], None)
    leaks = []
    with open("/proc/sysvipc/shm") as table:
        fields, *rows = map(str.split, table)
    for row in rows:
        one = dict(zip(fields, row, strict=True))
        creator = creators.get(int(one["shmid"]))
        if creator and one["nattch"] == "0" and not os.path.exists(f"/proc/{creator}"):
            leaks.append((int(one["shmid"]), creator))
    return leaks
