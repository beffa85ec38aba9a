"""clean_up: that no id is 0."""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"] or not record["identity"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            pass
