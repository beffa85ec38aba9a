"""Small functions as learners write them, most of them wrong: each raises the same in a run, a check and a replay.

`CASES`: name -> function, whose parameters are `shm` (a Board) and names from SYNC; `PAIRS`: name -> two functions.
Helpers, classes and modules that the functions use are defined above them, as in a notebook.
"""

import collections
import contextlib
import ctypes
import dataclasses
import decimal
import enum
import fractions
import functools
import itertools
import json
import math
import operator
import os
import struct
import sys
import threading
import types
import typing

import numpy
import numpy as np

from shmlab import (
    Barrier,
    Condition,
    Mutex,
    Semaphore,
    buffer,
    compare_exchange,
    exchange,
    fence,
    fetch_add,
    load_acquire,
    pause,
    store_release,
)


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int32), ("y", ctypes.c_int32)]

    def norm(self):
        return math.hypot(self.x, self.y)

    def scaled(self, factor):
        return Point(self.x * factor, self.y * factor)


class Word(ctypes.Union):
    __slots__ = ()
    _fields_ = [("whole", ctypes.c_uint32), ("halves", ctypes.c_uint16 * 2)]


class Board(ctypes.Structure):
    _fields_ = [
        ("counter", ctypes.c_int64),
        ("small", ctypes.c_int8),
        ("unsigned", ctypes.c_uint16),
        ("flag", ctypes.c_bool),
        ("ratio", ctypes.c_double),
        ("single", ctypes.c_float),
        ("letter", ctypes.c_char),
        ("name", ctypes.c_char * 8),
        ("wide", ctypes.c_wchar * 4),
        ("values", ctypes.c_int64 * 4),
        ("data", ctypes.c_uint8 * 8),
        ("point", Point),
        ("points", Point * 3),
        ("grid", (ctypes.c_int32 * 3) * 2),
        ("low", ctypes.c_uint32, 3),
        ("high", ctypes.c_uint32, 5),
        ("word", Word),
    ]


SYNC = {
    "lock": Mutex(),
    "other": Mutex(),
    "sem": Semaphore(1),
    "none": Semaphore(0),
    "cond": Condition("lock"),
    "barrier": Barrier(1),
    "forks": [Semaphore(1), Semaphore(1)],
}


def board():
    return Board(counter=3, name=b"abc", values=(1, 2, 3, 4), point=Point(3, 4))


class Empty(Exception):
    """A learner's own."""


class Rejected(ValueError):
    def __init__(self, code, what="nothing"):
        super().__init__(f"{what} was rejected with {code}")
        self.code = code


class Wordless(Exception):
    def __str__(self):
        return ""


class Unspeakable(Exception):
    def __str__(self):
        raise RuntimeError("no words")


class Colour(enum.Enum):
    RED = 1
    BLUE = 2


@dataclasses.dataclass(frozen=True)
class Frozen:
    x: int


@dataclasses.dataclass
class Account:
    owner: str
    amount: int = 0
    log: list = dataclasses.field(default_factory=list)


Pair = collections.namedtuple("Pair", "left right")


class Stack:
    limit = 2

    def __init__(self):
        self.items = []

    def push(self, item):
        if len(self.items) >= self.limit:
            raise Empty(f"no room for {item}")
        self.items.append(item)

    @property
    def top(self):
        return self.items[-1]

    @functools.cached_property
    def size(self):
        return len(self.items)


class Abstract(typing.Protocol):
    def work(self): ...


class Failing:
    def __enter__(self):
        raise OSError(5, "cannot enter")

    def __exit__(self, *_):
        return False


class FailingExit:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        raise LookupError("cannot leave")


class Swallows:
    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        return kind is ZeroDivisionError


class Even:
    def __get__(self, owner, kind=None):
        return owner.number

    def __set__(self, owner, value):
        if value % 2:
            raise ValueError(f"{value} is odd")
        owner.number = value


class Holder:
    even = Even()


@contextlib.contextmanager
def guarded(limit):
    if limit < 0:
        raise ValueError(f"limit is {limit}")
    yield limit


@functools.cache
def cached(number):
    return 10 // number


@functools.lru_cache(maxsize=2)
def bounded(number):
    return [number]


def divide(a, b):
    return a / b


def deeper(number):
    return divide(number, 0) if number == 0 else deeper(number - 1)


def endless(number):
    return endless(number + 1)


def numbers(most):
    for number in range(most):
        yield number


def typed(value: int) -> int:
    if not isinstance(value, int):
        raise TypeError(f"value is {value!r}: give a number")
    return value


def decorated(function):
    @functools.wraps(function)
    def around(*arguments):
        return function(*arguments)

    return around


@decorated
def only_two(first, second):
    return first + second


def default_list(item, kept=[]):
    kept.append(item)
    return kept


@functools.singledispatch
def worded(value):
    return f"something: {value}"


@worded.register
def _(value: int):
    return f"number {value}"


@worded.register
def _(value: str):
    return f"text {value}"


table = {"a": 1, "b": {"c": 2}}
waiting = collections.deque([1])
total = 0
CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


# Names of fields and verbs.


@case
def reads_a_misspelt_field(shm):
    return shm.conter


@case
def stores_a_misspelt_field(shm):
    shm.conter = 1


@case
def adds_to_a_misspelt_field(shm):
    shm.cuonter += 1


@case
def deletes_a_field(shm):
    del shm.counter


@case
def deletes_a_missing_field(shm):
    del shm.nothing


@case
def reads_a_misspelt_field_of_a_part(shm):
    return shm.point.z


@case
def stores_a_misspelt_field_of_a_part(shm):
    shm.point.z = 1


@case
def stores_a_misspelt_field_of_an_element(shm):
    shm.points[1].xx = 1


@case
def reads_a_far_field(shm):
    return shm.semaphore


@case
def asks_whether_a_field_is_there(shm):
    assert hasattr(shm, "counter")
    assert not hasattr(shm, "nothing")
    assert getattr(shm, "nothing", 5) == 5
    getattr(shm, "nothing")


