"""What a learner's code may do: as whom it runs, which limits it meets, whom its signals reach.

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

from shmlab.ipc.errors import os_error
from shmlab.ipc.libc import libc

NEW_USER = 0x10000000  # CLONE_NEWUSER, see clone(2)
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_CAPBSET_DROP = 1, 4, 24
_PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 36, 38
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, _SECCOMP_RET_ERRNO, _SECCOMP_RET_ALLOW = 22, 2, 0x00050000, 0x7FFF0000
_KILL = {"x86_64": 62, "aarch64": 129}
_LANDLOCK_CREATE_RULESET, _LANDLOCK_RESTRICT_SELF, _LANDLOCK_SCOPE_SIGNAL = 444, 446, 2
_CAPABILITIES = 64
_NOBODY = 65534
_INSIDE = 1000  # the user number that the learner's code sees
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
    call("prctl", _PR_SET_DUMPABLE, 1, 0, 0, 0)


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
    call("unshare", NEW_USER)
    map_user(_INSIDE, user, _INSIDE, group)
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


def map_user(inner_user, outer_user, inner_group, outer_group):
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{inner_user} {outer_user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{inner_group} {outer_group} 1")


def _drop_capabilities():
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    for number in range(_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, number, 0, 0, 0)  # the last ones are unknown to this kernel
    header = (ctypes.c_uint32 * 2)(0x20080522, 0)  # _LINUX_CAPABILITY_VERSION_3, this process
    call("capset", header, (ctypes.c_uint32 * 6)())


def keep_signals_inside():
    """Let this process, and all below it, send signals to each other only, where the kernel can (Linux 6.12); for where
    there is no pid namespace. Source: landlock(7)."""
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    ruleset = libc.syscall(_LANDLOCK_CREATE_RULESET, (ctypes.c_uint64 * 3)(0, 0, _LANDLOCK_SCOPE_SIGNAL), 24, 0)
    if ruleset >= 0:
        libc.syscall(_LANDLOCK_RESTRICT_SELF, ruleset, 0)
        os.close(ruleset)


def _refuse_to_kill_all():
    """Have kill(-1, …) refused from here on: without a pid namespace it would end all that this user runs, the judge
    included. Source: seccomp(2)."""
    call("prctl", _PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    number = _KILL.get(platform.machine())
    if number is None:
        return
    program = (ctypes.c_uint64 * 6)(
        _bpf(0x20, 0), _bpf(0x15, number, 0, 3),  # the number of the call: is it kill?
        _bpf(0x20, 16), _bpf(0x15, 0xFFFFFFFF, 0, 1),  # its first argument: is it -1?
        _bpf(0x06, _SECCOMP_RET_ERRNO | errno.EPERM), _bpf(0x06, _SECCOMP_RET_ALLOW),
    )  # fmt: skip
    head = (ctypes.c_uint64 * 2)(len(program), ctypes.addressof(program))  # struct sock_fprog
    call("prctl", _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, head, 0, 0)


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
    call("prctl", _PR_SET_PDEATHSIG, 9, 0, 0, 0)


def adopt_orphans():
    """Become the parent of whatever is left by the processes below this one."""
    call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def close_to_others():
    """Keep the learner's code, which may run as the same user, from looking into this process. See ptrace(2)."""
    call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)


def call(name, *arguments):
    if getattr(libc, name)(*arguments) != 0:
        raise os_error(ctypes.get_errno(), f"{name} failed")
