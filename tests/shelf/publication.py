"""Data that one process writes and others read without a lock: flags, seqlocks, slots."""

import ctypes

from shmlab import Mutex, Program, fence, load_acquire, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


# A flag that announces data.


def _announced(publish, consume, **more):
    return Program(
        [publish, consume],
        shared={"data": 0, "ready": 0, "got": -1},
        invariant=lambda shm: shm.got == 42,
        **more,
    )


def _wait_and_read(shm):
    while not shm.ready:
        pause()
    shm.got = shm.data


def _acquire_and_read(shm):
    while not load_acquire(shm, "ready"):
        pass
    shm.got = shm.data


@ENTRIES.wrong("invariant", "unsafe publication", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "unsafe publication", "tso", preemptions=0)
def flag_first():
    """The flag is up before the data is there."""

    def publish(shm):
        shm.ready = 1
        shm.data = 42

    return _announced(publish, _wait_and_read)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", "unsafe publication", "pso", preemptions=0)
def data_first():
    """Data, then flag: enough where stores keep their order, too little where they do not."""

    def publish(shm):
        shm.data = 42
        shm.ready = 1

    return _announced(publish, _wait_and_read)


@ENTRIES.right()
def released_and_acquired():
    """A release store of the flag comes after the data under every model."""

    def publish(shm):
        shm.data = 42
        store_release(shm, "ready", 1)

    return _announced(publish, _acquire_and_read)


@ENTRIES.right()
def fence_between():
    """A full fence between data and flag does the same as a release."""

    def publish(shm):
        shm.data = 42
        fence()
        shm.ready = 1

    return _announced(publish, _wait_and_read)


@ENTRIES.wrong("invariant", "unsafe publication", "pso", preemptions=0)
def acquired_but_not_released():
    """An acquire on one side is of no use without a release on the other."""

    def publish(shm):
        shm.data = 42
        shm.ready = 1

    return _announced(publish, _acquire_and_read)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def data_read_before_flag():
    """The consumer loads the data first and then waits until it is ready."""

    def publish(shm):
        shm.data = 42
        shm.ready = 1

    def consume(shm):
        data = shm.data
        while not shm.ready:
            pause()
        shm.got = data

    return _announced(publish, consume)


@ENTRIES.wrong("invariant", None, preemptions=0)
def fence_instead_of_wait():
    """A fence orders one's own loads and stores; it waits for nobody."""

    def publish(shm):
        shm.data = 42
        fence()
        shm.ready = 1

    def consume(shm):
        fence()
        shm.got = shm.data

    return _announced(publish, consume)


@ENTRIES.wrong("invariant", "unsafe publication", "sc", preemptions=1)
def one_field_too_late():
    """One field is filled before the flag and one after it."""

    class Message(ctypes.Structure):
        _fields_ = (("kind", ctypes.c_uint8), ("size", ctypes.c_int32), ("ready", ctypes.c_uint8))

    class Shared(ctypes.Structure):
        _fields_ = (("message", Message), ("got", ctypes.c_int32 * 2))

    def publish(shm):
        shm.message.kind = 3
        shm.message.ready = 1
        shm.message.size = 100

    def consume(shm):
        while not shm.message.ready:
            pause()
        shm.got[0] = shm.message.kind
        shm.got[1] = shm.message.size

    return Program([publish, consume], shared=Shared(), invariant=lambda shm: list(shm.got) == [3, 100])


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", "unsafe publication", "pso")
def double_checked():
    """A first look without the lock, a second with it; only PSO shows the flag before the data."""

    def use(shm, rank, lock):
        if not shm.ready:
            with lock:
                if not shm.ready:
                    shm.data = 42
                    shm.ready = 1
        shm.got[rank] = shm.data

    return _twice_used(use)


def _twice_used(use):
    return Program(
        use,
        processes=2,
        shared={"data": 0, "ready": 0, "made": 0, "got": [0, 0]},
        sync={"lock": Mutex()},
        invariant=lambda shm: list(shm.got) == [42, 42] and shm.made <= 1,
    )


@ENTRIES.right()
def double_checked_and_released():
    """The same with release and acquire."""

    def use(shm, rank, lock):
        if not load_acquire(shm, "ready"):
            with lock:
                if not shm.ready:
                    shm.data = 42
                    store_release(shm, "ready", 1)
        shm.got[rank] = shm.data

    return _twice_used(use)