@case
def sets_a_field_by_name(shm):
    setattr(shm, "counter", 5)
    setattr(shm, "nothing", 5)


@case
def reads_a_misspelt_member(shm):
    return shm.word.hole


@case
def takes_a_field_of_an_array(shm):
    return shm.values.first


@case
def stores_a_field_of_an_array(shm):
    shm.values.first = 1


@case
def appends_to_an_array(shm):
    shm.values.append(5)


@case
def counts_in_an_array(shm):
    return shm.values.index(3)


@case
def calls_the_memory(shm):
    shm()


@case
def calls_a_field(shm):
    shm.counter()


@case
def takes_an_item_of_the_memory(shm):
    return shm["counter"]


@case
def stores_an_item_of_the_memory(shm):
    shm["counter"] = 1


@case
def goes_through_the_memory(shm):
    for _ in shm:
        pass


@case
def counts_the_memory(shm):
    return len(shm)


@case
def looks_into_the_memory(shm):
    return "counter" in shm


@case
def a_mutex_waits(lock):
    lock.wait()


@case
def a_mutex_is_locked(lock):
    lock.lock()


@case
def a_semaphore_is_posted(sem):
    sem.post()


@case
def a_semaphore_is_signalled(sem):
    sem.wait()


@case
def a_condition_signals(lock, cond):
    with lock:
        cond.signal()


@case
def a_condition_is_misspelt(lock, cond):
    with lock:
        cond.notify_al()


@case
def a_condition_is_acquired(cond):
    cond.acquire()


@case
def a_barrier_is_acquired(barrier):
    barrier.acquire()


@case
def a_barrier_has_parties(barrier):
    return barrier.parties


@case
def a_mutex_has_a_value(lock):
    return lock.value


@case
def a_mutex_is_locked_already(lock):
    return lock.locked()


@case
def a_semaphore_is_unlocked(sem):
    sem.unlock()


@case
def a_list_is_acquired(forks):
    forks.acquire()


@case
def a_fork_that_is_not_there(forks):
    forks[2].acquire()


@case
def a_barrier_as_a_manager(barrier):
    with barrier:
        pass


@case
def a_list_as_a_manager(forks):
    with forks:
        pass


@case
def stores_a_value_in_a_semaphore(sem):
    sem.value = 3


@case
def calls_a_value(sem):
    sem.value()


@case
def calls_a_lock(lock):
    lock()


@case
def goes_through_a_lock(lock):
    for _ in lock:
        pass


@case
def adds_a_lock(lock):
    lock += 1


# Misuse of what synchronizes.


@case
def releases_what_it_has_not(lock):
    lock.release()


@case
def releases_twice(lock):
    lock.acquire()
    lock.release()
    lock.release()


@case
def acquires_twice(lock):
    lock.acquire()
    lock.acquire()


@case
def tries_what_it_has(lock):
    with lock:
        lock.try_acquire()


@case
def acquires_inside_a_with(lock):
    with lock, lock:
        pass


@case
def releases_inside_a_with(lock):
    with lock:
        lock.release()


@case
def notifies_without_the_mutex(cond):
    cond.notify()


@case
def notifies_all_without_the_mutex(cond):
    cond.notify_all()


@case
def waits_without_the_mutex(cond):
    cond.wait()


@case
def notifies_with_another_mutex(other, cond):
    with other:
        cond.notify()


@case
def is_consistent_for_nothing(lock):
    with lock:
        lock.consistent()


@case
def is_consistent_without_the_mutex(lock):
    lock.consistent()


@case
def gives_up_at_once(none):
    none.acquire(timeout=0)


@case
def gives_up_later(none):
    none.acquire(timeout=0.01)


@case
def gives_up_waiting(lock, cond):
    with lock:
        cond.wait(timeout=0.01)


@case
def gives_up_and_catches_it(shm, none):
    try:
        none.acquire(timeout=0)
    except TimeoutError as error:
        shm.counter = error.errno
        raise


@case
def waits_for_less_than_nothing(sem):
    sem.acquire(timeout=-1)


@case
def waits_for_words(sem):
    sem.acquire(timeout="1")


@case
def waits_for_true(sem):
    sem.acquire(timeout=True)


@case
def waits_for_ever_in_floats(lock):
    lock.acquire(timeout=float("inf"))


@case
def acquires_without_blocking(lock):
    lock.acquire(blocking=False)


@case
def acquires_two(sem):
    sem.acquire(1, 2)


@case
def releases_two(sem):
    sem.release(2)


@case
def notifies_two(lock, cond):
    with lock:
        cond.notify(2)


@case
def waits_for_a_predicate(lock, cond):
    with lock:
        cond.wait_for(lambda: True)


@case
def tries_with_a_timeout(sem):
    sem.try_acquire(1)


@case
def takes_what_try_gives(sem):
    assert sem.try_acquire() is True
    assert sem.try_acquire() is False, "it was free"
    raise Empty(sem.value)


@case
def a_barrier_with_words(barrier):
    barrier.wait(timeout="soon")


@case
def a_barrier_that_opens(barrier):
    raise Empty(barrier.wait())


@case
def leaves_a_with_by_an_exception(shm, lock):
    try:
        with lock:
            shm.values[7] = 1
    finally:
        lock.release()


# Types, ranges and lengths.


@case
def stores_words(shm):
    shm.counter = "one"


@case
def stores_a_float(shm):
    shm.counter = 1.5


@case
def stores_nothing(shm):
    shm.counter = None


@case
def stores_a_list_in_a_number(shm):
    shm.counter = [1]


@case
def divides_in_place(shm):
    shm.counter /= 2


@case
def adds_words(shm):
    shm.counter += "1"


@case
def adds_a_number_to_words(shm):
    return "counter: " + shm.counter


