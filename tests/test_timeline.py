import ctypes
import functools
import itertools
import re

import matplotlib.figure
import matplotlib.text
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.backends.backend_agg import FigureCanvasAgg

from shmlab import Barrier, Condition, Mutex, Program, Semaphore, fence, fetch_add, plot
from shmlab.layout import buffer
from shmlab.show import notebook, style


def increments(times):
    def increment(shm):
        for _ in range(times):
            shm.counter += 1

    return increment


def lost_update(times=3, processes=2):
    return Program(
        increments(times),
        processes=processes,
        shared={"counter": 0},
        invariant=lambda shm: shm.counter == times * processes,
    )


def philosophers(number):
    def eat(shm, rank, fork):
        with fork[rank], fork[(rank + 1) % number]:
            shm.meals += 1

    forks = {"fork": [Semaphore(1) for _ in range(number)]}
    return Program(eat, processes=number, shared={"meals": 0}, sync=forks)


def two_mutexes():
    def transfer(shm, accounts, ledger):
        with accounts, ledger:
            shm.amount -= 1

    def audit(shm, accounts, ledger):
        with ledger, accounts:
            shm.audits += 1

    return Program(
        [transfer, audit],
        shared={"amount": 5, "audits": 0},
        sync={"accounts": Mutex(), "ledger": Mutex()},
    )


def forgotten_release():
    def take(shm, rank, mutex):
        mutex.acquire()
        shm.taken[rank] = 1
        if rank == 0:
            mutex.release()

    return Program(take, processes=3, shared={"taken": [0, 0, 0]}, sync={"mutex": Semaphore(1)})


def stale_condition():
    def put(shm, ready):
        with ready:
            shm.items += 1
            ready.notify()

    def take(shm, ready):
        with ready:
            if shm.items == 0:
                ready.wait()
            shm.items -= 1

    return Program(
        [put, take, take, put],
        shared={"items": 0},
        sync={"mutex": Mutex(), "ready": Condition("mutex")},
        always=lambda shm: shm.items >= 0,
    )


def lost_wake_up():
    def sleeper(shm, ready):
        if not shm.ready_flag:
            with ready:
                ready.wait()

    def waker(shm, ready):
        shm.ready_flag = 1
        with ready:
            ready.notify()

    return Program(
        [sleeper, waker], shared={"ready_flag": 0}, sync={"mutex": Mutex(), "ready": Condition("mutex")}
    )


def barrier_too_wide():
    def meet(shm, rank, meeting):
        shm.arrived[rank] = 1
        meeting.wait()

    return Program(meet, processes=2, shared={"arrived": [0, 0]}, sync={"meeting": Barrier(3)})


def barrier_only_once():
    def phase(shm, rank, meeting):
        shm.cells[rank] += 1
        meeting.wait()
        shm.sums[rank] = sum(shm.cells)
        shm.cells[rank] += 1

    return Program(
        phase,
        processes=3,
        shared={"cells": [0, 0, 0], "sums": [0, 0, 0]},
        sync={"meeting": Barrier(3)},
        invariant=lambda shm: list(shm.sums) == [3, 3, 3],
    )


def peterson(with_fence=False):
    def enter(shm, rank):
        other = 1 - rank
        shm.interested[rank] = 1
        shm.turn = other
        if with_fence:
            fence()
        while shm.interested[other] and shm.turn == other:
            pass
        shm.inside += 1
        assert shm.inside == 1, "two are inside"
        shm.inside -= 1
        shm.interested[rank] = 0

    return Program(enter, processes=2, shared={"interested": [0, 0], "turn": 0, "inside": 0})


def store_buffering():
    def left(shm):
        shm.x = 1
        shm.seen_by_left = shm.y

    def right(shm):
        shm.y = 1
        shm.seen_by_right = shm.x

    return Program(
        [left, right],
        shared={"x": 0, "y": 0, "seen_by_left": 9, "seen_by_right": 9},
        invariant=lambda shm: shm.seen_by_left or shm.seen_by_right,
    )


def message_passing():
    def writer(shm):
        shm.message = 42
        shm.ready = 1

    def reader(shm):
        while not shm.ready:
            pass
        assert shm.message == 42

    return Program([writer, reader], shared={"message": 0, "ready": 0})


def killed_holder():
    def work(shm, lock):
        with lock:
            shm.done += 1

    return Program(work, processes=2, shared={"done": 0}, sync={"lock": Semaphore(1)})


def killed_owner():
    def work(shm, lock):
        with lock:
            shm.begun += 1
            shm.ended += 1

    return Program(work, processes=2, shared={"begun": 0, "ended": 0}, sync={"lock": Mutex()})


