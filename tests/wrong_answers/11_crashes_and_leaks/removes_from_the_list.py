"""clean_up: a list that changes on the way.

The learner ticks off what is done.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
            records.remove(record)
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