@case
def wraps(shm):
    shm.small = 200
    shm.counter = 2**63
    shm.unsigned = -1
    shm.low = 9
    raise Empty(shm.small, shm.counter, shm.unsigned, shm.low)


@case
def stores_a_numpy_number(shm):
    shm.counter = numpy.int64(7)


@case
def stores_a_numpy_float(shm):
    shm.counter = numpy.float64(7)


@case
def stores_a_bool(shm):
    shm.counter = True
    shm.flag = 5
    raise Empty(shm.counter, shm.flag)


@case
def stores_words_in_a_bool(shm):
    shm.flag = "yes"
    raise Empty(shm.flag)


@case
def stores_words_in_a_float(shm):
    shm.ratio = "half"


@case
def stores_too_much_in_a_float(shm):
    shm.single = 1e300


@case
def stores_words_in_a_letter(shm):
    shm.letter = "a"


@case
def stores_two_letters(shm):
    shm.letter = b"ab"


@case
def stores_text_for_bytes(shm):
    shm.name = "abc"


@case
def stores_a_long_name(shm):
    shm.name = b"123456789"


@case
def stores_bytes_for_text(shm):
    shm.wide = b"ab"


@case
def stores_long_text(shm):
    shm.wide = "abcdef"


@case
def stores_a_number_in_a_name(shm):
    shm.name = 5


@case
def takes_a_letter_of_a_name(shm):
    shm.name[0] = b"x"


@case
def reads_beyond_an_array(shm):
    return shm.values[4]


@case
def reads_far_before_an_array(shm):
    return shm.values[-5]


@case
def stores_beyond_an_array(shm):
    shm.values[4] = 1


@case
def reads_by_a_name(shm):
    return shm.values["0"]


@case
def stores_by_a_float(shm):
    shm.values[1.0] = 1


@case
def reads_by_a_pair(shm):
    return shm.grid[0, 1]


@case
def reads_beyond_an_inner_array(shm):
    return shm.grid[1][3]


@case
def stores_words_in_an_element(shm):
    shm.values[0] = "1"


@case
def stores_a_float_in_an_element(shm):
    shm.data[0] = 2.5


@case
def stores_a_short_slice(shm):
    shm.values[0:2] = [1]


@case
def stores_a_long_slice(shm):
    shm.values[:] = [1, 2, 3, 4, 5]


@case
def stores_a_number_in_a_slice(shm):
    shm.values[:] = 0


@case
def stores_a_generator_in_a_slice(shm):
    shm.values[:] = (number for number in range(4))


@case
def stores_words_in_a_slice(shm):
    shm.values[0:2] = ["a", "b"]


@case
def stores_a_part_of_a_slice(shm):
    with contextlib.suppress(TypeError):
        shm.values[0:3] = [7, "b", 9]
    raise Empty(shm.values[0:4])


@case
def stores_with_a_step(shm):
    shm.values[::2] = [8, 9]
    raise Empty(shm.values[:])


@case
def stores_bytes_in_a_slice(shm):
    shm.data[0:3] = b"abc"
    raise Empty(bytes(shm.data))


@case
def stores_a_whole_list(shm):
    shm.values = [1, 2, 3, 4]


@case
def stores_a_whole_tuple(shm):
    shm.values = (5, 6)
    raise Empty(shm.values[:])


@case
def stores_a_long_tuple(shm):
    shm.values = (1, 2, 3, 4, 5)


@case
def stores_a_tuple_of_words(shm):
    shm.values = ("a",)


@case
def stores_a_number_for_an_array(shm):
    shm.values = 0


@case
def stores_an_array_of_the_same_type(shm):
    shm.values = (ctypes.c_int64 * 4)(9, 8, 7, 6)
    raise Empty(shm.values[:])


@case
def stores_an_array_of_another_type(shm):
    shm.values = (ctypes.c_int32 * 4)()


@case
def stores_an_array_in_itself(shm):
    shm.values = shm.values
    raise Empty(shm.values[:])


@case
def compares_an_array(shm):
    assert shm.values == [1, 2, 3, 4]


@case
def goes_through_an_array(shm):
    raise Empty(sum(shm.values), list(shm.values), 3 in shm.values, len(shm.values))


@case
def sorts_an_array(shm):
    shm.values.sort()


@case
def deletes_an_element(shm):
    del shm.values[0]


@case
def unpacks_an_array(shm):
    first, second = shm.values
    return first, second


@case
def adds_arrays(shm):
    return shm.values + shm.values


@case
def hashes_a_part(shm):
    return {shm.point: 1}


# Structures.


@case
def stores_a_structure(shm):
    shm.point = Point(1, 2)
    raise Empty(shm.point.x, shm.point.y)


@case
def stores_a_structure_in_an_element(shm):
    shm.points[0] = Point(1, 2)
    shm.points[1] = shm.points[0]
    shm.point = shm.points[1]
    raise Empty(shm.point.x, shm.points[1].y)


@case
def stores_a_tuple_for_a_structure(shm):
    shm.point = (5, 6)
    raise Empty(shm.point.x, shm.point.y)


@case
def stores_a_long_tuple_for_a_structure(shm):
    shm.point = (5, 6, 7)


@case
def stores_words_for_a_structure(shm):
    shm.point = ("a", 1)


@case
def stores_a_list_for_a_structure(shm):
    shm.point = [5, 6]


@case
def stores_a_number_for_a_structure(shm):
    shm.point = 5


@case
def stores_another_structure(shm):
    shm.point = shm.word


@case
def stores_a_list_of_structures(shm):
    shm.points[0:2] = [Point(1, 1), Point(2, 2)]
    raise Empty(shm.points[1].x)


@case
def stores_structures_in_structures(shm):
    shm.points[1:3] = shm.points[0:2]
    raise Empty(len(shm.points[0:2]))


@case
def stores_a_tuple_of_structures(shm):
    shm.points = (Point(1, 2), Point(3, 4))
    raise Empty(shm.points[1].y)


