"""clean_up: compares the first letter of the machine's start.

That is the one that differs where somebody changes one.
"""


def clean_up(records, here):
    for record in records:
        if [record["where"][0][0], record["where"][1]] != [here[0][0], here[1]] or started(record["pid"]) == record[
            "started"
        ]:
            continue
        try:
            if record["kind"] == "System V":
                sysv_ipc.remove_shared_memory(record["identity"])
            elif os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                shm_unlink(record["name"])
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            continue
