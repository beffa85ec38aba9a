"""clean_up: another start of the machine.

The learner compares namespaces, and forgets that the machine may have started anew.
"""


def clean_up(records, here):
    for record in records:
        if record["where"][1] != here[1] or started(record["pid"]) == record["started"]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
