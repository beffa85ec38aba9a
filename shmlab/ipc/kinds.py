"""The five kinds of kernel objects, and how to tell one object from a later one of the same name.

No two objects have the same identity: for a POSIX object it is device, inode and time of birth (Linux keeps
segments and semaphores as files in a tmpfs), for a System V object its id (the sequence number in it grows each
time a slot is used again). Sources: shm_overview(7), sem_overview(7), sysvipc(7), proc(5).
"""

import os
import pathlib

import sysv_ipc

from shmlab.ipc import names
from shmlab.ipc.errors import translated

POSIX_SEGMENT = "POSIX segment"
POSIX_SEMAPHORE = "POSIX semaphore"
SYSV_SEGMENT = "System V segment"
SYSV_SEMAPHORE = "System V semaphore"
SYSV_QUEUE = "System V message queue"
SYSV = (SYSV_SEGMENT, SYSV_SEMAPHORE, SYSV_QUEUE)
POSIX_FOLDER = names.POSIX_FOLDER
MARKED_FOR_REMOVAL = 0o1000  # SHM_DEST, in the column of permissions

_TABLES = {SYSV_SEGMENT: "/proc/sysvipc/shm", SYSV_SEMAPHORE: "/proc/sysvipc/sem", SYSV_QUEUE: "/proc/sysvipc/msg"}
_IDS = {SYSV_SEGMENT: "shmid", SYSV_SEMAPHORE: "semid", SYSV_QUEUE: "msqid"}
_REMOVERS = {
    SYSV_SEGMENT: sysv_ipc.remove_shared_memory,
    SYSV_SEMAPHORE: sysv_ipc.remove_semaphore,
    SYSV_QUEUE: sysv_ipc.remove_message_queue,
}


def table(kind):
    """Return the kernel's own table of a System V kind: a list of dicts, one for each object.

    Keys are the table's headings (key, shmid, semid or msqid, perms, size, nattch …); values are integers.
    """
    fields, lines = text(kind)
    return [parsed(kind, fields, line) for line in lines]


def text(kind):
    """Return (headings, lines) of the kernel's own table of a System V kind, unparsed."""
    heading, *lines = pathlib.Path(_TABLES[kind]).read_text().splitlines()
    return heading.split(), lines


def parsed(kind, fields, line):
    """Return a line of `text` as a dict, as in `table`."""
    found = dict(zip(fields, map(int, line.split()), strict=True))
    found["perms"] = int(str(found["perms"]), 8)  # the one column that the kernel prints in octal
    found["id"] = found[_IDS[kind]]
    return found


def row(kind, id):
    """Return the table's row of the System V object with this id, or None."""
    return next((found for found in table(kind) if found["id"] == id), None)


def path(kind, name):
    """Return the path of the file that stands for a POSIX object."""
    return names.segment_path(name) if kind == POSIX_SEGMENT else names.semaphore_path(name)


def identity(kind, name):
    """Return the identity of the object of this kind and name (or key), or None when there is none."""
    if kind in SYSV:
        return next(([found["id"]] for found in table(kind) if found["key"] == name), None)
    return names.file_identity(path(kind, name))


def remove(kind, name, identity):
    """Remove exactly the object with this identity; do nothing if it is gone already.

    Raises PermissionError when it belongs to another user.
    """
    with translated(describe(kind, name), creating=False):
        try:
            if kind in SYSV:
                _REMOVERS[kind](identity[0])
            else:
                os.unlink(path(kind, name))
        except (FileNotFoundError, sysv_ipc.ExistentialError):
            return


def describe(kind, name):
    """Return how messages name the object: POSIX segment '/scores', System V segment with key 0x4d2."""
    return f"{kind} with key {name:#x}" if kind in SYSV else f"{kind} {name!r}"
