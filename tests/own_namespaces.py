"""Give a test process IPC and mount namespaces of its own, with a /dev/shm of 64 MiB, as root or as an ordinary user.

An ordinary user needs a user namespace to make other namespaces, and a process with threads cannot enter one:
unshare(2), "EINVAL". A worker of pytest-xdist has threads from its start. So the process that starts the workers enters
the user namespace, and passes the one capability that a worker needs on, as an ambient one: capabilities(7).
"""

import ctypes
import os

from shmlab.ipc.libc import checked_call
from shmlab.processes.namespaces import own_objects

DEV_SHM_MIB = 64

_SYS_ADMIN = 21
_PR_CAP_AMBIENT, _RAISE, _CLEAR_ALL = 47, 2, 4
_CAPABILITY_VERSION = 0x20080522


def enter(*, is_worker):
    """Move this process, and all that it will start, away from the host's objects; return whether that worked."""
    try:
        own_objects(DEV_SHM_MIB << 20, is_capable=is_worker)
    except OSError:
        return False
    return True


def hand_on():
    """Let the workers that this process starts next enter namespaces of their own, if it is an ordinary user's."""
    if os.geteuid() != 0:
        _set_capabilities(1 << _SYS_ADMIN)
        checked_call("prctl", _PR_CAP_AMBIENT, _RAISE, _SYS_ADMIN, 0, 0)


def be_ordinary():
    """Give up all capabilities, if this is an ordinary user's process, so that tests see what a learner sees."""
    if os.geteuid() != 0:
        checked_call("prctl", _PR_CAP_AMBIENT, _CLEAR_ALL, 0, 0, 0)
        _set_capabilities(0)


def _set_capabilities(mask):
    """Set the effective, permitted and inheritable capabilities of this thread."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    checked_call("capset", header, (ctypes.c_uint32 * 6)(mask, mask, mask, 0, 0, 0))
