"""A place for a learner's code: namespaces of its own, a root in which nothing else is to be seen, limits.

Source: namespaces(7), clone(2), user_namespaces(7), pivot_root(2), mount_setattr(2), getrlimit(2), capabilities(7).
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import platform
import resource
import signal
import site
import struct
import sys

from shmlab.base import root
from shmlab.ipc.errors import os_error
from shmlab.ipc.libc import libc

_NEWNS, _NEWIPC, _NEWUSER, _NEWPID, _NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x20000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_NOEXEC, _MS_BIND, _MS_REC, _MS_PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_MNT_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_MOUNT_ATTR_RDONLY, _MOUNT_ATTR_NOSUID = 1, 2
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 22, 2, 0x00050000, 0x7FFF0000
_KILL = {"x86_64": 62, "aarch64": 129}
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF, _LANDLOCK_SCOPE_SIGNAL = 444, 446, 2
_CAPABILITIES = 64
_CLONE3 = 435  # the same on every architecture
_with_lock = ctypes.PyDLL(None, use_errno=True)  # keeps Python's lock meanwhile: nobody else may hold it in a child
_NOBODY = 65534
_INSIDE = 1000  # the user number that the learner's code sees

DEV_SHM_MIB = 64
_MOST_FILES = 4096  # in each folder that can be written to
SYSV_MIB = 256  # of all System V segments together, which nobody need have attached
_DEVICES = ("null", "zero", "full", "random", "urandom")
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/alternatives")

# The kernel counts all processes of a user together, whoever starts them: without a namespace of its own a sandbox
# leaves room for others, and is ended when it is seen to have more than PROCESSES (see resource_watch).
_ROOM_FOR_OTHERS = 512
CPU_S, MEMORY_MIB, PROCESSES, OPEN_FILES, FILE_MIB = 3, 1024, 32, 128, 64
_LIMITS = (
    (resource.RLIMIT_AS, MEMORY_MIB << 20),
    (resource.RLIMIT_NOFILE, OPEN_FILES),
    (resource.RLIMIT_FSIZE, FILE_MIB << 20),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_MSGQUEUE, 1 << 20),
)


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
            os.write(writing, _why_not(lambda: enter_namespaces(owner), change_root, resign, _fork_once).encode())
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
    return _clone(_NEWNS | _NEWIPC | _NEWPID | _NEWNET | (_NEWUSER if os.geteuid() else 0))


def enter_namespaces(owner):
    """Become the root of the namespaces that this process was forked into. `owner`: (user, group) of the process that
    forked it. Raises OSError."""
    user, group = owner
    if user:
        _map_user(0, user, 0, group)


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
    _call("mount", b"none", b"/", None, _MS_REC | _MS_PRIVATE, None)
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
    _call("pivot_root", b".", b".")  # the old root now lies over the new one, see pivot_root(2)
    _call("umount2", b".", _MNT_DETACH)
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
    _call("mount", os.fsencode(path), os.fsencode(target), None, _MS_BIND | _MS_REC, None)
    asked = (ctypes.c_uint64 * 4)(attributes, 0, 0, 0)
    _call("mount_setattr", _AT_FDCWD, os.fsencode(target), _AT_RECURSIVE, asked, ctypes.sizeof(asked))


def _mount(source, target, kind, flags, options):
    _call("mount", source.encode(), os.fsencode(target), kind.encode(), flags, options.encode())


def give_up_rights(missing_walls):
    """Become what a learner's code runs as, for good. `missing_walls`: why there are no namespaces, or ""."""
    if missing_walls:
        _be_seen()
        _refuse_to_kill_all()
        _be_nobody_unless_ordinary()
        limit(_processes_of(os.getuid()) + _ROOM_FOR_OTHERS)
    else:
        resign()
    die_with_parent()  # only now: a change of user would forget it


def _be_seen():
    """Let this process, and others of its user, look at the files below its /proc/self; see proc(5), dumpable."""
    _call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


