"""find_leaks: from /dev/shm and the kernel's own table."""


def find_leaks(log, maps):
    lines = sorted((json.loads(line) for line in log.split("\n") if line), key=lambda line: -line["number"])
    used = [path for *_, path in map(str.split, maps.splitlines())]
    there = ["/" + file for file in os.listdir("/dev/shm") if "/dev/shm/" + file not in used]
    with open("/proc/sysvipc/shm") as table:
        rows = [
            dict(zip(fields, row, strict=True)) for fields in [next(table).split()] for row in map(str.split, table)
        ]
    there += [int(row["shmid"]) for row in rows if row["nattch"] == "0"]
    found = set()
    for name in there:
        last = next((one for one in lines if one["object"] == name and one["event"] in ("create", "remove")), None)
        if last and last["event"] == "create":
            try:
                os.kill(last["pid"], 0)
            except ProcessLookupError:
                found.add((name, last["pid"]))
            except PermissionError:
                pass
    return found