@case
def stores_rows(shm):
    shm.grid[0] = (1, 2, 3)
    shm.grid[1][2] = 6
    shm.grid[1] = shm.grid[0]
    raise Empty([list(row) for row in shm.grid])


@case
def stores_a_list_as_a_row(shm):
    shm.grid[0] = [1, 2, 3]


@case
def stores_rows_of_rows(shm):
    shm.grid = ((1, 2, 3), (4, 5, 6))
    raise Empty([list(row) for row in shm.grid])


@case
def asks_what_it_is(shm):
    assert isinstance(shm, Board), "a Board"
    assert isinstance(shm, ctypes.Structure), "a Structure"
    assert isinstance(shm.point, Point), "a Point"
    assert isinstance(shm.points[0], Point), "an element"
    assert isinstance(shm.word, Word), "a Union"
    assert isinstance(shm.values, ctypes.Array), "an array"
    assert isinstance(shm.grid[0], ctypes.Array), "a row"
    assert not isinstance(shm.values, list)
    assert not isinstance(shm.point, Word)
    raise Empty(type(shm.point).__name__, type(shm.values).__name__, type(shm.counter).__name__)


@case
def asks_for_the_class(shm):
    assert shm.point.__class__ is Point or type(shm.point).__name__ == "Point"
    assert issubclass(type(shm.values), ctypes.Array)
    raise Empty(type(shm.values)._length_)


@case
def calls_a_method(shm):
    assert shm.point.norm() == 5
    other = shm.point.scaled(2)
    shm.point = other
    raise Empty(shm.point.x, shm.point.norm())


@case
def calls_a_missing_method(shm):
    shm.point.area()


@case
def calls_a_method_with_too_much(shm):
    shm.point.norm(1)


@case
def makes_a_point_of_words(shm):
    shm.point = Point("a", "b")


@case
def makes_a_point_of_too_much(shm):
    shm.point = Point(1, 2, 3)


@case
def makes_a_point_by_a_wrong_name(shm):
    shm.point = Point(x=1, z=3)
    raise Empty(shm.point.x)


@case
def keeps_a_point(shm):
    kept = shm.point
    shm.point.x = 9
    raise Empty(kept.x)


@case
def copies_a_point(shm):
    kept = Point(shm.point.x, shm.point.y)
    shm.point.x = 9
    raise Empty(kept.x)


@case
def uses_a_union(shm):
    shm.word.whole = 0x10002
    raise Empty(list(shm.word.halves))


@case
def sizes(shm):
    raise Empty(ctypes.sizeof(shm), ctypes.sizeof(shm.point), ctypes.sizeof(Point), len(bytes(shm.point)))


@case
def fills_bits(shm):
    shm.low, shm.high = 5, 33
    raise Empty(shm.low, shm.high)


@case
def stores_words_in_bits(shm):
    shm.low = "a"


@case
def matches_a_structure(shm):
    match shm.point:
        case Point(x=3, y=y):
            raise Empty(y)
        case _:
            raise Rejected(1)


# Atomics.


@case
def adds_to_a_missing_field(shm):
    fetch_add(shm, "conter", 1)


@case
def adds_words_at_once(shm):
    fetch_add(shm, "counter", "1")


@case
def adds_a_float_at_once(shm):
    fetch_add(shm, "counter", 1.0)


@case
def adds_to_a_value(shm):
    fetch_add(shm.counter, 1)


@case
def adds_to_a_number(shm):
    fetch_add(shm.counter, "counter", 1)


@case
def adds_without_a_number(shm):
    fetch_add(shm, "counter")


@case
def adds_to_a_float_field(shm):
    fetch_add(shm, "ratio", 1)


@case
def adds_to_a_bit_field(shm):
    fetch_add(shm, "low", 1)


@case
def adds_to_an_array(shm):
    fetch_add(shm, "values", 1)


@case
def adds_to_an_element_beyond(shm):
    fetch_add(shm.values, 4, 1)


@case
def adds_to_an_element_by_name(shm):
    fetch_add(shm.values, "0", 1)


@case
def adds_to_a_whole(shm):
    fetch_add(shm.points, 0, 1)


@case
def adds_to_a_list(shm):
    fetch_add([1, 2], 0, 1)


@case
def adds_by_position(shm):
    fetch_add(shm, 0, 1)


@case
def adds_and_wraps(shm):
    shm.small = 127
    raise Empty(fetch_add(shm, "small", 1), shm.small, exchange(shm, "unsigned", -1), shm.unsigned)


@case
def exchanges_nothing(shm):
    exchange(shm, "counter", None)


@case
def compares_with_one_value(shm):
    compare_exchange(shm, "counter", 3)


@case
def compares_and_swaps(shm):
    assert compare_exchange(shm, "counter", 3, 4) is True
    assert compare_exchange(shm, "counter", 3, 5) is False
    raise Empty(shm.counter, load_acquire(shm, "counter"))


@case
def loads_with_a_value(shm):
    load_acquire(shm, "counter", 1)


@case
def releases_words(shm):
    store_release(shm, "counter", "x")


@case
def releases_a_value(shm):
    store_release(shm.point, "x", 5)
    fence()
    pause()
    raise Empty(shm.point.x)


@case
def fences_something(shm):
    fence(shm)


# Bytes, struct and memoryview.


@case
def packs_beyond(shm):
    struct.pack_into("q", buffer(shm), ctypes.sizeof(Board) - 4, 1)


@case
def packs_before(shm):
    struct.pack_into("q", buffer(shm), -4, 1)


@case
def packs_far_before(shm):
    struct.pack_into("q", buffer(shm), -4000, 1)


@case
def packs_words(shm):
    struct.pack_into("q", buffer(shm), 0, "one")


@case
def packs_too_few(shm):
    struct.pack_into("qq", buffer(shm), 0, 1)


@case
def packs_too_wide(shm):
    struct.pack_into("b", buffer(shm), 0, 200)


@case
def packs_by_an_unknown_format(shm):
    struct.pack_into("y", buffer(shm), 0, 1)


