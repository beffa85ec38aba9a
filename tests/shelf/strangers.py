"""Memory that a stranger writes to: what is checked there need not be what is used."""

import ctypes

from shmlab import Mutex, Program

from .entry import Shelf

ENTRIES = Shelf()


def _bank(pay, *, customer=None, **sync):
    def stranger(shm):
        shm.amount = 1_000_000

    return Program(
        [pay, customer or stranger],
        shared={"amount": 50, "paid": 0},
        sync=sync,
        invariant=lambda shm: shm.paid <= 100,
        possible={"50 is paid": lambda shm: shm.paid == 50},
    )


@ENTRIES.wrong("invariant", "check-then-act", "sc", preemptions=1)
def checked_in_place():
    """The amount is loaded for the check, and once more to be paid: the stranger stores between."""

    def pay(shm):
        if shm.amount <= 100:
            shm.paid = shm.amount

    return _bank(pay)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def checked_twice():
    """A second check makes the gap later, not smaller: the third load is the one that counts."""

    def pay(shm):
        if shm.amount <= 100 and shm.amount <= 100:
            shm.paid = shm.amount

    return _bank(pay)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def under_a_lock_that_the_stranger_does_not_take():
    """A mutex keeps out who takes it."""

    def pay(shm, lock):
        with lock:
            if shm.amount <= 100:
                shm.paid = shm.amount

    return _bank(pay, lock=Mutex())


@ENTRIES.right()
def under_a_lock_that_both_take():
    """Between those who keep to a mutex a check stays true as long as it is held."""

    def pay(shm, lock):
        with lock:
            if shm.amount <= 100:
                shm.paid = shm.amount

    def customer(shm, lock):
        with lock:
            shm.amount = 1_000_000

    return _bank(pay, customer=customer, lock=Mutex())


@ENTRIES.right()
def copied_then_checked():
    """One load: whatever it was, it is what is checked and what is paid."""

    def pay(shm):
        amount = shm.amount
        if amount <= 100:
            shm.paid = amount

    return _bank(pay)


class _Message(ctypes.Structure):
    _fields_ = [("length", ctypes.c_int64), ("bytes", ctypes.c_int64 * 2), ("sum", ctypes.c_int64)]


def _letter(read):
    def stranger(shm):
        shm.length = 9

    return Program(
        [read, stranger], shared=_Message(2, (ctypes.c_int64 * 2)(3, 4)), invariant=lambda shm: shm.sum in (0, 7)
    )


@ENTRIES.wrong("exception", None, "sc", preemptions=1)
def length_loaded_twice():
    """The length fits when it is checked; the loop goes as far as the length that stands there then."""

    def read(shm):
        if shm.length <= 2:
            shm.sum = sum(shm.bytes[at] for at in range(shm.length))

    return _letter(read)


@ENTRIES.right()
def length_loaded_once():
    """The loop goes as far as the length that was checked."""

    def read(shm):
        length = shm.length
        if length <= 2:
            shm.sum = sum(shm.bytes[at] for at in range(length))

    return _letter(read)
