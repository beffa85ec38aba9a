"""Programs that fail in different ways, and schedules of them, for the tests of replay."""

import ctypes
import random
import struct

import numpy

from shmlab import (
    Barrier,
    Condition,
    Mutex,
    Program,
    Semaphore,
    buffer,
    compare_exchange,
    exchange,
    fence,
    fetch_add,
    load_acquire,
    store_release,
)
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.question import Terms
from shmlab.ipc import OwnerDied


def lost_updates(times=3):
    def increment(shm):
        for _ in range(times):
            shm.counter += 1

    return Program(increment, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 2 * times)


def two_locks(lock):
    def one_way(shm, left, right):
        with left, right:
            shm.n += 1

    def other_way(shm, left, right):
        with right, left:
            shm.n += 1

    return Program([one_way, other_way], shared={"n": 0}, sync={"left": lock, "right": lock})


def philosophers():
    def dine(shm, rank, fork):
        with fork[rank], fork[(rank + 1) % 3]:
            shm.meals[rank] += 1

    return Program(dine, processes=3, shared={"meals": [0] * 3}, sync={"fork": [Mutex(), Mutex(), Mutex()]})


def wrong_lock():
    def first(shm, one):
        with one:
            shm.n += 1

    def second(shm, other):
        with other:
            shm.n += 1

    locks = {"one": Mutex(), "other": Mutex()}
    return Program([first, second], shared={"n": 0}, sync=locks, invariant=lambda shm: shm.n == 2)


def semaphore_verbs():
    def taker(shm, units):
        shm.seen = units.value
        if units.try_acquire():
            shm.taken += 1
        try:
            units.acquire(timeout=1)
            shm.taken += 1
        except TimeoutError:
            shm.late += 1

    return Program(
        taker,
        processes=2,
        shared={"seen": 0, "taken": 0, "late": 0},
        sync={"units": Semaphore(1)},
        invariant=lambda shm: shm.late == 0,
    )


def mutex_errors():
    def wrong(shm, lock):
        try:
            lock.release()
        except RuntimeError:
            shm.errors += 1
        lock.acquire()
        try:
            lock.acquire()
        except RuntimeError:
            shm.errors += 1
        try:
            lock.consistent()
        except RuntimeError:
            shm.errors += 1
        lock.release()

    return Program(
        wrong, processes=2, shared={"errors": 0}, sync={"lock": Mutex()}, invariant=lambda shm: shm.errors == 6
    )


def stale_check():
    def put(shm, lock, filled):
        with lock:
            shm.items += 1
            filled.notify()

    def take(shm, lock, filled):
        with lock:
            if shm.items == 0:
                filled.wait()
            shm.items -= 1
            assert shm.items >= 0, "taken from an empty buffer"

    # The condition comes before its mutex: a learner may declare them in any order.
    sync = {"filled": Condition("lock"), "lock": Mutex()}
    return Program([put, take, take], shared={"items": 0}, sync=sync)


def wrong_one_woken():
    def wait_for_one(shm, lock, changed):
        with lock:
            while shm.a == 0:
                changed.wait()

    def wait_for_two(shm, lock, changed):
        with lock:
            while shm.b == 0:
                changed.wait()

    def tell(shm, lock, changed):
        with lock:
            shm.a = 1
            changed.notify()
        with lock:
            shm.b = 1
            changed.notify()

    sync = {"lock": Mutex(), "changed": Condition("lock")}
    return Program([wait_for_one, wait_for_two, tell], shared={"a": 0, "b": 0}, sync=sync)


def late_waiter():
    def wait(shm, lock, changed):
        with changed:
            try:
                changed.wait(timeout=1)
                shm.told += 1
            except TimeoutError:
                shm.late += 1

    def tell(shm, lock, changed):
        try:
            changed.notify()
        except RuntimeError:
            shm.errors += 1
        with lock:
            changed.notify_all()

    sync = {"lock": Mutex(), "changed": Condition("lock")}
    return Program(
        [wait, wait, tell],
        shared={"told": 0, "late": 0, "errors": 0},
        sync=sync,
        invariant=lambda shm: shm.told == 2,
    )


