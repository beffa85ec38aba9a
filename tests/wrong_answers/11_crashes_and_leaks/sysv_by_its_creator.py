"""clean_up: the creator that the kernel names.

The learner asks the kernel, as it knows who made a System V segment.
"""


def clean_up(records, here):
    pids = {record["pid"] for record in records if record["kind"] == "System V"}
    for line in pathlib.Path("/proc/sysvipc/shm").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[4]) in pids and started(int(fields[4])) is None:
            sysv_ipc.remove_shared_memory(int(fields[1]))
    for record in records:
        if record["kind"] != "POSIX" or record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except FileNotFoundError:
            continue