def _be_nobody_unless_ordinary():
    """Become nobody where this process is root: no limit on processes holds for root. Raises PermissionError where that
    is impossible: a fork bomb would take the machine along."""
    if os.geteuid() != 0:
        return
    if not _knows_nobody():
        raise PermissionError("root without namespaces: no limit on processes would hold; grade as an ordinary user")
    os.chown(".", _NOBODY, _NOBODY)
    _become_nobody()
    if not os.access(__file__, os.R_OK):
        raise PermissionError("root without namespaces, and a package that nobody else can read: grade as another user")


def _processes_of(user):
    """How many processes and threads a user has."""
    count = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            count += len(os.listdir(folder / "task")) if folder.stat().st_uid == user else 0
    return count


def only_descriptor(kept):
    """Close every descriptor but one; the standard streams lead nowhere."""
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    os.closerange(3, kept)
    os.closerange(kept + 1, 1 << 16)
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process


def resign():
    """Give up every privilege, become a user of a namespace of its own, and take the limits. Raises OSError."""
    if os.geteuid() == 0 and _knows_nobody():
        _become_nobody()
    user, group = os.geteuid(), os.getegid()
    _be_seen()
    _call("unshare", _NEWUSER)
    _map_user(_INSIDE, user, _INSIDE, group)
    with contextlib.suppress(OSError):  # older kernels; what it forbids gives no rights over anybody else
        pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _drop_capabilities()
    limit()


def _become_nobody():
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _knows_nobody():
    """Whether there is another user here that root can become."""
    lines = [line.split() for line in pathlib.Path("/proc/self/uid_map").read_text().splitlines()]
    return any(int(first) <= _NOBODY < int(first) + int(count) for first, _, count in lines)


def _map_user(inner_user, outer_user, inner_group, outer_group):
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{inner_user} {outer_user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{inner_group} {outer_group} 1")


def _drop_capabilities():
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for number in range(_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # the last ones are unknown to this kernel
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    _call("capset", header, (ctypes.c_uint32 * 6)())


def keep_signals_inside():
    """Let this process, and all below it, send signals to each other only, where the kernel can (Linux 6.12); for where
    there is no pid namespace. Source: landlock(7)."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, (ctypes.c_uint64 * 3)(0, 0, _LANDLOCK_SCOPE_SIGNAL), 24, 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _refuse_to_kill_all():
    """Have kill(-1, …) refused from here on: without a pid namespace it would end all that this user runs, the judge
    included. Source: seccomp(2)."""
    _call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    number = _KILL.get(platform.machine())
    if number is None:
        return
    program = (ctypes.c_uint64 * 6)(
        _bpf(0x20, 0), _bpf(0x15, number, 0, 3),  # the number of the call: is it kill?
        _bpf(0x20, 16), _bpf(0x15, 0xFFFFFFFF, 0, 1),  # its first argument: is it -1?
        _bpf(0x06, _SECCOMP_RET_ERRNO | errno.EPERM), _bpf(0x06, _SECCOMP_RET_ALLOW),
    )  # fmt: skip
    head = (ctypes.c_uint64 * 2)(len(program), ctypes.addressof(program))  # struct sock_fprog
    _call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0)


def _bpf(code, constant, if_true=0, if_false=0):
    """One struct sock_filter, as a number."""
    return int.from_bytes(struct.pack("=HBBI", code, if_true, if_false, constant), sys.byteorder)


def limit(processes=PROCESSES):
    """Take the limits on time, memory, processes and files."""
    for what, most in (*_LIMITS, (resource.RLIMIT_NPROC, processes)):
        _, hard = resource.getrlimit(what)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(what, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))  # SIGXCPU, and SIGKILL for who ignores that


def die_with_parent():
    """Have the kernel end this process when its parent dies."""
    _call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans():
    """Become the parent of whatever is left by the processes below this one."""
    _call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def close_to_others():
    """Keep the learner's code, which may run as the same user, from looking into this process. See ptrace(2)."""
    _call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)


def _call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise os_error(ctypes.get_errno(), f"{name} failed")
