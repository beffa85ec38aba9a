"""Counting together: what is lost without a lock, with a wrong one, and with half of one."""

import ctypes

from shmlab import Mutex, Program, Semaphore, compare_exchange, exchange, fetch_add

from .entry import Shelf

ENTRIES = Shelf()


def _counts_to(total):
    return lambda shm: shm.counter == total


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "lost update", "tso", "pso", preemptions=0)
def unprotected():
    """Two processes add one, each with a load and a store, and both may load zero."""

    def increment(shm):
        shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, invariant=_counts_to(2))


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
def unprotected_by_three():
    """Three processes add one in a helper that loads early and stores late."""

    def add(shm, amount):
        before = shm.counter
        after = before + amount
        shm.counter = after

    def increment(shm):
        add(shm, amount=1)

    return Program(increment, processes=3, shared={"counter": 0}, invariant=_counts_to(3))


@ENTRIES.right()
def at_least_two():
    """However three and three increments interleave, two survive: the last store comes after a load of one or more."""

    def increment(shm):
        for _ in range(3):
            shm.counter += 1

    return Program(
        increment,
        processes=2,
        shared={"counter": 0},
        invariant=lambda shm: 2 <= shm.counter <= 6,
    )


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=4)
def own_three_survive():
    """That each process keeps its own three is a hope: the smallest result is two, after four preemptions."""

    def increment(shm):
        for _ in range(3):
            shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter >= 3)


@ENTRIES.right()
def mutex_around():
    """A mutex is held from the load to the store."""

    def increment(shm, lock):
        for _ in range(2):
            with lock:
                shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, sync={"lock": Mutex()}, invariant=_counts_to(4))


@ENTRIES.right()
def semaphore_around():
    """A semaphore of one unit lets three processes in one by one."""

    def increment(shm, turn):
        turn.acquire()
        shm.counter += 1
        turn.release()

    return Program(increment, processes=3, shared={"counter": 0}, sync={"turn": Semaphore(1)}, invariant=_counts_to(3))


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "lost update", "tso", "pso", preemptions=0)
def semaphore_of_two():
    """A semaphore that starts with two units lets both in at once."""

    def increment(shm, turn):
        with turn:
            shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, sync={"turn": Semaphore(2)}, invariant=_counts_to(2))


@ENTRIES.wrong("deadlock", None, preemptions=0)
def semaphore_of_none():
    """A lock that starts with no unit lets nobody in, ever."""

    def increment(shm, turn):
        with turn:
            shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, sync={"turn": Semaphore(0)}, invariant=_counts_to(2))


@ENTRIES.wrong("invariant", "wrong lock", "sc", preemptions=1)
def mutex_each():
    """Each process holds a mutex of its own, and so nobody waits for anybody."""

    def increment(shm, rank, locks):
        with locks[rank]:
            shm.counter += 1

    return Program(
        increment, processes=2, shared={"counter": 0}, sync={"locks": [Mutex(), Mutex()]}, invariant=_counts_to(2)
    )


@ENTRIES.right()
def mutex_for_each_counter():
    """There are two counters with a mutex each, and each counter is only touched under its own."""

    def increment(shm, rank, locks):
        for index in (rank, 1 - rank):
            with locks[index]:
                shm.counters[index] += 1

    return Program(
        increment,
        processes=2,
        shared={"counters": [0, 0]},
        sync={"locks": [Mutex(), Mutex()]},
        invariant=lambda shm: list(shm.counters) == [2, 2],
    )


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "lost update", "tso", "pso", preemptions=0)
def store_outside():
    """The load stands inside of the lock, but the store after it."""

    def increment(shm, lock):
        with lock:
            value = shm.counter + 1
        shm.counter = value

    return Program(increment, processes=2, shared={"counter": 0}, sync={"lock": Mutex()}, invariant=_counts_to(2))


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
@ENTRIES.wrong("invariant", "lost update", "tso", "pso", preemptions=0)
def load_outside():
    """The store stands inside of the lock, but the load before it."""

    def increment(shm, lock):
        value = shm.counter
        with lock:
            shm.counter = value + 1

    return Program(increment, processes=2, shared={"counter": 0}, sync={"lock": Mutex()}, invariant=_counts_to(2))


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
def one_locks_only():
    """One process takes the lock and the other does not, which protects neither."""

    def careful(shm, lock):
        with lock:
            shm.counter += 1

    def careless(shm):
        shm.counter += 1

    return Program([careful, careless], shared={"counter": 0}, sync={"lock": Mutex()}, invariant=_counts_to(2))