def two_rounds():
    def work(shm, rank, together):
        shm.order[together.wait()] = rank + 1
        together.wait()
        shm.sum += shm.order[0]

    return Program(
        work,
        processes=3,
        shared={"order": [0, 0, 0], "sum": 0},
        sync={"together": Barrier(3)},
        invariant=lambda shm: shm.sum == 3,
    )


def barrier_too_large():
    def work(shm, together):
        shm.n += 1
        try:
            together.wait(timeout=1)
        except TimeoutError:
            shm.late += 1
        together.wait()

    return Program(work, processes=2, shared={"n": 0, "late": 0}, sync={"together": Barrier(3)})


def exceptions():
    def divide(shm):
        shm.quotient = 6 // shm.divisor

    def change(shm):
        shm.divisor = 0
        shm.divisor = 3

    return Program([divide, change], shared={"divisor": 2, "quotient": 0})


def exit_code():
    def leave(shm, rank):
        shm.n += 1
        if shm.n == 2:
            raise SystemExit(rank + 1)

    return Program(leave, processes=2, shared={"n": 0})


def atomics():
    def first(shm):
        fetch_add(shm, "small", -3)
        store_release(shm.slots, 1, 7)
        fence()
        shm.swapped = exchange(shm, "small", 100)
        fetch_add(shm.slots, 0, -1)

    def second(shm):
        if compare_exchange(shm, "small", -3, 5):
            shm.seen = load_acquire(shm.slots, 1)
        elif not compare_exchange(shm, "small", 100, -100):
            fetch_add(shm, "big", 2**63)

    class Places(ctypes.Structure):
        _fields_ = (
            ("small", ctypes.c_int8),
            ("swapped", ctypes.c_int16),
            ("big", ctypes.c_uint64),
            ("slots", ctypes.c_int32 * 2),
            ("seen", ctypes.c_int32),
        )

    return Program([first, second], shared=Places(big=2**63), invariant=lambda shm: shm.seen != 7)


def spinlock_without_exchange():
    def enter(shm):
        while load_acquire(shm, "taken"):
            pass
        store_release(shm, "taken", 1)
        shm.inside += 1
        shm.inside -= 1
        store_release(shm, "taken", 0)

    return Program(enter, processes=2, shared={"taken": 0, "inside": 0}, always=lambda shm: shm.inside < 2)


def arrays():
    def rotate(shm):
        shm.slots[:] = [*shm.slots[1:], shm.slots[0]]

    return Program(rotate, processes=2, shared={"slots": [1, 2, 3]}, invariant=lambda shm: list(shm.slots) == [3, 1, 2])


def structures():
    class Point(ctypes.Structure):
        __slots__ = ()
        _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_double))

    class Scene(ctypes.Structure):
        _fields_ = (
            ("here", Point),
            ("there", Point),
            ("low", ctypes.c_uint16, 4),
            ("high", ctypes.c_uint16, 12),
            ("name", ctypes.c_char * 6),
        )

    def move(shm):
        shm.here.x += 1
        shm.here.y = shm.here.x / 2
        shm.low = 9
        shm.name = b"moved"

    def copy(shm):
        shm.there = shm.here
        shm.high = 77

    return Program(
        [move, copy],
        shared=Scene(),
        invariant=lambda shm: shm.there.y == shm.there.x / 2 and (shm.low, shm.high) == (9, 77),
    )


def raw_buffer():
    def write(shm):
        struct.pack_into("<IH", buffer(shm), 3, 0x01020304, 0x0506)

    def read(shm):
        first = buffer(shm)[3:9].tobytes()
        assert first in (bytes(6), bytes.fromhex("040302010605")), first.hex()

    return Program([write, read], shared={"data": bytes(16)})


def numpy_array():
    def double(shm):
        values = numpy.frombuffer(buffer(shm), dtype=numpy.int64)
        values[0] += values[1]

    return Program(double, processes=2, shared={"a": 1, "b": 10}, invariant=lambda shm: shm.a == 21)


def held_by_a_dead_one():
    def add(shm, lock):
        try:
            lock.acquire()
        except OwnerDied:
            shm.repaired += 1
        shm.n += 1
        shm.m += 1
        lock.release()

    return Program(
        add,
        processes=3,
        shared={"n": 0, "m": 0, "repaired": 0},
        sync={"lock": Mutex()},
        always=lambda shm: shm.repaired < 2,
    )


