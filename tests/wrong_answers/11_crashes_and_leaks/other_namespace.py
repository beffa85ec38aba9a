"""clean_up: another namespace.

The learner compares starts of the machine, and takes each pid for one of this container.
"""


def clean_up(records, here):
    for record in records:
        if record["where"][0] != here[0] or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