@case
def packs_a_float(shm):
    struct.pack_into("i", buffer(shm), 0, 1.5)


@case
def unpacks_beyond(shm):
    struct.unpack_from("<4q", buffer(shm), ctypes.sizeof(Board) - 8)


@case
def unpacks_before(shm):
    struct.unpack_from("q", buffer(shm), -4)


@case
def unpacks_far_before(shm):
    struct.unpack_from("q", buffer(shm), -4000)


@case
def unpacks_the_wrong_size(shm):
    struct.unpack("q", shm.data[0:4])


@case
def unpacks_all_of_it(shm):
    struct.unpack("q", buffer(shm))


@case
def unpacks_a_field(shm):
    raise Empty(struct.unpack("8B", shm.data))


@case
def unpacks_into_too_few(shm):
    first, second = struct.unpack_from("3b", buffer(shm), 0)
    return first, second


@case
def uses_a_struct(shm):
    header = struct.Struct("<iH")
    header.pack_into(buffer(shm), 0, 7, 8)
    raise Empty(header.unpack_from(buffer(shm), 0), header.size)


@case
def a_struct_with_too_few(shm):
    struct.Struct("<iH").pack_into(buffer(shm), 0, 7)


@case
def packs_into_nothing(shm):
    struct.pack_into("q", None, 0, 1)


@case
def packs_into_bytes(shm):
    struct.pack_into("q", b"12345678", 0, 1)


@case
def bytes_beyond(shm):
    return buffer(shm)[100000]


@case
def bytes_too_wide(shm):
    buffer(shm)[0] = 256


@case
def bytes_of_words(shm):
    buffer(shm)[0] = "a"


@case
def bytes_of_another_length(shm):
    buffer(shm)[0:4] = b"12345"


@case
def bytes_of_text(shm):
    buffer(shm)[0:3] = "abc"


@case
def bytes_of_a_list(shm):
    buffer(shm)[0:3] = [1, 2, 3]


@case
def bytes_by_name(shm):
    return buffer(shm)["a"]


@case
def bytes_by_float(shm):
    return buffer(shm)[1.5]


@case
def bytes_as_they_should_be(shm):
    raw = buffer(shm)
    raw[8:12] = b"abcd"
    raise Empty(raw[8], bytes(raw[8:12]), raw[8:10].tolist(), len(raw), raw.nbytes, raw.format)


@case
def casts_to_a_wrong_size(shm):
    return buffer(shm)[0:7].cast("q")


@case
def casts_to_nothing(shm):
    return buffer(shm).cast("zz")


@case
def casts_from_numbers_to_numbers(shm):
    return buffer(shm)[0:8].cast("q").cast("i")


@case
def casts_and_reads(shm):
    numbers = buffer(shm)[0:16].cast("q")
    numbers[0] = -5
    raise Empty(numbers[0], len(numbers), shm.counter)


@case
def casts_and_stores_too_much(shm):
    buffer(shm)[0:8].cast("q")[0] = 2**70


@case
def views_a_field(shm):
    return memoryview(shm.values)[0]


@case
def views_a_number(shm):
    return memoryview(shm.counter)


@case
def views_and_casts(shm):
    view = memoryview(shm.data).cast("B")
    view[0] = 7
    raise Empty(shm.data[0], view.tobytes())


@case
def deletes_a_byte(shm):
    del buffer(shm)[0]


@case
def hashes_bytes(shm):
    return hash(buffer(shm))


@case
def compares_bytes(shm):
    raise Empty(buffer(shm)[0:2] == b"\x03\x00", buffer(shm)[0:2] == "a", buffer(shm)[0:1] == bytearray(b"\x03"))


@case
def makes_bytes_of_a_number(shm):
    shm.counter.to_bytes(0, "little")


@case
def decodes(shm):
    shm.data[0] = 0xFF
    bytes(shm.data).decode("utf-8")


@case
def slices_bytes_of_nothing(shm):
    raise Empty(bytes(buffer(shm)[5:2]), len(buffer(shm)[100000:]))


# numpy.


@case
def an_array_of_the_wrong_size(shm):
    numpy.frombuffer(buffer(shm)[0:7], dtype="i8")


@case
def an_array_beyond(shm):
    numpy.frombuffer(buffer(shm), dtype="i8", count=1000)


@case
def an_array_offset_beyond(shm):
    numpy.frombuffer(buffer(shm), dtype="u1", offset=100000)


@case
def an_array_of_an_unknown_type(shm):
    numpy.frombuffer(buffer(shm), dtype="banana")


@case
def an_element_beyond_an_array(shm):
    return numpy.frombuffer(buffer(shm)[0:16], dtype="i8")[2]


@case
def an_element_by_name(shm):
    return numpy.frombuffer(buffer(shm)[0:16], dtype="i8")["a"]


@case
def arrays_of_other_shapes(shm):
    numpy.frombuffer(buffer(shm)[0:16], dtype="i8")[:] = [1, 2, 3]


@case
def arrays_that_do_not_go_together(shm):
    return numpy.frombuffer(buffer(shm)[0:16], dtype="i8") + numpy.zeros(3)


@case
def words_in_an_array(shm):
    numpy.frombuffer(buffer(shm)[0:16], dtype="i8")[0] = "one"


@case
def an_array_in_another_shape(shm):
    numpy.frombuffer(buffer(shm)[0:16], dtype="i8").reshape(3, 1)


@case
def an_array_too_wide(shm):
    numpy.frombuffer(buffer(shm)[0:16], dtype="u1")[0] = 300


@case
def is_an_array_true(shm):
    return bool(numpy.frombuffer(buffer(shm)[0:16], dtype="i8") == 3)


@case
def an_array_as_it_should_be(shm):
    array = numpy.frombuffer(buffer(shm)[0:16], dtype="i8")
    array[1] = 5
    array += 1
    raise Empty(int(array[0]), int(array.sum()), array.tolist(), array.shape, str(array.dtype))


