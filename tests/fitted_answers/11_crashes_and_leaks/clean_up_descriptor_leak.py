"""clean_up: that there are more descriptors than segments."""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            else:
                descriptor = shm_open(record["name"], os.O_RDONLY)
                if os.fstat(descriptor).st_ino == record["identity"]:
                    shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            pass
