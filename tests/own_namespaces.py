"""Give a test process IPC and mount namespaces of its own, with a /dev/shm of 64 MiB, as root or as an ordinary user.

An ordinary user needs a user namespace to make other namespaces, and a process with threads cannot enter one:
unshare(2), "EINVAL". A worker of pytest-xdist has threads from its start. So the process that starts the workers enters
the user namespace, and passes the one capability that a worker needs on, as an ambient one: capabilities(7).

`.ci/without_namespaces` uses this with any Python, so that it imports nothing of the package.
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
    """Move this process, and all that it will start, away from the host's objects; return whether that worked."""
    return unshare(makes_user=os.geteuid() != 0 and not is_worker, dev_shm_mib=DEV_SHM_MIB)


def unshare(*, makes_user, dev_shm_mib):
    """Give this process System V objects and a /dev/shm of its own; return whether this host allows it.

    `makes_user`: also make a user namespace, in which the process keeps its user and group id.
    """
    user, group = os.geteuid(), os.getegid()  # in a user namespace they are unknown until they are mapped
    if _libc.unshare(_NEW_MOUNT | _NEW_IPC | (_NEW_USER if makes_user else 0)) != 0:
        return False
    if makes_user:
        _map(user, group)
    _call("mount", b"none", b"/", None, _MS_REC_PRIVATE, None)
    options = f"size={dev_shm_mib}m,mode=1777".encode()
    _call("mount", b"tmpfs", b"/dev/shm", b"tmpfs", _MS_NOSUID_NODEV, options)
    return True


def hand_on():
    """Let the workers that this process starts next enter namespaces of their own, if it is an ordinary user's."""
    if os.geteuid() != 0:
        _set_capabilities(1 << _SYS_ADMIN)
        _call("prctl", _PR_CAP_AMBIENT, _RAISE, _SYS_ADMIN, 0, 0)


def be_ordinary():
    """Give up all capabilities, if this is an ordinary user's process, so that tests see what a learner sees."""
    if os.geteuid() != 0:
        _call("prctl", _PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
        _set_capabilities(0)


def _map(user, group):
    """Map the user's and group's ids to themselves, so that an ordinary user stays one."""
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{group} {group} 1")


def _set_capabilities(mask):
    """Set the effective, permitted and inheritable capabilities of this thread."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))


def _call(name, *arguments):
    if getattr(_libc, name)(*arguments) != 0:
        raise OSError(ctypes.get_errno(), f"{name} in the namespaces of the tests: {os.strerror(ctypes.get_errno())}")
