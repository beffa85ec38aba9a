"""clean_up: a System V segment from anywhere.

The learner thinks that an id of System V is proof enough.
"""


def clean_up(records, here):
    for record in records:
        alike = record["where"] == here or record["kind"] == "System V"
        if not alike or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
