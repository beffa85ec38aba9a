"""clean_up: a list of the dead, and two loops"""


def clean_up(records, here):
    dead = [one for one in records if one["where"] == here and started(one["pid"]) != one["started"]]
    for one in dead:
        if one["kind"] == "POSIX":
            path = pathlib.Path("/dev/shm", one["name"][1:])
            if path.exists() and path.stat().st_ino == one["identity"]:
                path.unlink()
    for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        if ("System V", int(line.split()[1])) in [(one["kind"], one["identity"]) for one in dead]:
            sysv_ipc.remove_shared_memory(int(line.split()[1]))
