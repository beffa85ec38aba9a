"""clean_up: a name that was used again.

The learner takes the name for the segment.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            else:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
