"""Objects of somebody else, planted beside what is tested, with names and keys like ours that our ledger does not know.

A process of its own makes and holds them: this file, run as a program. So a child of the test never inherits them.
"""

import contextlib
import hashlib
import json
import mmap
import os
import pathlib
import subprocess
import sys

import posix_ipc
import sysv_ipc

NAME, KEY = "/shmlab-0123456789abcdef", 0x5117AB
OTHER_NAME = "/frame"
_NOBODY = 65534
_SEGMENTS = (NAME, OTHER_NAME)
_TEXT = b"these bytes are somebody else's"
_TABLES = ("shm", "sem", "msg")


@contextlib.contextmanager
def planted():
    """Yield what the kernel lists, with somebody else's objects in it; fail at the end if one of them was touched."""
    command = [sys.executable, "-I", __file__]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            before = _state(holder)
            yield in_kernel()
            assert _state(holder) == before, "somebody else's objects are not what they were"
        finally:
            holder.stdin.close()
            holder.wait()


def in_kernel():
    """Return all POSIX and System V objects as the kernel lists them: file names, and kinds with their ids."""
    files = {path.name for path in pathlib.Path("/dev/shm").iterdir()}
    return files | {f"{kind} {row['id']}" for kind in _TABLES for row in _rows(kind)}


def _rows(kind):
    """Yield the rows of the kernel's table of System V objects, as dicts of texts."""
    headings, *lines = pathlib.Path("/proc/sysvipc", kind).read_text().splitlines()
    for line in lines:
        fields = line.split()
        yield dict(zip(headings.split(), fields, strict=True)) | {"id": fields[1]}


def _state(holder):
    """Return all that can be seen of the objects: bytes and values as the holder sees them; owner, mode, times, and how
    many have them attached, as the kernel counts."""
    holder.stdin.write("\n")
    holder.stdin.flush()
    contents = json.loads(holder.stdout.readline())
    files = {}
    for path in _files():
        found = path.stat()
        maps = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x} {found.st_ino} "
        files[path.name] = (*found[:7], found.st_mtime_ns, found.st_ctime_ns, _mapped_by(maps))
    rows = [
        {heading: value for heading, value in row.items() if heading not in ("rss", "swap")}
        for kind in _TABLES
        for row in _rows(kind)
        if int(row["key"]) == KEY
    ]
    assert len(files) == len(_SEGMENTS) + 1 and len(rows) == len(_TABLES)
    return contents, files, rows


def _files():
    semaphore = pathlib.Path("/dev/shm", f"sem.{NAME[1:]}")
    return [*(pathlib.Path(f"/dev/shm{name}") for name in _SEGMENTS), semaphore]


def _mapped_by(what):
    """Return the pids of the processes that map a file, given by device and inode as in their maps."""
    found = set()
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or this user may not look
            if what in (folder / "maps").read_text(errors="replace"):
                found.add(int(folder.name))
    return found


def _make():
    """Make and hold the objects; as root, most of them are given to another user. Return what says their contents, and
    what takes them away."""
    maps = []
    for name in _SEGMENTS:
        segment = posix_ipc.SharedMemory(name, posix_ipc.O_CREX, size=100)
        maps.append(mmap.mmap(segment.fd, 0))
        maps[-1][: len(_TEXT)] = _TEXT
        segment.close_fd()
    semaphore = posix_ipc.Semaphore(NAME, posix_ipc.O_CREX, initial_value=3)
    memory = sysv_ipc.SharedMemory(KEY, sysv_ipc.IPC_CREX, size=100)
    memory.write(_TEXT)
    counter = sysv_ipc.Semaphore(KEY, sysv_ipc.IPC_CREX, initial_value=5)
    queue = sysv_ipc.MessageQueue(KEY, sysv_ipc.IPC_CREX)
    queue.send(b"to somebody else")
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):  # a user namespace may know no other user
            for path in _files()[1:]:
                os.chown(path, _NOBODY, _NOBODY)
            memory.uid = counter.uid = _NOBODY

    def contents():
        texts = [mapped[:] for mapped in maps] + [memory.read(100)]
        digest = [hashlib.sha256(text).hexdigest() for text in texts]
        return [*digest, semaphore.value, counter.value, queue.current_messages]

    def take_away():
        for name in _SEGMENTS:
            posix_ipc.unlink_shared_memory(name)
        semaphore.unlink()
        memory.detach()
        for one in (memory, counter, queue):
            one.remove()

    return contents, take_away


if __name__ == "__main__":
    contents, take_away = _make()
    for _ in sys.stdin:
        print(json.dumps(contents()), flush=True)
    take_away()
