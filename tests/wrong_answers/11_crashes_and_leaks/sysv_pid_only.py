"""clean_up: a System V pid without its start.

The learner has written the System V part first, and has read on since.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here:
            continue
        now = started(record["pid"])
        if now == record["started"] or (record["kind"] == "System V" and now is not None):
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
