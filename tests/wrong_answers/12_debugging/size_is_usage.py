"""memory_used: the size is the usage.

The learner takes the size of the file.
"""


def memory_used(name, smaps):
    return os.stat("/dev/shm" + name).st_size // 1024