def stuck_behind_a_dead_one():
    def add(shm, lock):
        with lock:
            shm.n += 1

    return Program(add, processes=2, shared={"n": 0}, sync={"lock": Semaphore(1)})


def undone():
    def add(shm, lock):
        with lock:
            shm.n += 1
            shm.m += 1

    return Program(
        add,
        processes=2,
        shared={"n": 0, "m": 0},
        sync={"lock": Semaphore(1, undo=True)},
        invariant=lambda shm, crashed: shm.n == shm.m,
    )


def not_ended_yet(found):
    """One process ends with the mutex; another one looks before that, or after it."""

    def ends_with_it(shm, lock):
        lock.acquire()
        shm.done = 1

    def looks(shm, lock):
        if shm.done:
            try:
                shm.found = 2 if lock.try_acquire() else 1
            except OwnerDied:
                shm.found = 3

    return Program(
        [ends_with_it, looks],
        shared={"done": 0, "found": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.found != found,
    )


def polite():
    def pass_by(shm, rank):
        shm.wants[rank] = 1
        while shm.wants[1 - rank]:
            shm.wants[rank] = 0
            shm.wants[rank] = 1
        shm.wants[rank] = 0

    return Program(pass_by, processes=2, shared={"wants": [0, 0]})


def endless():
    def spin(shm, lock):
        with lock:
            shm.n += 1
            while shm.n:
                n = 0
                while True:
                    n += 1

    return Program(spin, processes=2, shared={"n": 0}, sync={"lock": Mutex()})


# name -> (program, crashes, what the check finds)
FAILING = {
    "lost updates": (lost_updates, 0, "invariant"),
    "two semaphores": (lambda: two_locks(Semaphore(1)), 0, "deadlock"),
    "two mutexes": (lambda: two_locks(Mutex()), 0, "deadlock"),
    "philosophers": (philosophers, 0, "deadlock"),
    "wrong lock": (wrong_lock, 0, "invariant"),
    "semaphore verbs": (semaphore_verbs, 0, "invariant"),
    "mutex errors": (mutex_errors, 0, "invariant"),
    "stale check": (stale_check, 0, "exception"),
    "wrong one woken": (wrong_one_woken, 0, "deadlock"),
    "late waiter": (late_waiter, 0, "invariant"),
    "two rounds": (two_rounds, 0, "invariant"),
    "barrier too large": (barrier_too_large, 0, "deadlock"),
    "exceptions": (exceptions, 0, "exception"),
    "exit code": (exit_code, 0, "exception"),
    "atomics": (atomics, 0, "invariant"),
    "spinlock without exchange": (spinlock_without_exchange, 0, "always"),
    "arrays": (arrays, 0, "invariant"),
    "structures": (structures, 0, "invariant"),
    "raw buffer": (raw_buffer, 0, "exception"),
    "numpy array": (numpy_array, 0, "invariant"),
    "held by a dead one": (held_by_a_dead_one, 1, "exception"),
    "stuck behind a dead one": (stuck_behind_a_dead_one, 1, "deadlock"),
    "not ended yet": (lambda: not_ended_yet(1), 0, "invariant"),
    "has ended": (lambda: not_ended_yet(3), 0, "invariant"),
    "polite": (polite, 0, "livelock"),
    "endless": (endless, 0, "endless"),
}


def walked(program, seed, crashes=0, longest=80):
    """Return (the Witness of a random schedule of at most `longest` moves, whether it ends without a fault)."""
    question, chooser = program.question(), random.Random(seed)
    model = Terms(crashes=crashes).model(question, question.behaviour())
    judge, state, schedule = question.judge(model), model.initial, []
    while True:
        moves = model.successors(state)
        fault = judge.fault(state, moves)
        if fault or not moves or len(schedule) == longest:
            break
        move, state = chooser.choice(moves)
        schedule.append(move)
    witness = tell(model, question.layout, question.names(), schedule, title=question.title)
    return witness, model.over(state) and fault is None