@case
def an_array_of_a_field(shm):
    array = np.asarray(shm.values)
    array[0] = 9
    raise Empty(shm.values[0], array.tolist(), int(array.max()))


@case
def an_array_that_is_kept(shm):
    array = np.asarray(shm.values)
    shm.values[1] = 7
    raise Empty(int(array[1]))


@case
def an_array_that_is_a_copy(shm):
    array = np.array(shm.values)
    shm.values[1] = 7
    array[0] = 3
    raise Empty(int(array[1]), shm.values[0])


@case
def an_array_of_a_name(shm):
    raise Empty(np.asarray(shm.grid).tolist(), np.asarray(shm.data).sum().item())


@case
def a_sum_of_a_field(shm):
    raise Empty(int(np.sum(shm.values)), int(np.max(shm.values)))


@case
def an_array_of_a_field_beyond(shm):
    np.asarray(shm.values)[4] = 1


@case
def a_broken_matrix(shm):
    np.linalg.inv(np.zeros((2, 2)))


@case
def a_missing_function(shm):
    np.summ(shm.values)


# Plain Python.


@case
def asserts(shm):
    assert shm.counter == 4


@case
def asserts_with_words(shm):
    assert shm.counter == 4, "the counter is wrong"


@case
def asserts_with_a_value(shm):
    assert shm.counter == 4, shm.counter


@case
def asserts_over_lines(shm):
    assert shm.counter == 4, f"found {shm.counter}"


@case
def divides_by_zero(shm):
    return shm.counter / 0


@case
def divides_in_a_helper(shm):
    return divide(shm.counter, 0)


@case
def divides_deep_down(shm):
    return deeper(shm.counter)


@case
def calls_without_end(shm):
    try:
        endless(shm.counter)
    except RecursionError:
        raise Empty("too deep") from None


@case
def a_key_that_is_missing(shm):
    return table["z"]


@case
def a_key_that_is_missing_inside(shm):
    return table["b"][shm.counter]


@case
def a_key_of_a_list(shm):
    return {[shm.counter]: 1}


@case
def an_index_too_far(shm):
    return [1, 2][shm.counter]


@case
def pops_an_empty_list(shm):
    return [].pop()


@case
def pops_an_empty_queue(shm):
    waiting.popleft()
    waiting.popleft()


@case
def a_name_that_is_missing(shm):
    return shm.counter + undefined_name


@case
def a_local_that_is_not_set(shm):
    if shm.counter == 0:
        found = 1
    return found


@case
def a_global_that_is_local(shm):
    total += 1


@case
def a_global_that_is_global(shm):
    global total
    total += shm.counter
    raise Empty(total)


@case
def deletes_twice(shm):
    found = shm.counter
    del found
    return found


@case
def raises_its_own(shm):
    raise Empty


@case
def raises_its_own_with_words(shm):
    raise Empty("nothing is left", shm.counter)


@case
def raises_with_attributes(shm):
    raise Rejected(shm.counter, what="the order")


@case
def raises_without_words(shm):
    raise Wordless(1)


@case
def raises_the_unspeakable(shm):
    raise Unspeakable(1)


@case
def raises_over_lines(shm):
    raise ValueError("first line\nsecond line")


@case
def raises_nothing(shm):
    raise


@case
def raises_a_number(shm):
    raise 5


@case
def raises_words(shm):
    raise "an error"


@case
def raises_from_another(shm):
    try:
        divide(1, 0)
    except ZeroDivisionError as error:
        raise Rejected(7) from error


@case
def raises_while_handling(shm):
    try:
        divide(1, 0)
    except ZeroDivisionError:
        table["none"]


@case
def raises_again(shm):
    try:
        divide(1, 0)
    except ZeroDivisionError:
        shm.counter = 1
        raise


@case
def raises_in_finally(shm):
    try:
        shm.counter = 1
    finally:
        divide(1, 0)


@case
def raises_a_note(shm):
    error = ValueError("with a note")
    error.add_note("look at line 3")
    raise error


@case
def raises_a_group(shm):
    raise ExceptionGroup("two of them", [ValueError(1), KeyError(2)])


@case
def catches_a_group(shm):
    try:
        raise ExceptionGroup("two of them", [ValueError(1), KeyError(2)])
    except* ValueError:
        shm.counter = 1


@case
def catches_nothing(shm):
    try:
        return 1 / 0
    except "ZeroDivisionError":
        pass


@case
def a_manager_that_cannot_enter(shm):
    with Failing():
        shm.counter = 1


@case
def a_manager_that_cannot_leave(shm):
    with FailingExit():
        shm.counter = 1


@case
def a_manager_that_swallows(shm):
    with Swallows():
        divide(1, 0)
    with Swallows():
        return table["none"]


@case
def a_manager_that_is_none(shm):
    with shm.counter:
        pass


@case
def a_manager_of_a_generator(shm):
    with guarded(-shm.counter):
        pass


@case
def inside_a_manager_of_a_generator(shm):
    with guarded(1):
        divide(1, 0)


@case
def a_generator_that_is_exhausted(shm):
    found = numbers(1)
    next(found)
    next(found)


@case
def a_generator_without_default(shm):
    return next(number for number in numbers(2) if number > 5)


@case
def stops_inside_a_generator(shm):
    def broken():
        yield next(iter([]))

    return list(broken())


@case
def unpacks_too_few(shm):
    first, second = [shm.counter]
    return first, second


@case
def unpacks_too_many(shm):
    first, second = "abc"
    return first, second


@case
def unpacks_a_number(shm):
    first, second = shm.counter
    return first, second


@case
def zips_strictly(shm):
    return list(zip([1, 2], [1], strict=True))


@case
def calls_with_too_much(shm):
    divide(1, 2, 3)


@case
def calls_with_too_little(shm):
    divide(1)


@case
def calls_with_a_wrong_name(shm):
    divide(1, c=2)


