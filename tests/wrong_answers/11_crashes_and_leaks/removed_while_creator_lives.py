"""clean_up: its creator lives.

The learner removes all that is in the records: it is ours.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
