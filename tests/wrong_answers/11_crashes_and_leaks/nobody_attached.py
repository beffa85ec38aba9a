"""clean_up: a System V segment whose creator lives.

The learner takes an attach count of 0 for a proof.
"""


def clean_up(records, here):
    for record in records:
        if record["where"] != here:
            continue
        try:
            if record["kind"] == "System V":
                memory = sysv_ipc.attach(record["identity"])
                others = memory.number_attached - 1
                memory.detach()
                if others == 0:
                    memory.remove()
            elif started(record["pid"]) != record["started"]:
                if os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                    shm_unlink(record["name"])
        except (FileNotFoundError, ValueError):
            continue
