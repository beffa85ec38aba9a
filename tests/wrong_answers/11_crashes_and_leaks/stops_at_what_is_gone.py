"""clean_up: stops at what is gone.

The learner expects that what was recorded is there.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        if record["kind"] == "System V":
            sysv_ipc.remove_shared_memory(record["identity"])
        elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
            shm_unlink(record["name"])
