"""clean_up: another name first.

The learner moves each segment out of the way before removing it.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                os.rename("/dev/shm" + record["name"], "/dev/shm" + record["name"] + ".trash")
                os.unlink("/dev/shm" + record["name"] + ".trash")
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
