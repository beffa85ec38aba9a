"""Whether the kernel has room for a few more small objects.

Sources: statvfs(3), shmget(2), semget(2), msgget(2).
"""

import os

from shmlab.ipc import kinds, limits, names
from shmlab.ipc.limits import WANTED_BYTES, in_words

_WANTED_OBJECTS = 32  # of each kind


def missing_room():
    """Return which of the kernel's limits are nearly reached, in words, or "". Others' objects count too.

    A kernel without System V objects, such as gVisor's, has no such limits.
    """
    sysv = (_sysv_memory(), *_sysv_objects()) if os.path.exists("/proc/sysvipc") else ()
    return ", and ".join(filter(None, (_posix(), *sysv)))


def _posix():
    space, status = limits.posix_space(), os.statvfs(names.POSIX_FOLDER)
    if space.free_bytes < WANTED_BYTES:
        return f"/dev/shm has {in_words(space.free_bytes)} free of {in_words(space.size_bytes)}"
    if status.f_files and status.f_favail < _WANTED_OBJECTS:
        return f"/dev/shm has room for {status.f_favail} more files of {status.f_files}"
    return ""


def _sysv_memory():
    page = os.sysconf("SC_PAGESIZE")
    taken = sum(-(-segment["size"] // page) for segment in kinds.table(kinds.SYSV_SEGMENT)) * page
    most = limits.shmall() * page
    if most - taken < WANTED_BYTES:
        return f"System V segments take {in_words(taken)} of SHMALL = {in_words(most)}"
    return ""


def _sysv_objects():
    """Return for each System V kind that is near its limit how many there are, in words."""
    sets, limit = kinds.table(kinds.SYSV_SEMAPHORE), limits.semaphores()
    counted = (
        ("segments (SHMMNI)", len(kinds.table(kinds.SYSV_SEGMENT)), limits.shmmni()),
        ("semaphore sets (SEMMNI)", len(sets), limit.sets),
        ("semaphores (SEMMNS)", sum(one["nsems"] for one in sets), limit.system_wide),
        ("message queues (MSGMNI)", len(kinds.table(kinds.SYSV_QUEUE)), limits.msgmni()),
    )
    return [
        f"there are {count} of at most {most} System V {what}"
        for what, count, most in counted
        if most - count < _WANTED_OBJECTS
    ]
