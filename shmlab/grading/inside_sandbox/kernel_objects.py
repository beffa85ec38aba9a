"""What an independent process sees of the kernel's objects: for the first process of a sandbox, which judges nothing.

It tells plain dicts, which become a Found. Sources: proc(5), shmctl(2), semctl(2), sem_overview(7).
"""

import ctypes
import os
import pathlib
import stat

import sysv_ipc

from shmlab.ipc import kinds, listing, names
from shmlab.ipc.errors import os_error
from shmlab.ipc.libc import libc

MOST_BYTES = 16 * 1024  # of a content
_GETVAL = 12


def everything(handed=None, *, counted=True):
    """All objects there are, without their content. Where this kernel's objects are others' too, only those on the
    ledger of this sandbox, and those with the names and keys `handed` out to it. `counted`: see listing.objects."""
    return [_told(one) for one in _seen(handed, counted=counted)]


def _seen(handed, *, counted=True):
    found = listing.objects(everyone=True, counted=counted)
    return found if handed is None else [one for one in found if one.ours or one.name in handed]


def _told(one):
    return {
        "kind": one.kind,
        "name": one.name,
        "id": one.id,
        "size": one.size_bytes,
        "mode": f"{one.mode:04o}",
        "attached": one.attached,
        "removed": one.marked_for_removal,
        "identity": list(one.identity),
    }


def at(kind, name, id, handed=None):
    """The object of a kind with this name or key, or with this id, and its content; None where there is none."""
    for one in _seen(handed if id is None else None):  # an id says which, and one that is removed has no key
        if one.kind == kind and (one.id == id if id is not None else one.name == name):
            found = _told(one)
            return {**found, **_content(found)}
    return None


def _content(found):
    kind, name = found["kind"], found["name"]
    if kind == kinds.SYSV_SEGMENT:
        return {"content": _attached(found["id"]).hex()}
    if kind == kinds.SYSV_SEMAPHORE:
        return {"value": _checked(libc.semctl(found["id"], 0, _GETVAL))}
    data = _read(kinds.path(kind, name))
    if kind == kinds.POSIX_SEMAPHORE:  # the value comes first in what sem_open maps
        return {"value": int.from_bytes(data[:4], "little")}
    return {"content": data.hex()}


def _attached(id):
    memory = sysv_ipc.attach(id, flags=sysv_ipc.SHM_RDONLY)
    try:
        return memory.read(min(memory.size, MOST_BYTES))
    finally:
        memory.detach()


def _checked(result):
    if result < 0:
        raise os_error(ctypes.get_errno(), "semctl failed")
    return result


def _read(path):
    """The first bytes of a file, if it is one: what learners put there may be anything."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with open(descriptor, "rb") as stream:
        return stream.read(MOST_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def shared_maps(pid):
    """The lines of a process's maps that are about shared memory: what it stores there, others may see. See proc(5)."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
    return [line for line in lines if line.split()[1].endswith("s")]


def opened(pid):
    """The paths in /dev/shm of the files that a process has open, each as often as it is. See proc(5)."""
    links = [os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    return sorted(link for link in links if link.startswith(names.POSIX_FOLDER))


def fill(left):
    """Fill /dev/shm up, but for so many bytes, by a file under a name that nobody has; what that takes is told as in
    `everything`. Only for one that is a sandbox's own."""
    space = os.statvfs(names.POSIX_FOLDER)
    taken = space.f_bavail * space.f_frsize - left
    filler = names.random_name()
    descriptor = os.open(kinds.path(kinds.POSIX_SEGMENT, filler), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        if taken > 0:
            os.posix_fallocate(descriptor, 0, taken)
    finally:
        os.close(descriptor)
    return next(found for found in everything() if found["name"] == filler)


def is_taken(name):
    """Whether something has this POSIX name, as a segment or a semaphore, or this System V key."""
    if isinstance(name, str):
        return any(os.path.lexists(kinds.path(kind, name)) for kind in (kinds.POSIX_SEGMENT, kinds.POSIX_SEMAPHORE))
    return any(kinds.identity(kind, name) is not None for kind in kinds.SYSV)


def new(known, handed=None, *, counted=True):
    """What is not among `known`, the answer of `everything` at an earlier time."""
    before = {(found["kind"], *found["identity"]) for found in known}
    return [one for one in everything(handed, counted=counted) if (one["kind"], *one["identity"]) not in before]


def remove_new(known, handed=None):
    """Remove what is not among `known`."""
    for found in new(known, handed, counted=False):
        if not found["removed"]:
            kinds.remove(found["kind"], found["name"], found["identity"])
