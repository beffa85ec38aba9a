"""Data that is written in more than one step, and what a reader in between makes of it."""

import ctypes
import struct

from shmlab import Mutex, Program, Semaphore, buffer, fetch_add

from .entry import Shelf

ENTRIES = Shelf()


# Two fields.


def _pair(write, read, **sync):
    return Program(
        [write, read],
        shared={"left": 0, "right": 0, "got": [0, 0]},
        sync=sync,
        invariant=lambda shm: shm.got[0] == shm.got[1],
    )


def _write(shm):
    shm.left = 1
    shm.right = 1


def _read(shm):
    shm.got[0] = shm.left
    shm.got[1] = shm.right


def _write_locked(shm, lock):
    with lock:
        _write(shm)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "torn read", "tso", "pso", preemptions=0)
def pair():
    """The reader comes between the two stores, or the writer between the two loads."""
    return _pair(_write, _read)


@ENTRIES.right()
def pair_locked():
    """Writer and reader hold the same mutex."""

    def read(shm, lock):
        with lock:
            _read(shm)

    return _pair(_write_locked, read, lock=Mutex())


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def pair_locked_by_the_writer():
    """The writer locks and the reader does not, so nothing keeps it out."""
    return _pair(_write_locked, _read, lock=Mutex())


@ENTRIES.wrong("invariant", "wrong lock", "sc", preemptions=1)
def pair_locked_by_two_locks():
    """Both lock, but not the same lock."""

    def read(shm, other):
        with other:
            _read(shm)

    return _pair(_write_locked, read, lock=Mutex(), other=Mutex())


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def pair_locked_one_by_one():
    """Each field is locked by itself, and the pair is not."""

    def write(shm, lock):
        with lock:
            shm.left = 1
        with lock:
            shm.right = 1

    def read(shm, lock):
        with lock:
            _read(shm)

    return _pair(write, read, lock=Semaphore(1))


@ENTRIES.right()
def pair_in_one_number():
    """Two halves of one 64-bit number are written by one store."""

    def write(shm):
        shm.both = (1 << 32) | 1

    def read(shm):
        both = shm.both
        shm.got[0], shm.got[1] = both >> 32, both & 0xFFFFFFFF

    return Program([write, read], shared={"both": 0, "got": [0, 0]}, invariant=lambda shm: shm.got[0] == shm.got[1])


# One number, by its bytes.


def _number(write, fields=(("value", ctypes.c_int64),), packed=False):
    """`value` goes from 0 to -1 in `write`; a reader must get one or the other."""

    class Value(ctypes.Structure):
        _pack_ = 1 if packed else 8
        _layout_ = "ms"  # Python 3.14 asks for it beside _pack_
        _fields_ = fields

    class Shared(ctypes.Structure):
        _pack_ = 1 if packed else 8
        _layout_ = "ms"  # Python 3.14 asks for it beside _pack_
        _fields_ = (("at", Value), ("got", ctypes.c_int64))

    def read(shm):
        shm.got = shm.at.value

    return Program([write, read], shared=Shared(), invariant=lambda shm: shm.got in (0, -1))


@ENTRIES.right()
def number_by_its_field():
    """An aligned field of 64 bits is stored at once."""

    def write(shm):
        shm.at.value = -1

    return _number(write)


@ENTRIES.right()
def number_by_a_slice_of_eight():
    """Eight aligned bytes are stored at once, from a slice too."""

    def write(shm):
        buffer(shm)[0:8] = b"\xff" * 8

    return _number(write)


@ENTRIES.right()
def number_by_a_cast_view():
    """A memoryview cast to 64 bits stores at once."""

    def write(shm):
        buffer(shm).cast("q")[0] = -1

    return _number(write)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def number_by_its_bytes():
    """Byte by byte, the reader finds some of each."""

    def write(shm):
        raw = buffer(shm)
        for index in range(8):
            raw[index] = 0xFF

    return _number(write)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def number_packed_in_standard_order():
    """struct writes the standard formats byte by byte."""

    def write(shm):
        struct.pack_into("<q", buffer(shm), 0, -1)

    return _number(write)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def number_across_two_words():
    """A packed field that is not aligned is stored in parts."""

    def write(shm):
        shm.at.value = -1

    return _number(write, (("kind", ctypes.c_uint8), ("value", ctypes.c_int32)), packed=True)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def pack_into_is_no_store():
    """Looks right, is wrong: struct.pack_into writes zeroes first, and the reader sees a zero that nobody wrote."""

    def write(shm):
        struct.pack_into("q", buffer(shm), 0, 8)

    def read(shm):
        shm.got = shm.value

    return Program([write, read], shared={"value": 7, "got": 7}, invariant=lambda shm: shm.got in (7, 8))


@ENTRIES.wrong("invariant", ("", "torn read"), "sc", preemptions=1)
def two_halves_with_a_carry():
    """The low half wraps to zero before the high half is raised, and time runs backwards for the reader."""

    class Clock(ctypes.Structure):
        _fields_ = (("low", ctypes.c_uint32), ("high", ctypes.c_uint32), ("got", ctypes.c_uint64))

    def tick(shm):
        shm.low += 1
        if shm.low == 0:
            shm.high += 1

    def read(shm):
        shm.got = shm.high << 32 | shm.low

    return Program(
        [tick, read], shared=Clock(0xFFFFFFFF, 0), invariant=lambda shm: shm.got in (0xFFFFFFFF, 0x100000000)
    )


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def sixteen_bytes():
    """A record of 16 bytes is copied in one slice, and no processor stores so much at once."""

    def write(shm):
        buffer(shm)[0:16] = struct.pack("qq", -1, -1)

    def read(shm):
        shm.got[0], shm.got[1] = shm.record[0], shm.record[1]

    return Program(
        [write, read], shared={"record": [0, 0], "got": [0, 0]}, invariant=lambda shm: shm.got[0] == shm.got[1]
    )


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def name_of_three_letters():
    """A name is an array of bytes, and a slice is written letter by letter."""

    def rename(shm):
        shm.name[:] = b"EVE"

    def read(shm):
        shm.got[:] = bytes(shm.name)

    return Program(
        [rename, read],
        shared={"name": b"BOB", "got": b"BOB"},
        invariant=lambda shm: bytes(shm.got) in (b"BOB", b"EVE"),
    )


# Many elements.


def _total(read):
    """One unit wanders from the first element to the second; the reader adds up what it sees."""

    def move(shm):
        fetch_add(shm.values, 0, -1)
        fetch_add(shm.values, 1, 1)

    return Program([move, read], shared={"values": [5, 5], "total": 10}, invariant=lambda shm: shm.total == 10)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def sum_of_atomic_counters():
    """Looks right, is wrong: each change is atomic, but the sum is taken at no one moment."""

    def read(shm):
        shm.total = sum(shm.values)

    return _total(read)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def sum_in_a_comprehension():
    """A comprehension is one line and many loads."""

    def read(shm):
        shm.total = sum([1 * value for value in shm.values])

    return _total(read)


@ENTRIES.right()
def collected_twice():
    """Two equal collections one after the other were both true in between, as no value comes back here."""

    def read(shm):
        while True:
            first, second = list(shm.values), list(shm.values)
            if first == second:
                break
        shm.total = sum(first) if first != [4, 5] else 10

    return _total(read)
