"""The ring's bytes in shared memory, as ctypes Structures. ring.h declares the same in C, and explains it.

A segment holds the header and, from `data_offset` on, the records. Each side and each count is on a cache line of its
own, because only one process stores to it.
"""

import ctypes
import pathlib
import struct

MAGIC = b"shmring\n"
VERSION = 1
BYTE_ORDER = 0x01020304
WORD_BYTES = struct.calcsize("P")
LINE_BYTES = 64
PIECES = 4  # a message longer than this part of the ring goes in pieces
DATA_OFFSET = 4096
MOST_CAPACITY_BYTES = 2**31  # a record's size has 32 bits

POSIX, SYSV, SPIN, FUTEX = "posix", "sysv", "spin", "futex"
WAITING = {POSIX: 1, SYSV: 2, SPIN: 3, FUTEX: 4}
WHOLE, FIRST, NEXT, SKIP = 1, 2, 3, 4
WRITER, READER = 0, 1
SIDES = ("writer", "reader")

RECORD = struct.Struct("QII")  # left_bytes, size_bytes, kind
_DEFAULT_CAPACITY_BYTES, _LEAST_BYTES, _MOST_BYTES = 2**21, 2**20, 2**23
_CACHES = pathlib.Path("/sys/devices/system/cpu/cpu0/cache")


class Side(ctypes.Structure):
    """One side: whether it waits and for what, whether it has closed, which process it is."""

    __slots__ = ()
    _fields_ = (
        ("waiting", ctypes.c_uint32),
        ("closed", ctypes.c_uint32),
        ("wanted", ctypes.c_uint64),
        ("pid", ctypes.c_uint32),
        ("only_cpu", ctypes.c_uint32),
        ("start_ticks", ctypes.c_uint64),
        ("pid_namespace", ctypes.c_uint64),
        ("unused", ctypes.c_byte * 24),
    )


class Header(ctypes.Structure):
    """The beginning of the segment. `magic` is stored last, so that nobody attaches to half a header."""

    __slots__ = ()
    _fields_ = (
        ("magic", ctypes.c_char * 8),
        ("version", ctypes.c_uint32),
        ("byte_order", ctypes.c_uint32),
        ("word_bytes", ctypes.c_uint32),
        ("waiting", ctypes.c_uint32),
        ("capacity_bytes", ctypes.c_uint64),
        ("data_offset", ctypes.c_uint64),
        ("unused_1", ctypes.c_byte * 24),
        ("writer_semaphore", ctypes.c_char * 32),
        ("reader_semaphore", ctypes.c_char * 32),
        ("head", ctypes.c_uint64),
        ("unused_2", ctypes.c_byte * 56),
        ("tail", ctypes.c_uint64),
        ("unused_3", ctypes.c_byte * 56),
        ("writer", Side),
        ("reader", Side),
    )


def record_bytes(size_bytes):
    """Return how many bytes of the ring a payload takes: with its 16 bytes of header, in whole cache lines."""
    return -(-(RECORD.size + size_bytes) // LINE_BYTES) * LINE_BYTES


def checked_capacity(capacity_bytes):
    """Return `capacity_bytes` rounded up to whole cache lines.

    Raise TypeError or ValueError when no ring can have it.
    """
    if isinstance(capacity_bytes, bool) or not isinstance(capacity_bytes, int):
        raise TypeError(f"capacity_bytes is {capacity_bytes!r}: a capacity is a whole number of bytes")
    least = PIECES * LINE_BYTES
    if not least <= capacity_bytes <= MOST_CAPACITY_BYTES:
        raise ValueError(f"capacity_bytes is {capacity_bytes}: a ring has {least} to {MOST_CAPACITY_BYTES}")
    return -(-capacity_bytes // LINE_BYTES) * LINE_BYTES


def default_capacity_bytes():
    """Return twice the size of a processor's second-level cache: 1 to 8 MiB, at most a quarter of the third-level one.

    When the writer comes round again, the bytes that it overwrites have then left the reader's own cache for the
    shared one, and need not be fetched from the reader's. 2 MiB where the kernel does not say the sizes.
    Source: sysfs, devices/system/cpu.
    """
    second, third = _cache_bytes("2"), _cache_bytes("3")
    if not second:
        return _DEFAULT_CAPACITY_BYTES
    return max(_LEAST_BYTES, min(2 * second, third // 4 if third else _MOST_BYTES, _MOST_BYTES))


def _cache_bytes(level):
    """Return the size of the first processor's cache of this level, in bytes; 0 when the kernel does not say."""
    for index in sorted(_CACHES.glob("index*")):
        try:
            if (index / "level").read_text().strip() == level:
                return int((index / "size").read_text().strip().removesuffix("K")) * 1024
        except (OSError, ValueError):  # not every kernel has every file
            continue
    return 0


def check(header, segment_bytes, what):
    """Raise ValueError, saying what was found, unless `header` belongs to a ring of this version and machine."""
    if header.magic != MAGIC.rstrip(b"\0"):
        raise ValueError(f"{what} holds no ring: it begins with {header.magic!r} and not with {MAGIC!r}")
    wanted = {"version": VERSION, "byte_order": BYTE_ORDER, "word_bytes": WORD_BYTES}
    for name, value in wanted.items():
        found = getattr(header, name)
        if found != value:
            raise ValueError(
                f"{what} holds a ring whose {name} is {found:#x}: this program reads {value:#x}; "
                "use the same shmlab, on one machine, on both sides"
            )
    if header.waiting not in WAITING.values():
        raise ValueError(f"{what} holds a ring with the waiting strategy {header.waiting}: known are {WAITING}")
    capacity, data = header.capacity_bytes, header.data_offset
    if capacity % LINE_BYTES or not capacity or data % LINE_BYTES or data + capacity > segment_bytes:
        raise ValueError(
            f"{what} holds a ring of {capacity} bytes from {data} on, which its {segment_bytes} bytes cannot hold"
        )
