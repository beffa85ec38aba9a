"""Build the walls around a learner's code: namespaces of its own and a root folder without anything of the host's.

"Walls" stands for this isolation in the whole package, also in what teachers read. A process behind walls sees no
processes, kernel objects, network or files of the host, except what Python needs to run, which is read-only. So the
code cannot find a solution, another learner's work, or the judge. A host may refuse any part of this; then the sandbox
has only process groups and limits, and `missing_walls` says why.

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
from shmlab.processes.namespaces import NEW_IPC, NEW_MOUNT, NEW_USER

_NEW_PID, _NEW_NET = 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2
_CLONE3 = 435  # the same on every architecture
_with_gil = ctypes.PyDLL(None, use_errno=True)  # keeps the GIL during a call: in a child no other thread may own it

DEV_SHM_MIB = 64
_MOST_FILES = 4096  # inodes in each writable folder
SYSV_MIB = 256  # all System V segments together, attached or not
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")


class _CloneArguments(ctypes.Structure):
    """Mirror struct clone_args in its first version."""

    _fields_ = tuple((name, ctypes.c_uint64) for name in (
        "flags", "pidfd", "child_tid", "parent_tid", "exit_signal", "stack", "stack_size", "tls"))  # fmt: skip


def missing_walls():
    """Return why this host cannot give a sandbox namespaces and a root of its own, or "" if it can.

    A child tries all steps once and forks once under the limits, so that no sandbox fails halfway: a host may allow
    namespaces and refuse to map users (AppArmor), to mount a /proc (Docker), or to fork a second process inside.
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
                writing,
                _try_steps(lambda: enter_namespaces(owner), change_root, rights.drop_privileges, _fork_once).encode(),
            )
        finally:
            os._exit(0)
    os.close(writing)
    with open(reading) as stream:
        reply = stream.read()
    os.waitpid(pid, 0)
    return (
        reply.removeprefix(_TRIED) if reply.startswith(_TRIED) else "this host ended the sandbox that was tried first"
    )


_TRIED = "tried: "


def _try_steps(*steps):
    """Do the steps. Return _TRIED, followed by the reason if one of them fails."""
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
    """Fork a child that is process 1 of new namespaces: mounts, IPC, network, pids. Return its pid, or 0 in the child.

    Without root, the namespaces belong to a new user namespace, in which the child calls `enter_namespaces`. Raises
    OSError. clone3 takes one fork less than unshare(2), which needs a second one; each fork copies the page tables of
    a large process.
    """
    return _clone(NEW_MOUNT | NEW_IPC | _NEW_PID | _NEW_NET | (NEW_USER if os.geteuid() else 0))


def enter_namespaces(owner):
    """Become root in the namespaces that this process was forked into. Raises OSError.

    `owner`: (user id, group id) of the process that forked it.
    """
    user, group = owner
    if user:
        rights.map_user(0, user, 0, group)


def _clone(flags):
    """Fork as os.fork does, with flags of clone3(2).

    PyOS_BeforeFork and its siblings do what Python does around a fork. The C library's own handlers for a child do not
    run until the child forks itself. Raises RuntimeError in a process with threads: a lock of the C library that
    another thread holds would stay locked in the child for ever.
    """
    if len(os.listdir("/proc/self/task")) > 1:
        raise RuntimeError("a process with threads cannot be cloned: have a zygote do it")
    clone_arguments = _CloneArguments(flags=flags, exit_signal=signal.SIGCHLD)
    ctypes.pythonapi.PyOS_BeforeFork()
    pid = _with_gil.syscall(_CLONE3, ctypes.byref(clone_arguments), ctypes.c_size_t(ctypes.sizeof(clone_arguments)))
    code = ctypes.get_errno()
    if pid == 0:
        ctypes.pythonapi.PyOS_AfterFork_Child()
        return 0
    ctypes.pythonapi.PyOS_AfterFork_Parent()
    if pid < 0:
        raise os_error(code, "clone3 failed")
    return pid


def change_root():
    """Give this process a root folder of its own: Python and the system's libraries, read-only, and an empty /tmp and
    /dev/shm, all in a tmpfs.

    Only the first process of a pid namespace may call it. Raises OSError.
    """
    rights.checked_call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
    root = pathlib.Path("/sys")  # a folder that exists everywhere and that nothing inside needs
    _mount("tmpfs", root, "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=755,size=1m")
    for folder, mib in (
        ("tmp", 64),
        ("dev/shm", DEV_SHM_MIB),
    ):  # first, because a readable folder may lie below one of them
        (root / folder).mkdir(parents=True)
        options = f"mode=1777,size={mib}m,nr_inodes={_MOST_FILES}"
        _mount("tmpfs", root / folder, "tmpfs", _MS_NOSUID | _MS_NODEV, options)
    for path in _readable():
        _bind(path, root)
    hidden = pathlib.Path(sys.prefix, "share", "shmlab")  # hidden: an installed shmlab has its notebooks here
    if hidden.is_dir():
        _mount("tmpfs", root / hidden.relative_to("/"), "tmpfs", _MS_NOSUID | _MS_NODEV, "mode=555,size=4k")
    for device in _DEVICES:
        _bind(pathlib.Path("/dev", device), root, attributes=_MOUNT_ATTR_NOSUID)
    (root / "proc").mkdir()
    _mount("proc", root / "proc", "proc", _MS_NOSUID | _MS_NODEV | _MS_NOEXEC, "")
    with contextlib.suppress(OSError):  # on older kernels only the host's root may write it
        pathlib.Path("/proc/sys/kernel/shmall").write_text(str((SYSV_MIB << 20) // resource.getpagesize()))
    os.chdir(root)
    rights.checked_call("pivot_root", b".", b".")  # the old root is now mounted over the new one, see pivot_root(2)
    rights.checked_call("umount2", b".", _MNT_DETACH)
    os.chdir("/")


def _readable():
    """Return what may be read inside: the system, the interpreter, installed packages and this package, but no folder
    of the course. Outer folders come first, and no folder lies within another."""
    places = [*_SYSTEM, sys.prefix, sys.base_prefix, *site.getsitepackages(), site.getusersitepackages()]
    places += [os.path.realpath(place) for place in (sys.prefix, sys.base_prefix, sys.executable)]
    places.append(str(root.PACKAGE))
    chosen = []
    for place in sorted(map(pathlib.Path, set(places))):
        if place.exists() and not any(place.is_relative_to(outer) for outer in chosen if not outer.is_symlink()):
            chosen.append(place)
    return chosen


def _bind(path, root, attributes=_MOUNT_ATTR_RDONLY | _MOUNT_ATTR_NOSUID):
    """Make `path` visible under `root`, by a symbolic link or a read-only bind mount."""
    target = root / path.relative_to("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    if path.is_symlink():
        target.symlink_to(os.readlink(path))
        return
    if path.is_dir():
        target.mkdir(exist_ok=True)
    else:
        target.touch()
    rights.checked_call("mount", os.fsencode(path), os.fsencode(target), None, _MS_BIND | _MS_REC, None)
    mount_attributes = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    size = ctypes.sizeof(mount_attributes)
    rights.checked_call("mount_setattr", _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, mount_attributes, size)


def _mount(source, target, kind, flags, options):
    rights.checked_call("mount", source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())
