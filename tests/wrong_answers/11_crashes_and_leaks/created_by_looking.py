"""clean_up: made by looking.

The learner opens as the lesson creates.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
                continue
            descriptor = shm_open(record["name"], os.O_RDWR | os.O_CREAT, 0o600)
            if os.fstat(descriptor).st_ino == record["identity"]:
                shm_unlink(record["name"])
            os.close(descriptor)
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