@ENTRIES.wrong("invariant", "check-then-act", "sc", preemptions=1)
def checked_once():
    """Two see that it is not ready, and one after the other makes it."""

    def use(shm, rank, lock):
        if not shm.ready:
            with lock:
                shm.made += 1
                shm.data = 42
                shm.ready = 1
        shm.got[rank] = shm.data

    return _twice_used(use)


@ENTRIES.wrong("invariant", "unsafe publication", "sc", preemptions=1)
def double_checked_flag_first():
    """Under the lock the flag comes first, and the first look is not under the lock."""

    def use(shm, rank, lock):
        if not shm.ready:
            with lock:
                if not shm.ready:
                    shm.ready = 1
                    shm.data = 42
        shm.got[rank] = shm.data

    return _twice_used(use)


# Seqlock: one writer, and readers who try again.


class Quote(ctypes.Structure):
    """A pair that belongs together, with the number of its version, and what the reader got."""

    _fields_ = (
        ("version", ctypes.c_uint32),
        ("bid", ctypes.c_int32),
        ("ask", ctypes.c_int32),
        ("got_bid", ctypes.c_int32),
        ("got_ask", ctypes.c_int32),
    )


def _quotes(write, read):
    return Program([write, read], shared=Quote(), invariant=lambda shm: shm.got_bid == shm.got_ask)


def _write_quote(shm):
    shm.version += 1
    shm.bid = 7
    shm.ask = 7
    shm.version += 1


def _read_quote(shm):
    while True:
        before = shm.version
        if before % 2:
            pause()
            continue
        bid, ask = shm.bid, shm.ask
        if shm.version == before:
            break
    shm.got_bid, shm.got_ask = bid, ask


@ENTRIES.right("sc", "tso")
def seqlock():
    """Odd while it is written; the reader tries again when the number was odd or has changed."""
    return _quotes(_write_quote, _read_quote)


@ENTRIES.wrong("invariant", None, "pso", preemptions=0)
def seqlock_without_fences():
    """Under PSO a part of the pair may be seen before the number is odd, or after it is even again."""
    return _quotes(_write_quote, _read_quote)


@ENTRIES.right()
def seqlock_with_fences():
    """A fence after the first number and a release of the second keep the stores in their order."""

    def write(shm):
        version = shm.version
        shm.version = version + 1
        fence()
        shm.bid = 7
        shm.ask = 7
        store_release(shm, "version", version + 2)

    return _quotes(write, _read_quote)


@ENTRIES.right("sc")
def seqlock_written_twice():
    """Two writes one after the other: the reader gets the old pair, the first or the second."""

    def write(shm):
        for price in (7, 8):
            shm.version += 1
            shm.bid = price
            shm.ask = price
            shm.version += 1

    return _quotes(write, _read_quote)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def seqlock_bumped_once():
    """The number changes after the data only, and the reader sees half of it under the old number."""

    def write(shm):
        shm.bid = 7
        shm.ask = 7
        shm.version += 2

    return _quotes(write, _read_quote)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def seqlock_no_second_check():
    """The reader looks at the number before, and not after."""

    def read(shm):
        while shm.version % 2:
            pause()
        bid, ask = shm.bid, shm.ask
        shm.got_bid, shm.got_ask = bid, ask

    return _quotes(_write_quote, read)


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def seqlock_odd_accepted():
    """The number is the same before and after, but it is odd: the writer is at work."""

    def read(shm):
        while True:
            before = shm.version
            bid, ask = shm.bid, shm.ask
            if before == shm.version:
                break
            pause()
        shm.got_bid, shm.got_ask = bid, ask

    return _quotes(_write_quote, read)


# Two slots, one of which is current.


def _slots(prices):
    """A writer that fills the slot that is not current and then makes it current, so many times."""

    def write(shm):
        for price in prices:
            spare = 1 - shm.current
            shm.bid[spare] = price
            shm.ask[spare] = price
            shm.current = spare

    def read(shm):
        slot = shm.current
        shm.got[0] = shm.bid[slot]
        shm.got[1] = shm.ask[slot]

    return Program(
        [write, read],
        shared={"bid": [0, 0], "ask": [0, 0], "current": 0, "got": [0, 0]},
        invariant=lambda shm: shm.got[0] == shm.got[1],
    )


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso", preemptions=0)
def two_slots_written_once():
    """One write goes to the slot that nobody reads yet; the index changes last, if stores keep their order."""
    return _slots([7])


@ENTRIES.wrong("invariant", "torn read", "sc", preemptions=1)
def two_slots_written_twice():
    """Looks right, is wrong: the second write goes to the slot that a slow reader still reads."""
    return _slots([7, 8])
