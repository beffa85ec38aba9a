"""clean_up: only one family.

The learner thinks that the kernel cleans up System V segments when nobody is attached.
"""


def clean_up(records, here):
    for record in records:
        if record["kind"] != "POSIX" or record["where"] != here:
            continue
        if started(record["pid"]) != record["started"]:
            try:
                if os.stat("/dev/shm" + record["name"]).st_ino == record["identity"]:
                    shm_unlink(record["name"])
            except FileNotFoundError:
                continue
