"""Be, inside a sandbox, the other end of the socket through which a learner's program hands a memfd over.

See c_memfd. A process that runs none of the learner's code tries what a stranger with this descriptor could do. It
looks at the program, and at whatever that has started, from outside while they still run. Nothing here depends on how
fast they are: they are looked at when none of them works any more.

Source: memfd_create(2), "File sealing"; fcntl(2), F_ADD_SEALS; unix(7), SCM_RIGHTS.
"""

import contextlib
import errno
import fcntl
import mmap
import os
import socket
import stat
import subprocess
import tempfile
import zlib

from shmlab.grading.scenes import family
from shmlab.observe import program_output
from shmlab.processes import kinship

WRITE, MAP, GROW, SHRINK = "write to it", "map it for writing", "make it larger", "make it smaller"
_CALLS = ("", "memfd_create", "ftruncate", "write", "mmap", "fcntl", "fcntl with F_ADD_SEALS")  # as in hand_over.c
_ENDLESS = 102  # the exit code of a program that has gone through too many blocks
_MOST_BYTES = 1 << 20  # of content that is read
_SEALS = {"F_SEAL_SEAL": 1, "F_SEAL_SHRINK": 2, "F_SEAL_GROW": 4, "F_SEAL_WRITE": 8, "F_SEAL_FUTURE_WRITE": 16}


def call_publish(program, content, limits):
    """Run a program and look; this runs inside the sandbox. Return the fields of a Handed, or how the program ended."""
    _have_memfds()
    kinship.adopt_orphans()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "program")
        with open(path, "wb") as file:
            file.write(zlib.decompress(program))
        os.chmod(path, 0o700)
        return _run([path, str(len(content)), *map(str, limits)], content)


def _have_memfds():
    """Raise NotImplementedError if this kernel gives no memfd that can be sealed."""
    try:
        os.close(os.memfd_create("tried", os.MFD_ALLOW_SEALING))
    except OSError as error:
        raise NotImplementedError(f"needs memfd_create, which is refused here: {error}") from None


def _run(command, content):
    mine, its = socket.socketpair()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with mine, subprocess.Popen(command, stdin=its, **quiet) as process:
        its.close()
        try:
            with contextlib.suppress(ConnectionError):  # it has ended before it was asked
                mine.sendall(content)
            return _found(process, *_answer(process, mine))
        except PermissionError:
            return "forbids others to look at it (prctl, PR_SET_DUMPABLE)"
        finally:
            family.kill()


def _answer(process, mine):
    """Return (the four bytes that it sends, the descriptor with them or None); the bytes are b"" if it ended first.

    Waits until all that it has started is still. Its children have stopped themselves, and go on only where it waits:
    who does not wait for a child is found out each time. Raises OSError where it sleeps, and does not go on.
    """
    mine.setblocking(False)
    said, descriptors = b"", []

    def ended():
        nonlocal said, descriptors
        if not said:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                said, descriptors, *_ = socket.recv_fds(mine, 4, 1)
        if said and family.hides(process.pid):  # it is not waited for
            raise PermissionError
        return process.poll() is not None

    waits_for_ever = family.still(ended)
    while not said and waits_for_ever and family.oldest_goes_on():
        waits_for_ever = family.still(ended)
    if not said and waits_for_ever is False:
        raise OSError("it sleeps, and does not go on")
    return said, (descriptors or [None])[0]


def _found(process, said, descriptor):
    """Return the fields of a Handed, or how the program ended."""
    if not said:
        return _how(process.poll())
    kind, call, why, sealings = said.ljust(4, b"\0")
    kind = {ord("n"): "-1"}.get(kind, "a number that is no descriptor")
    looked = [0, b"", [], False, [], False]
    if said[:1] == b"d" and descriptor is not None:
        kind = "a memfd" if _is_memfd(descriptor) else "another file"
    inside = _inside(process.pid)
    if kind == "a memfd":
        looked = _looked_at(descriptor)
        inode = os.fstat(descriptor).st_ino
        held = [mapping for pid in family.pids() for mapping in family.mapped_memfds(pid)]
        looked[-1] = looked[-1] or any(mode[1] == "w" and mode[3] == "s" and at == inode for mode, at in held)
    if descriptor is not None:
        os.close(descriptor)
    return [kind, *looked, *inside, _failed(call, why), sealings]


def _failed(call, why):
    if not 0 < call < len(_CALLS):
        return ""
    return f"{_CALLS[call]} failed with {errno.errorcode.get(why, why)}" if why else f"{_CALLS[call]} stored a part"


def _how(returncode):
    if returncode is None:
        return "waits for something that does not come"
    if returncode == _ENDLESS:
        return "goes on for ever: it has a loop without an end"
    return program_output.how(returncode)


def _is_memfd(descriptor):
    regular = stat.S_ISREG(os.fstat(descriptor).st_mode)
    return regular and os.readlink(f"/proc/self/fd/{descriptor}").startswith("/memfd:")


def _inside(pid):
    """Return [its descriptors but the standard ones, its mappings of memfds, how many other processes that it has
    started have some]."""
    others = [other for other in family.pids() if other != pid]
    holding = [other for other in others if family.descriptors(other) or family.mapped_memfds(other)]
    return [len(family.descriptors(pid)), len(family.mapped_memfds(pid)), len(holding)]


def _looked_at(descriptor):
    """Return [size, content, seals, whether the descriptor only reads, what can be done to it, whether a process has it
    mapped for writing] of a memfd."""
    only_reads = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDONLY
    bits = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    seals = [name for name, bit in _SEALS.items() if bits & bit]
    size = os.fstat(descriptor).st_size
    content = os.pread(descriptor, min(size, _MOST_BYTES), 0)
    with contextlib.suppress(OSError):
        os.fchmod(descriptor, 0o600)  # a mode stops nobody who owns the file
    try:
        mine = os.open(f"/proc/self/fd/{descriptor}", os.O_RDWR)  # nor does a descriptor that only reads
    except OSError:
        mine = os.dup(descriptor)
    tries = {
        WRITE: lambda: os.pwrite(mine, b"x", 0),
        MAP: lambda: mmap.mmap(mine, max(size, 1), mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE).close(),
        GROW: lambda: os.ftruncate(mine, size + 1),
        SHRINK: lambda: os.ftruncate(mine, max(size - 1, 0)),
    }
    try:
        possible = [what for what, attempt in tries.items() if _works(attempt)]
        return [size, content, seals, only_reads, possible, _is_mapped_for_writing(mine)]
    finally:
        os.close(mine)


def _is_mapped_for_writing(descriptor):
    """Ask the kernel whether anybody has a memfd mapped for writing: it then adds no seal against writing."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS["F_SEAL_WRITE"])
    except OSError as error:
        return error.errno == errno.EBUSY
    return False


def _works(attempt):
    try:
        attempt()
    except (OSError, ValueError):
        return False
    return True
