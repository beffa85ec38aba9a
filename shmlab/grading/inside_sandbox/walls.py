"""A place for a learner's code: namespaces of its own, and a root in which nothing else is to be seen.

Source: namespaces(7), clone(2), pivot_root(2), mount_setattr(2).
"""

import contextlib
import ctypes
import os
import pathlib
import resource
import signal
import site
import sys

from shmlab.base import root
from shmlab.grading.inside_sandbox import rights
from shmlab.ipc.errors import os_error

_NEWNS, _NEWIPC, _NEWPID, _NEWNET = 0x00020000, 0x08000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2
_CLONE3 = 435  # the same on every architecture
_with_lock = ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock meanwhile: nobody else may hold it in a child

DEV_SHM_MIB = 64
_MOST_FILES = 4096  # in each folder that can be written to
SYSV_MIB = 256  # of all System V segments together, which nobody need have attached
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


class _CloneArguments(ctypes.Structure):
    """struct clone_args, its first version."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in (
        "flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls"))  # fmt: skip


def missing_walls():
    """Return why this host cannot give a sandbox namespaces and a root of its own, or "" where it can.

    A child builds all of it once and forks once under the limits, so that no sandbox finds out halfway: a host may
    grant namespaces and refuse to map users (AppArmor), to mount a /proc (Docker), or a second process in there.
    """
    owner = os.geteuid(), os.getegid()
    reading, writing = os.pipe()
    try:
        pid = fork_into_namespaces()
    except OSError as error:
        os.close(reading)
        os.close(writing)
        return f"this host forbids namespaces ({error})"
    if pid == 0:
        try:
            os.write(
                writing, _why_not(lambda: enter_namespaces(owner), change_root, rights.resign, _fork_once).encode()
            )
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as stream:
        said = stream.read()
    os.waitpid(pid, 0)
    return said.removeprefix(_TRIED) if said.startswith(_TRIED) else "this host ended the sandbox that was tried first"


_TRIED = "tried: "


def _why_not(*steps):
    """Do the steps; returns _TRIED and, when one fails, why."""
    try:
        for step in steps:
            step()
    except OSError as error:
        return f"{_TRIED}this host forbids a part of it ({error})"
    return _TRIED


def _fork_once():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def fork_into_namespaces():
    """Fork a child that is process 1 of namespaces of its own: mounts, IPC, network, pids; for who is not root, below a
    user namespace, which the child has to enter. Returns its pid, or 0 in the child. Raises OSError.

    One fork less than by unshare(2), after which another one is needed; each copies a big process's page tables.
    """
    return _clone(_NEWNS | _NEWIPC | _NEWPID | _NEWNET | (rights.NEW_USER if os.geteuid() else 0))


def enter_namespaces(owner):
    """Become the root of the namespaces that this process was forked into. `owner`: (user, group) of the process that
    forked it. Raises OSError."""
    user, group = owner
    if user:
        rights.map_user(0, user, 0, group)


def _clone(flags):
    """os.fork with flags of clone3(2). What Python does around a fork is its C interface's; what the C library does
    for a child it does at the child's own next fork. Raises RuntimeError in a process with threads: a lock of the C
    library's that another thread holds would stay locked in the child, for ever."""
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a process with threads cannot be cloned: have a zygote do it")
    asked = _CloneArguments(flags=flags, exit_signal=signal.SIGCHLD)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _with_lock.syscall(_CLONE3, ctypes.byref(asked), ctypes.c_size_t(ctypes.sizeof(asked)))
    code = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise os_error(code, "clone3 failed")
    return pid


def change_root():
    """Give this process a root of its own: a bare tree in memory, Python and the system's libraries to be read, empty
    /tmp and /dev/shm. To be called by the first process of a pid namespace. Raises OSError."""
    rights.call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    root = pathlib.Path("/sys")  # a folder that is everywhere, and that nobody below needs
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m")
    for folder, mib in (("tmp", 64), ("dev/shm", DEV_SHM_MIB)):  # first, as what is to be read may lie below them
        (root / folder).mkdir(parents=True)
        options = f"mode=1777,size={mib}m,nr_inodes={_MOST_FILES}"
        _mount("tmpfs", root / folder, "tmpfs", _MS_NOSUID | _MS_NODEV, options)
    for path in _readable():
        _bind(path, root)
    hidden = pathlib.Path(sys.prefix, "share", "shmlab")  # where an installed shmlab keeps its notebooks
    if hidden.is_dir():
        _mount("tmpfs", root / hidden.relative_to("/"), "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=555,size=4k")
    for device in _DEVICES:
        _bind(pathlib.Path("/dev", device), root, attributes=_MOUNT_ATTR_NOSUID)
    (root / "proc").mkdir()
    _mount("proc", root / "proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "")
    with contextlib.suppress(OSError):  # older kernels let the host's root alone do it
        pathlib.Path("/proc/sys/kernel/shmall").write_text(str((SYSV_MIB << 20) // resource.getpagesize()))
    os.chdir(root)
    rights.call("pivot_root", b".", b".")  # the old root now lies over the new one, see pivot_root(2)
    rights.call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _readable():
    """What may be read inside: the system, the interpreter, what is installed, and this package; no folder of the
    course. Outer folders first, and none within another."""
    places = [*_SYSTEM, sys.prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages()]
    places += [os.path.realpath(place) for place in (sys.prefix, sys.base_prefix, sys.executable)]
    places.append(str(root.PACKAGE))
    chosen = []
    for place in sorted(map(pathlib.Path, set(places))):
        if place.exists() and not any(place.is_relative_to(outer) for outer in chosen if not outer.is_symlink()):
            chosen.append(place)
    return chosen


def _bind(path, root, attributes=_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID):
    """Let `path` be seen under `root`."""
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        target.symlink_to(os.readlink(path))
        return
    if path.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    rights.call("mount", os.fsencode(path), os.fsencode(target), None, _MS_BIND | _MS_REC, None)
    asked = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    rights.call("mount_setattr", _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, asked, ctypes.sizeof(asked))


def _mount(source, target, kind, flags, options):
    rights.call("mount", source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())