@ENTRIES.right()
def held_for_one_round():
    """Each round takes the lock anew, so the rounds of two processes can alternate."""

    def write(shm, rank, lock):
        for _ in range(2):
            with lock:
                shm.order[shm.used] = rank + 1
                shm.used += 1

    return Program(
        write,
        processes=2,
        shared={"order": [0, 0, 0, 0], "used": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: sorted(shm.order) == [1, 1, 2, 2],
        possible={"they alternate": lambda shm: list(shm.order) == [1, 2, 1, 2]},
    )


@ENTRIES.wrong("impossible", "")
def held_for_the_whole_loop():
    """The lock is held for the whole loop: safe, but the rounds of two processes never alternate."""

    def write(shm, rank, lock):
        with lock:
            for _ in range(2):
                shm.order[shm.used] = rank + 1
                shm.used += 1

    return Program(
        write,
        processes=2,
        shared={"order": [0, 0, 0, 0], "used": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: sorted(shm.order) == [1, 1, 2, 2],
        possible={"they alternate": lambda shm: list(shm.order) == [1, 2, 1, 2]},
    )


@ENTRIES.right()
def fetch_and_add():
    """Three processes add with one atomic step each."""

    def increment(shm):
        fetch_add(shm, "counter", 1)

    return Program(increment, processes=3, shared={"counter": 0}, invariant=_counts_to(3))


@ENTRIES.wrong("invariant", "lost update", preemptions=1)
def exchange_of_a_sum():
    """The exchange is atomic, but the sum it stores was computed from an earlier load."""

    def increment(shm):
        exchange(shm, "counter", shm.counter + 1)

    return Program(increment, processes=2, shared={"counter": 0}, invariant=_counts_to(2))


@ENTRIES.right()
def compare_and_swap_until_it_holds():
    """Who fails to swap loads again, so no update is lost."""

    def increment(shm):
        while True:
            seen = shm.counter
            if compare_exchange(shm, "counter", seen, seen + 1):
                break

    return Program(increment, processes=3, shared={"counter": 0}, invariant=_counts_to(3))


@ENTRIES.wrong("invariant", None, preemptions=1)
def compare_and_swap_once():
    """Who fails to swap goes away as if it had counted."""

    def increment(shm):
        seen = shm.counter
        compare_exchange(shm, "counter", seen, seen + 1)

    return Program(increment, processes=2, shared={"counter": 0}, invariant=_counts_to(2))


@ENTRIES.right()
def wraps_as_c_does():
    """A byte at 254 wraps to zero when two are added, and its neighbour is left alone."""

    class Small(ctypes.Structure):
        _fields_ = (("hits", ctypes.c_uint8), ("other", ctypes.c_uint8), ("total", ctypes.c_int32))

    def increment(shm):
        fetch_add(shm, "hits", 1)

    return Program(increment, processes=2, shared=Small(254, 7, -1), invariant=lambda shm: bytes(shm)[:2] == b"\0\7")


@ENTRIES.right()
def sign_is_kept():
    """A signed counter of 32 bits goes below zero under its lock."""

    class Account(ctypes.Structure):
        _fields_ = (("balance", ctypes.c_int32),)

    def withdraw(shm, lock):
        with lock:
            shm.balance -= 3

    return Program(
        withdraw,
        processes=2,
        shared=Account(1),
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.balance == -5,
    )


@ENTRIES.right()
def one_slot_each():
    """Each of three processes counts in an element of its own, and nobody else writes there."""

    def count(shm, rank):
        for _ in range(2):
            shm.counts[rank] += 1

    return Program(count, processes=3, shared={"counts": [0] * 3}, invariant=lambda shm: list(shm.counts) == [2] * 3)


@ENTRIES.right()
def one_byte_each():
    """Neighbouring bytes are different places: two processes that store them do not disturb each other."""

    def count(shm, rank):
        shm.hits[rank] += 1
        shm.hits[rank] += 1

    return Program(count, processes=2, shared={"hits": bytes(2)}, invariant=lambda shm: bytes(shm.hits) == b"\2\2")


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
def one_bit_each():
    """Neighbouring bits share a byte, and setting one stores all eight."""

    def mark(shm, rank):
        shm.flags[0] |= 1 << rank

    return Program(mark, processes=2, shared={"flags": bytes(1)}, invariant=lambda shm: shm.flags[0] == 0b11)


@ENTRIES.wrong("invariant", "lost update", "sc", preemptions=1)
def up_and_down():
    """One adds and one takes away, and the difference is not zero when either is lost."""

    def add(shm):
        shm.stock.left += 1

    def take(shm):
        shm.stock.left -= 1

    class Stock(ctypes.Structure):
        _fields_ = (("left", ctypes.c_int32), ("sold", ctypes.c_int32))

    class Shop(ctypes.Structure):
        _fields_ = (("stock", Stock),)

    return Program([add, take], shared=Shop(Stock(5, 0)), invariant=lambda shm: shm.stock.left == 5)


@ENTRIES.right()
def up_and_down_locked():
    """A class of the learner's own wraps the lock, and add and take both go through it."""

    class Stock:
        def __init__(self, shm, lock):
            self.shm, self.lock = shm, lock

        def change(self, amount):
            with self.lock:
                self.shm.left += amount

    def add(shm, lock):
        Stock(shm, lock).change(1)

    def take(shm, lock):
        Stock(shm, lock).change(-1)

    return Program(
        [add, take, add, take], shared={"left": 5}, sync={"lock": Mutex()}, invariant=lambda shm: shm.left == 5
    )
