"""Restrict a learner's code: its user, its resource limits, and the processes that its signals can reach.

With namespaces (see walls) the code runs as a user of a namespace of its own. Without them the same user may run other
processes, so seccomp and landlock restrict its signals instead.

Source: user_namespaces(7), getrlimit(2), capabilities(7), prctl(2), seccomp(2), landlock(7).
"""

import contextlib
import ctypes
import errno
import os
import pathlib
import platform
import resource
import struct
import sys

from shmlab.ipc.libc import checked_call, libc
from shmlab.processes import kinship
from shmlab.processes.namespaces import NEW_USER, map_user

_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 22, 2, 0x00050000, 0x7FFF0000
_KILL = {"x86_64": 62, "aarch64": 129}
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF, _LANDLOCK_SCOPE_SIGNAL = 444, 446, 2
_CAPABILITIES = 64
_NOBODY = 65534
_INSIDE = 1000  # the user id that the learner's code sees
# RLIMIT_NPROC counts all processes of a user, also those outside the sandbox. Without a namespace of its own a sandbox
# therefore leaves room for others; resource_watch ends it if it has more than PROCESSES.
_ROOM_FOR_OTHERS = 512
# The dearest right answers take 3 s of processor time on one machine, and more where it is slow or busy.
CPU_S, MEMORY_MIB, PROCESSES, OPEN_FILES, FILE_MIB = 10, 1024, 32, 128, 64
_LIMITS = (
    (resource.RLIMIT_AS, MEMORY_MIB << 20),
    (resource.RLIMIT_NOFILE, OPEN_FILES),
    (resource.RLIMIT_FSIZE, FILE_MIB << 20),
    (resource.RLIMIT_CORE, 0),
    (resource.RLIMIT_MSGQUEUE, 1 << 20),
)


def give_up_rights(missing_walls):
    """Give up this process's rights permanently, before it runs a learner's code.

    `missing_walls`: why there are no namespaces, or "". Raises OSError.
    """
    if missing_walls:
        _allow_inspection()
        _refuse_to_kill_all()
        _be_nobody_unless_ordinary()
        set_limits(_processes_of(os.getuid()) + _ROOM_FOR_OTHERS)
    else:
        drop_privileges()
    kinship.die_with_parent()  # last, because a change of user clears this setting


def _allow_inspection():
    """Let processes of the same user read the files below this one's /proc/PID; see proc(5), dumpable."""
    checked_call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


def _be_nobody_unless_ordinary():
    """If this process runs as root, become nobody, because root ignores the limit on processes.

    Raises PermissionError if that is impossible: a fork bomb could bring down the machine.
    """
    if os.geteuid() != 0:
        return
    if not _knows_nobody():
        raise PermissionError("root without namespaces: no limit on processes would hold; grade as an ordinary user")
    os.chown(".", _NOBODY, _NOBODY)
    _become_nobody()
    if not os.access(__file__, os.R_OK):
        raise PermissionError("root without namespaces, and a package that nobody else can read: grade as another user")


def _processes_of(user):
    """Return how many processes and threads a user has."""
    count = 0
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            count += len(os.listdir(folder / "task")) if folder.stat().st_uid == user else 0
    return count


def close_all_except(descriptor):
    """Close every descriptor except one, and point the standard streams to /dev/null."""
    null = os.open(os.devnull, os.O_RDWR)
    for target in (0, 1, 2):
        os.dup2(null, target)
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 1 << 16)
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115 - open as long as the process runs


def drop_privileges():
    """Give up every privilege, become a user of a namespace of its own, and take the limits. Raises OSError."""
    if os.geteuid() == 0 and _knows_nobody():
        _become_nobody()
    user, group = os.geteuid(), os.getegid()
    _allow_inspection()
    checked_call("unshare", NEW_USER)
    map_user(_INSIDE, user, _INSIDE, group)
    with contextlib.suppress(
        OSError
    ):  # refused by older kernels; a further namespace gives no rights over others anyway
        pathlib.Path("/proc/sys/user/max_user_namespaces").write_text("0")
    _drop_capabilities()
    set_limits()


def _become_nobody():
    os.setgroups([])
    os.setresgid(_NOBODY, _NOBODY, _NOBODY)
    os.setresuid(_NOBODY, _NOBODY, _NOBODY)


def _knows_nobody():
    """Tell whether this user namespace maps the user nobody, so that root can become it."""
    lines = [line.split() for line in pathlib.Path("/proc/self/uid_map").read_text().splitlines()]
    return any(int(first) <= _NOBODY < int(first) + int(count) for first, _, count in lines)


def _drop_capabilities():
    checked_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for number in range(_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # fails harmlessly for numbers that this kernel does not know
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    checked_call("capset", header, (ctypes.c_uint32 * 6)())


def keep_signals_inside():
    """Let this process and its descendants send signals only to each other, if the kernel can (Linux 6.12).

    Needed where there is no pid namespace. Source: landlock(7).
    """
    checked_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, (ctypes.c_uint64 * 3)(0, 0, _LANDLOCK_SCOPE_SIGNAL), 24, 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _refuse_to_kill_all():
    """Make kill(-1, …) fail from now on. Source: seccomp(2).

    Without a pid namespace it would end all processes of this user, including the judge.
    """
    checked_call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    number = _KILL.get(platform.machine())
    if number is None:
        return
    program = (ctypes.c_uint64 * 6)(
        _bpf(0x20, 0), _bpf(0x15, number, 0, 3),  # is the number of the call that of kill?
        _bpf(0x20, 16), _bpf(0x15, 0xFFFFFFFF, 0, 1),  # is its first argument -1?
        _bpf(0x06, _SECCOMP_RET_ERRNO | errno.EPERM), _bpf(0x06, _SECCOMP_RET_ALLOW),
    )  # fmt: skip
    head = (ctypes.c_uint64 * 2)(len(program), ctypes.addressof(program))  # struct sock_fprog
    checked_call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0)


def _bpf(code, constant, if_true=0, if_false=0):
    """Return one struct sock_filter as a number."""
    return int.from_bytes(struct.pack("=HBBI", code, if_true, if_false, constant), sys.byteorder)


def set_limits(processes=PROCESSES):
    """Set the limits on processor time, memory, processes and files."""
    for kind, most in (*_LIMITS, (resource.RLIMIT_NPROC, processes)):
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 1))  # SIGXCPU first, then SIGKILL if that is ignored


def forbid_inspection():
    """Keep the learner's code, which may run as the same user, from inspecting this process; see ptrace(2)."""
    checked_call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