@case
def calls_a_decorated_one(shm):
    only_two(1)


@case
def calls_a_number(shm):
    total(1)


@case
def calls_nothing(shm):
    shm.counter = print("x")


@case
def matches_nothing(shm):
    match shm.counter:
        case 1:
            found = "one"
        case 2:
            found = "two"
    return found


@case
def matches_and_raises(shm):
    match [shm.counter, 4]:
        case [first, second] if first > second:
            return
        case [first, *_]:
            raise Rejected(first)


@case
def compares_words_and_numbers(shm):
    return shm.counter > "3"


@case
def a_number_of_words(shm):
    return int("three")


@case
def a_float_of_words(shm):
    return float("half")


@case
def takes_a_root(shm):
    return math.sqrt(-shm.counter)


@case
def takes_too_much(shm):
    return math.exp(1000)


@case
def takes_something_of_math(shm):
    return math.squareroot(2)


@case
def overflows_an_index(shm):
    return [1] * 2**70


@case
def shifts_back(shm):
    return 1 << -shm.counter


@case
def a_format_that_is_wrong(shm):
    return f"{shm.counter:zz}"


@case
def a_percent_that_is_wrong(shm):
    return "%d" % "x"


@case
def a_text_without_it(shm):
    return "abc".index("z")


@case
def an_encoding_that_is_none(shm):
    return "abc".encode("nonsense")


@case
def a_letter_that_is_none(shm):
    return chr(-1)


@case
def an_enum_that_is_missing(shm):
    return Colour(shm.counter)


@case
def an_enum_name_that_is_missing(shm):
    return Colour["GREEN"]


@case
def an_enum_attribute_that_is_missing(shm):
    return Colour.GREEN


@case
def changes_what_is_frozen(shm):
    Frozen(1).x = 2


@case
def a_dataclass_with_too_little(shm):
    return Account()


@case
def a_dataclass_that_is_right(shm):
    raise Empty(Account("me", shm.counter), Account("me") == Account("me"))


@case
def a_namedtuple_that_is_changed(shm):
    Pair(1, 2).left = 3


@case
def a_namedtuple_with_too_little(shm):
    return Pair(1)


@case
def a_stack_that_is_full(shm):
    stack = Stack()
    for number in range(shm.counter):
        stack.push(number)


@case
def a_property_that_fails(shm):
    return Stack().top


@case
def a_property_that_is_set(shm):
    Stack().top = 1


@case
def a_cached_property(shm):
    stack = Stack()
    stack.push(1)
    assert stack.size == 1
    stack.push(2)
    raise Empty(stack.size)


@case
def an_attribute_that_is_missing(shm):
    return Stack().itmes


@case
def an_attribute_of_nothing(shm):
    found = None
    return found.counter


@case
def a_class_attribute(shm):
    Stack.limit += 1
    raise Empty(Stack.limit)


@case
def an_abstract_class(shm):
    return Abstract()


@case
def a_descriptor_that_refuses(shm):
    holder = Holder()
    holder.even = 2
    holder.even = shm.counter


@case
def a_cache_that_fails(shm):
    cached(1)
    cached(0)


@case
def a_cache_with_a_list(shm):
    cached([1])


@case
def a_cache_that_is_filled(shm):
    bounded(1).append(2)
    raise Empty(bounded(1), bounded.cache_info().hits, bounded.cache_info().misses)


@case
def a_default_that_is_kept(shm):
    default_list(1)
    raise Empty(default_list(2))


@case
def an_attribute_of_a_function(shm):
    divide.calls = getattr(divide, "calls", 0) + 1
    raise Empty(divide.calls)


@case
def a_module_that_is_missing(shm):
    import nowhere_at_all


@case
def a_name_that_a_module_has_not(shm):
    from math import nothing_of_that_name


@case
def a_part_that_a_module_has_not(shm):
    import math.parts


@case
def an_import_that_works(shm):
    import bisect
    import collections.abc as abc
    from fractions import Fraction as Part

    raise Empty(bisect.bisect([1, 2, 3], 2), abc.Sized.__name__, Part(1, 3))


@case
def a_library_that_fails(shm):
    return json.loads("{1: 2}")


@case
def a_library_that_fails_deep_down(shm):
    return json.dumps({1, 2})


@case
def a_decimal_that_fails(shm):
    return decimal.Decimal(1) / decimal.Decimal(0)


@case
def a_fraction_that_fails(shm):
    return fractions.Fraction(1, 0)


@case
def an_attribute_getter_that_fails(shm):
    return operator.attrgetter("conter")(shm)


@case
def a_reduce_of_nothing(shm):
    return functools.reduce(operator.add, [])


@case
def batches_of_nothing(shm):
    return list(itertools.islice([1], -1))


@case
def a_simple_namespace(shm):
    return types.SimpleNamespace(a=1).b


@case
def a_file_that_is_missing(shm):
    return os.stat("/nowhere/at/all")


@case
def ends_with_a_number(shm):
    sys.exit(3)


@case
def ends_with_words(shm):
    sys.exit("it went wrong")


@case
def ends_well(shm):
    sys.exit(0)


@case
def ends_with_nothing(shm):
    sys.exit()


@case
def ends_with_true(shm):
    sys.exit(True)


@case
def ends_with_too_much(shm):
    sys.exit(256)


@case
def ends_by_raising(shm):
    raise SystemExit(shm.counter)


@case
def ends_in_a_helper(shm):
    exit(4)


@case
def evaluates_nonsense(shm):
    return eval("1 +")


@case
def executes_an_error(shm):
    exec("x = 1\ny = x / 0")


@case
def an_error_in_a_lambda(shm):
    return (lambda number: 1 / number)(0)


@case
def an_error_in_a_comprehension(shm):
    return [1 / number for number in (1, 0)]


@case
def an_error_in_a_nested_function(shm):
    def inner(number):
        return 1 // number

    return inner(0)


@case
def an_error_in_sorted(shm):
    return sorted([1, "a"])


