"""clean_up: a key that was used again.

The learner asks the kernel for the id of the key.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.SharedMemory(record["name"]).remove()
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
