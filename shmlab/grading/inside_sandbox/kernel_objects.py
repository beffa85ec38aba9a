"""Look at the kernel's objects from a process that the learner's code cannot change: the sandbox's first process.

It reports plain dicts and judges nothing; the parent makes a Found of each.
Sources: proc(5), shmctl(2), semctl(2), sem_overview(7).
"""

import ctypes
import os
import pathlib
import stat

import sysv_ipc

from shmlab.ipc import kinds, listing, names
from shmlab.ipc.errors import os_error
from shmlab.ipc.libc import libc

MOST_BYTES = 16 * 1024  # the longest content that is read
_GETVAL = 12


def all_objects(issued=None, *, counted=True):
    """Return all kernel objects, each as a dict without its content.

    `issued`: None in an IPC namespace of the sandbox's own. Otherwise others have objects here, too: a list of the
    names and keys that the scene has chosen; only objects with these, or on this sandbox's ledger, are returned.
    `counted`: see listing.objects.
    """
    return [_as_dict(entry) for entry in _visible(issued, counted=counted)]


def _visible(issued, *, counted=True):
    entries = listing.objects(everyone=True, counted=counted)
    return entries if issued is None else [entry for entry in entries if entry.ours or entry.name in issued]


def _as_dict(entry):
    return {
        "kind": entry.kind,
        "name": entry.name,
        "id": entry.id,
        "size": entry.size_bytes,
        "mode": f"{entry.mode:04o}",
        "attached": entry.attached,
        "removed": entry.marked_for_removal,
        "identity": list(entry.identity),
    }


def find(kind, name, id, issued=None):
    """Return the object of a kind with this name or key, or with this id, as a dict with its content; None if there is
    none."""
    for entry in _visible(issued if id is None else None):  # an id is unique, and a removed object has no key any more
        if entry.kind == kind and (entry.id == id if id is not None else entry.name == name):
            fields = _as_dict(entry)
            return {**fields, **_content(fields)}
    return None


def _content(fields):
    kind, name = fields["kind"], fields["name"]
    if kind == kinds.SYSV_SEGMENT:
        return {"content": _read_segment(fields["id"]).hex()}
    if kind == kinds.SYSV_SEMAPHORE:
        return {"value": _checked(libc.semctl(fields["id"], 0, _GETVAL))}
    data = _read(kinds.path(kind, name))
    if kind == kinds.POSIX_SEMAPHORE:  # the file that sem_open maps begins with the value
        return {"value": int.from_bytes(data[:4], "little")}
    return {"content": data.hex()}


def _read_segment(id):
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
    """Return the first bytes of a file, or b"" if it is not a regular file: learners may put anything there.

    Without namespaces this process passes no permission check; its own file, which forbids even its owner to read it,
    gets another mode for a moment.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = os.open(path, flags)
    except PermissionError:
        mode = os.lstat(path).st_mode
        if not stat.S_ISREG(mode):
            raise
        os.chmod(path, stat.S_IMODE(mode) | stat.S_IRUSR)
        try:
            descriptor = os.open(path, flags)
        finally:
            os.chmod(path, stat.S_IMODE(mode))
    with open(descriptor, "rb") as stream:
        return stream.read(MOST_BYTES) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""


def shared_maps(pid):
    """Return the lines of a process's /proc/PID/maps that describe shared memory; see proc(5)."""
    lines = pathlib.Path(f"/proc/{pid}/maps").read_text(errors="replace").splitlines()
    return [line for line in lines if line.split()[1].endswith("s")]


def shared_memory(pid):
    """Return the lines of a process's /proc/PID/smaps about memory that is shared, a line as in maps before each."""
    kept, inside = [], False
    for line in pathlib.Path(f"/proc/{pid}/smaps").read_text(errors="replace").splitlines():
        fields = line.split()
        if not fields[0].endswith(":"):
            inside = fields[1].endswith("s")
        if inside:
            kept.append(line)
    return kept


def open_paths(pid):
    """Return the paths in /dev/shm that a process has open, one for each descriptor; see proc(5)."""
    links = [os.readlink(link) for link in pathlib.Path(f"/proc/{pid}/fd").iterdir()]
    return sorted(link for link in links if link.startswith(names.POSIX_FOLDER))


def fill(left):
    """Fill /dev/shm with a file of an unused name, so that `left` bytes stay free.

    Return the file's entry in `all_objects`. Only for a /dev/shm of the sandbox's own.
    """
    space = os.statvfs(names.POSIX_FOLDER)
    taken = space.f_bavail * space.f_frsize - left
    filler = names.random_name()
    descriptor = os.open(kinds.path(kinds.POSIX_SEGMENT, filler), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        if taken > 0:
            os.posix_fallocate(descriptor, 0, taken)
    finally:
        os.close(descriptor)
    return next(fields for fields in all_objects() if fields["name"] == filler)


def use_up_id_0():
    """Create an object of each System V kind and remove it: the first one of an IPC namespace has the id 0, and then
    an answer that takes 0 for no id would be scored by the order of the items."""
    segment = sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX)
    segment.detach()  # or it keeps its id
    for one in (segment, sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX), sysv_ipc.MessageQueue(None, sysv_ipc.IPC_CREX)):
        one.remove()


def is_taken(name):
    """Tell whether a segment or a semaphore has this POSIX name, or an object has this System V key."""
    if isinstance(name, str):
        return any(os.path.lexists(kinds.path(kind, name)) for kind in (kinds.POSIX_SEGMENT, kinds.POSIX_SEMAPHORE))
    return any(kinds.identity(kind, name) is not None for kind in kinds.SYSV)


def new_objects(before, issued=None, *, counted=True):
    """Return the objects that are not among `before`, an earlier result of `all_objects`."""
    seen = {(fields["kind"], *fields["identity"]) for fields in before}
    return [
        fields for fields in all_objects(issued, counted=counted) if (fields["kind"], *fields["identity"]) not in seen
    ]


def remove_new(before, issued=None):
    """Remove the objects that are not among `before`."""
    for fields in new_objects(before, issued, counted=False):
        if not fields["removed"]:
            kinds.remove(fields["kind"], fields["name"], fields["identity"])
