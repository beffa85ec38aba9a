"""IPC and mount namespaces of a test process's own, with a /dev/shm of 64 MiB, for root and for an ordinary user.

An ordinary user makes namespaces by way of a user namespace, which a process with threads cannot enter: unshare(2),
"EINVAL". A worker of pytest-xdist has threads from its start. So the process that starts the workers enters the
user namespace, and hands the one capability that a worker needs on to it, as an ambient one: capabilities(7).
"""

import ctypes
import os
import pathlib

DEV_SHM_MIB = 64

_NEW_MOUNT, _NEW_IPC, _NEW_USER = 0x00020000, 0x08000000, 0x10000000
_MS_NOSUID_NODEV, _MS_REC_PRIVATE = 0x2 | 0x4, 0x4000 | 0x40000
_SYS_ADMIN = 21
_PR_CAP_AMBIENT, _RAISE, _CLEAR_ALL = 47, 2, 4
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)


def enter(*, is_worker):
    """Move this process, and all it will start, away from the host's objects; returns whether it did."""
    return unshare(makes_user=os.geteuid() != 0 and not is_worker, dev_shm_mib=DEV_SHM_MIB)


def unshare(*, makes_user, dev_shm_mib):
    """Give this process System V objects and a /dev/shm of its own; returns whether this host allows it. `makes_user`:
    below a user namespace of its own, in which it keeps its numbers."""
    user, group = os.geteuid(), os.getegid()  # in a user namespace they have no numbers until they are mapped
    if _libc.unshare(_NEW_MOUNT | _NEW_IPC | (_NEW_USER if makes_user else 0)) != 0:
        return False
    if makes_user:
        _map(user, group)
    _call("mount", b"none", b"/", None, _MS_REC_PRIVATE, None)
    options = f"size={dev_shm_mib}m,mode=1777".encode()
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", _MS_NOSUID_NODEV, options)
    return True


def hand_on():
    """Let the workers that an ordinary user's process starts next enter namespaces of their own."""
    if os.geteuid() != 0:
        _set_capabilities(1 << _SYS_ADMIN)
        _call("prctl", _PR_CAP_AMBIENT, _RAISE, _SYS_ADMIN, 0, 0)


def be_ordinary():
    """Give up what an ordinary user has no right to: tests are to see what a learner sees."""
    if os.geteuid() != 0:
        _call("prctl", _PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
        _set_capabilities(0)


def _map(user, group):
    """Keep our own numbers: an ordinary user stays one."""
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _set_capabilities(mask):
    """Effective, permitted and inheritable ones, of this thread."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name} in the namespaces of the tests: {os.strerror(ctypes.get_errno())}")