def polite():
    def enter(shm, rank):
        other = 1 - rank
        shm.wants[rank] = 1
        while shm.wants[other]:
            shm.wants[rank] = 0
            shm.wants[rank] = 1
        shm.wants[rank] = 0

    return Program(enter, processes=2, shared={"wants": [0, 0]})


def raises():
    def divide(shm):
        shm.quotient = 100 // shm.divisor

    def clear(shm):
        shm.divisor = 0
        shm.divisor = 5

    return Program([divide, clear], shared={"divisor": 4, "quotient": 0})


def seats():
    def book(shm, rank):
        if shm.seats_that_are_still_free_in_the_second_row[2] > 0:
            shm.seats_that_are_still_free_in_the_second_row[2] -= 1
            shm.passengers_with_a_ticket_for_the_second_row[rank] = "reserved for the passenger".count("e")

    return Program(
        book,
        processes=4,
        shared={
            "seats_that_are_still_free_in_the_second_row": [1, 1, 1, 1],
            "passengers_with_a_ticket_for_the_second_row": [0, 0, 0, 0],
            "unused": 7,
            "name_of_the_flight": b"LH1234 to Frankfurt am Main, every second day of the week",
        },
        invariant=lambda shm: sum(shm.passengers_with_a_ticket_for_the_second_row) <= 3,
    )


class Record(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("year", "month", "day", "hour", "minute", "second")]


class Clock(ctypes.Structure):
    _fields_ = [("now", Record), ("copy", Record)]


def torn_record():
    def write(shm):
        for name in ("year", "month", "day", "hour", "minute", "second"):
            setattr(shm.now, name, 2)

    def read(shm):
        shm.copy.year, shm.copy.second = shm.now.year, shm.now.second

    return Program(
        [write, read], shared=Clock(Record(*[1] * 6)), invariant=lambda shm: shm.copy.year == shm.copy.second
    )


def torn_bytes():
    def write(shm):
        buffer(shm)[:4] = b"\xff" * 4

    def read(shm):
        shm.copy = shm.number

    return Program([write, read], shared={"number": 0, "copy": 0}, invariant=lambda shm: shm.copy in (0, 0xFFFFFFFF))


def long_witness():
    def fill(shm, rank, tokens):
        for index in range(6):
            tokens.acquire()
            shm.cells[index] = 10 * rank + index
            fetch_add(shm, "written", 1)
            tokens.release()

    return Program(
        fill,
        processes=2,
        shared={"cells": [0] * 6, "written": 0},
        sync={"tokens": Semaphore(1)},
        invariant=lambda shm: shm.written != 12,
    )


def impatient():
    def wait(shm, rank, gate):
        gate.acquire(timeout=0.5)
        shm.through += 1

    return Program(wait, processes=2, shared={"through": 0}, sync={"gate": Semaphore(1)})


def wrong_at_once():
    def nothing():
        return

    return Program(nothing, processes=2, shared={"x": 3}, always=lambda shm: shm.x == 4)


def endless():
    def spin(shm):
        if shm.stop == 0:
            while True:
                pass

    def other(shm):
        shm.stop = 1

    return Program([spin, other], shared={"stop": 0})


def nobody_shares():
    def take(gate):
        gate.acquire()

    return Program(take, processes=2, shared={}, sync={"gate": Semaphore(1)})


PROGRAMS = {
    "lost update": (lost_update, {}),
    "lost update of one increment": (lambda: lost_update(1), {}),
    "counter 2 x 100": (lambda: lost_update(100), {}),
    "two philosophers": (lambda: philosophers(2), {}),
    "three philosophers": (lambda: philosophers(3), {}),
    "four philosophers": (lambda: philosophers(4), {}),
    "two mutexes": (two_mutexes, {}),
    "forgotten release": (forgotten_release, {}),
    "stale condition": (stale_condition, {}),
    "lost wake-up": (lost_wake_up, {"spurious": False}),
    "barrier too wide": (barrier_too_wide, {}),
    "barrier only once": (barrier_only_once, {}),
    "Peterson without fence": (peterson, {"memory": "tso"}),
    "store buffering": (store_buffering, {"memory": "tso"}),
    "message passing": (message_passing, {"memory": "pso"}),
    "killed holder": (killed_holder, {"crashes": 1}),
    "killed owner": (killed_owner, {"crashes": 1}),
    "livelock": (polite, {}),
    "exception": (raises, {}),
    "long names": (seats, {}),
    "torn record": (torn_record, {}),
    "torn bytes": (torn_bytes, {}),
    "forty steps": (long_witness, {}),
    "time out": (impatient, {}),
    "wrong at once": (wrong_at_once, {}),
    "endless": (endless, {}),
    "nothing shared": (nobody_shares, {}),
    "lost update of five": (lambda: lost_update(1, 5), {}),
}


@functools.cache
def verdict_of(name):
    make, terms = PROGRAMS[name]
    return make().check(**terms, progress=False)