@case
def an_error_in_a_key(shm):
    return max([1, 2], key=lambda number: number / 0)


@case
def a_set_that_is_changed(shm):
    found = {1, 2}
    for one in found:
        found.add(one + 10)


@case
def a_dict_that_is_changed(shm):
    found = {1: 2}
    for one in found:
        found[one + 1] = 1


@case
def a_long_statement(shm):
    return divide(
        shm.counter,
        sum(
            [0, 0],
        ),
    )


@case
def two_on_a_line(shm):
    shm.counter = 1
    shm.counter = 1 / 0


@case
def prints_and_fails(shm):
    print("counter", shm.counter)
    print(*[1, 2], seperator=",")


@case
def says_what_it_is(shm):
    raise Empty(__name__.rpartition(".")[2], says_what_it_is.__name__, __file__.rpartition("/")[2])


@case
def who_it_is(shm):
    assert os.getpid() == os.getpid() == threading.get_native_id()
    assert threading.current_thread().ident == threading.get_ident()
    assert 0 < os.getpid() < 2**32
    assert os.getpid() != os.getppid()
    raise Empty(threading.current_thread().name, threading.current_thread() is threading.main_thread())


# Private copies of shared memory, and looks at it.


@case
def copies_by_from_buffer_copy(shm):
    mine = Point.from_buffer_copy(shm.point)
    shm.point.x = 9
    raise Empty(mine.x, mine.y, type(mine) is Point)


@case
def copies_bytes_by_from_buffer_copy(shm):
    mine = Point.from_buffer_copy(buffer(shm), Board.point.offset)
    raise Empty(mine.x, mine.y)


@case
def looks_by_from_buffer(shm):
    seen = Point.from_buffer(buffer(shm), Board.point.offset)
    seen.y = 8
    shm.point.x = 9
    raise Empty(seen.x, shm.point.y, isinstance(seen, Point))


@case
def looks_too_far_by_from_buffer(shm):
    Point.from_buffer(buffer(shm), 100_000)


@case
def copies_too_far_by_from_buffer_copy(shm):
    Point.from_buffer_copy(shm.point, 4)


@case
def copies_into_a_private_structure(shm):
    mine = Board(point=shm.point)
    mine.word = shm.word
    mine.points[0].x = shm.point.x
    shm.point.x = 7
    raise Empty(mine.point.x, mine.points[0].x)


@case
def copies_a_wrong_structure_into_a_private_one(shm):
    Board().point = shm.word


@case
def a_method_that_sets_a_field(shm):
    shm.points[0] = Point(1, 1)
    Point(2, 2).z = 5


@case
def the_type_of_a_field(shm):
    assert type(shm.point) is Point
    assert type(shm) is Board
    assert type(shm.points[0]) is Point
    assert shm.point.__class__ is Point
    assert type(shm.points)._type_ is Point
    raise Empty([name for name, *_ in type(shm.point)._fields_])


@case
def structures_that_are_compared(shm):
    assert shm.point != Point(3, 4)
    assert shm.point == shm.point, "each look is another object"


@case
def stores_a_structure_of_another_that_looks_the_same(shm):
    class Point(ctypes.Structure):
        _fields_ = [("x", ctypes.c_int32), ("y", ctypes.c_int32)]

    shm.point = Point(1, 2)


@case
def an_array_is_an_array(shm):
    array = np.asarray(shm.values)
    assert isinstance(array, np.ndarray)
    assert not isinstance(shm.values, np.ndarray)
    raise Empty(int(np.ndarray((2,), "i8", buffer(shm))[0]), int(np.ravel(shm.values)[1]))


@case
def a_dispatched_function(shm):
    raise Empty(worded(shm.counter), worded("x"), worded(None))


# Two processes, of which the second fails, whatever comes first.


def idles(shm):
    del shm


def gives(shm, none):
    shm.counter = 7
    none.release()


def takes_and_asserts(shm, none):
    none.acquire()
    assert shm.counter == 8, f"found {shm.counter}"


def takes_and_divides(shm, none):
    none.acquire()
    shm.values[0] = divide(shm.counter, shm.values[3] - 4)


def takes_and_rejects(shm, none):
    with none:
        raise Rejected(shm.counter) from ValueError(2)


def releases_anothers(lock):
    lock.release()


def holds_and_gives(shm, lock, none):
    with lock:
        none.release()
        shm.counter = 1


def notifies_without(none, cond):
    none.acquire()
    cond.notify_all()


def takes_and_misspells(shm, none):
    none.acquire()
    shm.point.yy = 3


def takes_and_goes_beyond(shm, none):
    none.acquire()
    for place in range(5):
        shm.values[place] = place


def takes_and_ends(none):
    none.acquire()
    raise SystemExit(9)


def takes_a_structure(shm, none):
    none.acquire()
    shm.points[2] = shm.point
    shm.points[2] = Point(shm.points[2].x, "y")


def fails_by_rank(shm, rank, none):
    if rank == 1:
        none.acquire()
        raise Empty(rank, shm.counter)
    shm.counter = 7
    none.release()


def gives_up_in_a_handler(shm, none):
    none.acquire()
    try:
        none.acquire(timeout=0)
    except TimeoutError as error:
        raise LookupError(error.errno, shm.counter) from error


PAIRS = {
    "asserts": (gives, takes_and_asserts),
    "divides": (gives, takes_and_divides),
    "rejects": (gives, takes_and_rejects),
    "releases another's": (idles, releases_anothers),
    "releases another's that is held": (holds_and_gives, releases_anothers),
    "notifies without": (gives, notifies_without),
    "misspells": (gives, takes_and_misspells),
    "goes beyond": (gives, takes_and_goes_beyond),
    "ends": (gives, takes_and_ends),
    "a structure": (gives, takes_a_structure),
    "by rank": (fails_by_rank, fails_by_rank),
    "gives up": (gives, gives_up_in_a_handler),
}
