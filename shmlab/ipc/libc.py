"""What we ask of the C library directly: a clock's struct, futex(2) and statx(2), which have no wrapper."""

import ctypes
import errno
import math
import os
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


class _Statx(ctypes.Structure):
    """As much of struct statx as is needed; the kernel fills 256 bytes."""

    _fields_ = (
        ("mask", ctypes.c_uint32),
        ("unused_1", ctypes.c_byte * 76),
        ("birth_seconds", ctypes.c_int64),
        ("birth_nanoseconds", ctypes.c_uint32),
        ("unused_2", ctypes.c_byte * 164),
    )


_STATX_BTIME, _AT_FDCWD, _AT_SYMLINK_NOFOLLOW, _AT_EMPTY_PATH = 0x800, -100, 0x100, 0x1000


def birth_ns(file):
    """When the file, a path or a descriptor, was born, in nanoseconds; 0 where its file system does not know."""
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
