"""Locks in an order, units that are enough, monitors in each other.

Sources: Havender, Avoiding Deadlock in Multitasking Systems, 1968; Dijkstra, EWD 123, the banker; Andrews, Concurrent
Programming, 4.3; Lister, The Problem of Nested Monitor Calls, 1977.
"""

from shmlab import Condition, Mutex, Program, Semaphore

from .entry import Shelf

ENTRIES = Shelf()


def _three_locks(pairs):
    def work(shm, rank, locks):
        first, second = pairs[rank]
        with locks[first], locks[second]:
            shm.done[rank] = 1

    return Program(work, processes=3, shared={"done": [0, 0, 0]}, sync={"locks": [Mutex(), Mutex(), Mutex()]})


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def no_two_of_three_disagree():
    """A before B, B before C, C before A: no two processes take the same pair, and the three close the circle."""
    return _three_locks([(0, 1), (1, 2), (2, 0)])


@ENTRIES.right("sc", "tso")
def one_order_for_three_locks():
    """The third pair the other way round, and each takes the lower number first."""
    return _three_locks([(0, 1), (1, 2), (0, 2)])


def _collect(needs, units):
    def collect(shm, rank, box):
        for _ in range(needs[rank]):
            box.acquire()
        shm.done[rank] = 1
        for _ in range(needs[rank]):
            box.release()

    shared = {"done": [0] * len(needs)}
    return Program(collect, processes=len(needs), shared=shared, sync={"box": Semaphore(units)})


@ENTRIES.wrong("deadlock", None, "sc")
def everybody_one_short():
    """Needs of 2, 3 and 2: with four units each may hold all but one of its own, 1 + 2 + 1."""
    return _collect([2, 3, 2], 4)


@ENTRIES.right("sc")
def one_more_than_all_short():
    """With five units one of the three has all that it needs, works, and gives back."""
    return _collect([2, 3, 2], 5)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def more_than_there_is():
    """Who needs three never has them, as there are two."""
    return _collect([1, 3], 2)


@ENTRIES.wrong("deadlock", None, "sc", spurious=False)
def monitor_in_a_monitor():
    """Who waits on the inner condition gives back the inner mutex, and not the outer one that the other one needs."""

    def take(shm, outer, inner, filled):
        with outer, inner:
            while not shm.items:
                filled.wait()
            shm.items -= 1

    def put(shm, outer, inner, filled):
        with outer, inner:
            shm.items += 1
            filled.notify()

    sync = {"outer": Mutex(), "inner": Mutex(), "filled": Condition("inner")}
    return Program([take, put], shared={"items": 0}, sync=sync)


@ENTRIES.right("sc", "tso")
def monitor_that_is_left_first():
    """The outer monitor is left before the inner one is entered."""

    def take(shm, outer, inner, filled):
        with outer:
            shm.takers += 1
        with inner:
            while not shm.items:
                filled.wait()
            shm.items -= 1

    def put(shm, outer, inner, filled):
        with outer:
            shm.putters += 1
        with inner:
            shm.items += 1
            filled.notify()

    sync = {"outer": Mutex(), "inner": Mutex(), "filled": Condition("inner")}
    return Program([take, put], shared={"items": 0, "takers": 0, "putters": 0}, sync=sync)
