"""memory_used: what anybody ever touched.

The learner counts the blocks of the file.
"""


def memory_used(name, smaps):
    return os.stat("/dev/shm" + name).st_blocks // 2
