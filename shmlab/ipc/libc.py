"""Calls of the C library through ctypes: futex(2), statx(2) and others for which Python has no wrapper."""

import ctypes
import errno
import math
import os
import platform

from shmlab.ipc.errors import os_error

libc = ctypes.CDLL(None, use_errno=True)
FUTEX_WAIT, FUTEX_WAKE = 0, 1
# syscall(2) takes a number, which differs from one architecture to another.
_FUTEX_NUMBERS = {"x86_64": 202, "aarch64": 98, "riscv64": 98, "ppc64le": 221, "s390x": 238}


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


def timespec(seconds):
    """Return a C struct timespec of `seconds`."""
    whole = math.floor(seconds)
    return _Timespec(whole, int((seconds - whole) * 1e9))


def futex_number():
    machine = platform.machine()
    if machine not in _FUTEX_NUMBERS or platform.system() != "Linux":
        raise NotImplementedError(f"conditions and barriers need futex(2), whose number on {machine} is not known here")
    return _FUTEX_NUMBERS[machine]


def futex(address, operation, value, limit):
    """Call futex(2) on the 4-byte word at `address`, between processes.

    It returns when the word has changed, at a time-out and at a signal, and does not say which: every caller looks
    at the word again. Raises OSError for anything else.
    """
    pointer = None if limit is None else ctypes.byref(limit)
    number = ctypes.c_long(futex_number())
    done = libc.syscall(number, ctypes.c_void_p(address), operation, ctypes.c_uint32(value), pointer, None, 0)
    code = ctypes.get_errno()
    if done == -1 and code not in (errno.EAGAIN, errno.ETIMEDOUT, errno.EINTR):
        raise os_error(code, "futex failed")


def checked_call(name, *arguments):
    """Call a function of the C library. Raises OSError unless it returns 0."""
    if getattr(libc, name)(*arguments) != 0:
        raise os_error(ctypes.get_errno(), f"{name} failed")


class _Statx(ctypes.Structure):
    """The part of struct statx that is needed; the kernel fills 256 bytes."""

    _fields_ = (
        ("mask", ctypes.c_uint32),
        ("unused_1", ctypes.c_byte * 76),
        ("birth_seconds", ctypes.c_int64),
        ("birth_nanoseconds", ctypes.c_uint32),
        ("unused_2", ctypes.c_byte * 164),
    )


_STATX_BTIME, _AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _AT_EMPTY_PATH = 0x800, -100, 0x100, 0x1000


def birth_ns(file):
    """Return when a file (path or descriptor) was created, in nanoseconds; 0 if its file system does not know."""
    if not hasattr(libc, "statx"):
        return 0
    found = _Statx()
    where = (
        (file, b"", _AT_EMPTY_PATH) if isinstance(file, int) else (_AT_FDCWD, os.fsencode(file), _AT_SYMLINK_NOFOLLOW)
    )
    failed = libc.statx(*where, _STATX_BTIME, ctypes.byref(found))
    if failed or not found.mask & _STATX_BTIME:
        return 0
    return found.birth_seconds * 10**9 + found.birth_nanoseconds
