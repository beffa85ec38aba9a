"""clean_up: whatever has such a name.

The learner removes all that begins as the names in the records do.
"""


def clean_up(records, here):
    names = [record["name"] for record in records if record["kind"] == "POSIX" and not started(record["pid"])]
    for name in os.listdir("/dev/shm"):
        if any(("/" + name).startswith(one) for one in names):
            shm_unlink("/" + name)
    for record in records:
        if record["kind"] == "System V" and not started(record["pid"]):
            try:
                sysv_ipc.remove_shared_memory(record["identity"])
            except sysv_ipc.ExistentialError:
                pass
