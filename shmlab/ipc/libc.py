"""What we ask of the C library directly: a clock's struct and futex(2), which has no wrapper."""

import ctypes
import errno
import math
import platform

from shmlab.ipc.errors import os_error

libc = ctypes.CDLL(None, use_errno=True)
FUTEX_WAIT, FUTEX_WAKE = 0, 1
# syscall(2) wants the number, which is each architecture's own.
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "ppc64le": 221, "s390x": 238}


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def timespec(seconds):
    """A C struct timespec of `seconds`."""
    whole = math.floor(seconds)
    return _Timespec(whole, int((seconds - whole) * 1e9))


def futex_number():
    machine = platform.machine()
    if machine not in _FUTEX_NUMBERS or platform.system() != "Linux":
        raise NotImplementedError(f"conditions and barriers need futex(2), whose number on {machine} is not known here")
    return _FUTEX_NUMBERS[machine]


def futex(address, operation, value, limit):
    """futex(2) on the 4-byte word at `address`, between processes. A word that has changed, a time-out
    and a signal are all reasons to look again, which every caller does; nothing else can go wrong."""
    pointer = None if limit is None else ctypes.byref(limit)
    number = ctypes.c_long(futex_number())
    done = libc.syscall(number, ctypes.c_void_p(address), operation, ctypes.c_uint32(value), pointer, None, 0)
    code = ctypes.get_errno()
    if done == -1 and code not in (errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
        raise os_error(code, "futex failed")
