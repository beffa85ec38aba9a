"""Producers and consumers with a buffer between them."""

import ctypes

from shmlab import Condition, Mutex, Program, Semaphore, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


def _buffer(slots, taken):
    return {"ring": [0] * slots, "head": 0, "tail": 0, "taken": [0] * taken}


def _put(shm, item):
    slot = shm.head
    shm.ring[slot % len(shm.ring)] = item
    shm.head = slot + 1


def _get(shm):
    slot = shm.tail
    shm.taken[slot] = shm.ring[slot % len(shm.ring)]
    shm.tail = slot + 1


def _each_once(shm):
    return sorted(shm.taken) == list(range(1, len(shm.taken) + 1))


def _in_order(shm):
    return list(shm.taken) == list(range(1, len(shm.taken) + 1))


# With semaphores.


@ENTRIES.right()
def two_semaphores_and_a_mutex():
    """Wait for room, then for the mutex; give the mutex back, then announce the item."""

    def produce(shm, rank, room, items, mutex):
        room.acquire()
        with mutex:
            _put(shm, rank + 1)
        items.release()

    def consume(shm, room, items, mutex):
        for _ in range(2):
            items.acquire()
            with mutex:
                _get(shm)
            room.release()

    return Program(
        [produce, produce, consume],
        shared=_buffer(1, 2),
        sync={"room": Semaphore(1), "items": Semaphore(0), "mutex": Mutex()},
        always=lambda shm: 0 <= shm.head - shm.tail <= 1,
        invariant=_each_once,
    )


@ENTRIES.wrong("deadlock", None, preemptions=0)
def consumer_waits_swapped():
    """The consumer takes the mutex and then waits for an item, which nobody can put without the mutex."""

    def produce(shm, room, items, mutex):
        room.acquire()
        with mutex:
            _put(shm, 1)
        items.release()

    def consume(shm, room, items, mutex):
        with mutex:
            items.acquire()
            _get(shm)
        room.release()

    return Program(
        [produce, consume],
        shared=_buffer(1, 1),
        sync={"room": Semaphore(1), "items": Semaphore(0), "mutex": Mutex()},
        invariant=_in_order,
    )


@ENTRIES.wrong("deadlock", None, preemptions=0)
def producer_waits_swapped():
    """The producer takes the mutex and then waits for room, which nobody can make without the mutex."""

    def produce(shm, room, items, mutex):
        for item in (1, 2):
            with mutex:
                room.acquire()
                _put(shm, item)
            items.release()

    def consume(shm, room, items, mutex):
        for _ in range(2):
            items.acquire()
            with mutex:
                _get(shm)
            room.release()

    return Program(
        [produce, consume],
        shared=_buffer(1, 2),
        sync={"room": Semaphore(1), "items": Semaphore(0), "mutex": Mutex()},
        invariant=_in_order,
    )


@ENTRIES.wrong("invariant", ("", "lost update"), "sc", preemptions=1)
def two_producers_without_mutex():
    """Two producers take the same slot, and an item is lost."""

    def produce(shm, rank, room, items):
        room.acquire()
        _put(shm, rank + 1)
        items.release()

    def consume(shm, room, items):
        for _ in range(2):
            items.acquire()
            _get(shm)
            room.release()

    return Program(
        [produce, produce, consume],
        shared=_buffer(2, 2),
        sync={"room": Semaphore(2), "items": Semaphore(0)},
        invariant=_each_once,
    )


@ENTRIES.right()
def one_to_one_without_mutex():
    """Looks wrong, is right: with one of each, every index has one writer, and no slot two users."""

    def produce(shm, room, items):
        for item in (1, 2, 3):
            room.acquire()
            _put(shm, item)
            items.release()

    def consume(shm, room, items):
        for _ in range(3):
            items.acquire()
            _get(shm)
            room.release()

    return Program(
        [produce, consume],
        shared=_buffer(2, 3),
        sync={"room": Semaphore(2), "items": Semaphore(0)},
        invariant=_in_order,
    )


@ENTRIES.wrong("invariant", None, preemptions=0)
def one_semaphore():
    """Nothing tells the producer that the buffer is full, and it overwrites what nobody has taken."""

    def produce(shm, items):
        for item in (1, 2):
            _put(shm, item)
            items.release()

    def consume(shm, items):
        for _ in range(2):
            items.acquire()
            _get(shm)

    return Program([produce, consume], shared=_buffer(1, 2), sync={"items": Semaphore(0)}, invariant=_in_order)


def _room_for_two(room):
    """A producer and a consumer of two items, with so many units of room, and that the buffer can be full."""

    def produce(shm, room, items):
        for item in (1, 2):
            room.acquire()
            _put(shm, item)
            items.release()

    def consume(shm, room, items):
        for _ in range(2):
            items.acquire()
            _get(shm)
            room.release()

    return Program(
        [produce, consume],
        shared=_buffer(2, 2),
        sync={"room": Semaphore(room), "items": Semaphore(0)},
        invariant=_in_order,
        possible={"full": lambda shm: shm.head - shm.tail == 2},
    )


@ENTRIES.right()
def can_be_full():
    """Two units of room for two slots: the producer can be two items ahead."""
    return _room_for_two(2)


@ENTRIES.wrong("impossible", "")
def hand_to_hand():
    """One unit of room for two slots: nothing is lost, but the buffer is never used as one."""
    return _room_for_two(1)


@ENTRIES.wrong("deadlock", None, preemptions=0)
def room_never_given_back():
    """The consumer forgets to release the room it made, and the second item finds none."""

    def produce(shm, room, items):
        for item in (1, 2):
            room.acquire()
            _put(shm, item)
            items.release()

    def consume(shm, items):
        for _ in range(2):
            items.acquire()
            _get(shm)

    return Program(
        [produce, consume],
        shared=_buffer(1, 2),
        sync={"room": Semaphore(1), "items": Semaphore(0)},
        invariant=_in_order,
    )


# With a condition.


def _take(shm):
    shm.count -= 1
    shm.out += 1


def _give(shm, changed):
    with changed:
        shm.count += 1
        changed.notify()


def _conditional(functions, **more):
    return Program(
        functions,
        shared={"count": 0, "out": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
        always=lambda shm: shm.count >= 0,
        **more,
    )


@ENTRIES.right()
def condition_with_while():
    """Whoever wakes up looks again, under the mutex, whether there is something to take."""

    def consume(shm, changed):
        with changed:
            while shm.count == 0:
                changed.wait()
            _take(shm)

    return _conditional([consume, consume, _give, _give], invariant=lambda shm: shm.out == 2 and shm.count == 0)


@ENTRIES.wrong("always", "stale check after wake-up", preemptions=0)
def condition_with_if():
    """A wait may end for nothing, and then there is nothing to take."""

    def consume(shm, mutex, changed):
        mutex.acquire()
        if shm.count == 0:
            changed.wait()
        _take(shm)
        mutex.release()

    return _conditional([consume, _give])


@ENTRIES.right(spurious=False)
def condition_with_if_and_no_spurious_wake_up():
    """With one consumer, one notification, and no wake-up for nothing, `if` happens to be enough."""

    def consume(shm, changed):
        with changed:
            if shm.count == 0:
                changed.wait()
            _take(shm)

    return _conditional([consume, _give])


@ENTRIES.wrong("always", "stale check after wake-up", "sc", preemptions=0, spurious=False)
def condition_with_if_and_a_thief():
    """Between the notification and the wake-up, another consumer comes along and takes the item."""

    def consume(shm, changed):
        with changed:
            if shm.count == 0:
                changed.wait()
            _take(shm)

    return _conditional([consume, consume, _give, _give])


@ENTRIES.wrong("always", "stale check after wake-up", "sc", preemptions=0, spurious=False)
def all_woken_for_one_item():
    """Both are woken for the first of two items, and both take it."""

    def consume(shm, changed):
        with changed:
            if not shm.count:
                changed.wait()
            _take(shm)

    def give(shm, changed):
        with changed:
            shm.count += 1
            changed.notify_all()

    return _conditional([consume, consume, give, give])


@ENTRIES.wrong("deadlock", None, "sc", preemptions=1, spurious=False)
def change_without_mutex():
    """The count is changed without the mutex, so that an item is lost and a consumer waits for it for ever."""

    def consume(shm, changed):
        with changed:
            while shm.count == 0:
                changed.wait()
            _take(shm)

    def give(shm, changed):
        shm.count += 1
        with changed:
            changed.notify()

    return _conditional([consume, consume, give, give])


def _one_slot(wake):
    """Two producers and two consumers of a buffer for one item, on one condition; `wake(changed)` tells of a change."""

    def produce(shm, changed):
        with changed:
            while shm.count == 1:
                changed.wait()
            shm.count = 1
            wake(changed)

    def consume(shm, changed):
        with changed:
            while shm.count == 0:
                changed.wait()
            shm.count = 0
            wake(changed)

    return Program(
        [consume, consume, produce, produce],
        shared={"count": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
        invariant=lambda shm: shm.count == 0,
    )


@ENTRIES.wrong("deadlock", "lost wake-up", "sc", preemptions=0, spurious=False)
def wrong_kind_woken():
    """A consumer's notification wakes the other consumer, who finds nothing, and the producer sleeps on."""
    return _one_slot(lambda changed: changed.notify())


@ENTRIES.right("sc", spurious=False)
def all_kinds_woken():
    """Everybody is woken and looks for himself."""
    return _one_slot(lambda changed: changed.notify_all())


@ENTRIES.right("sc", spurious=False)
def a_condition_for_each_kind():
    """Producers wait for room and consumers for items, each on a condition of its own."""

    def produce(shm, mutex, room, item):
        with mutex:
            while shm.count == 1:
                room.wait()
            shm.count = 1
            item.notify()

    def consume(shm, mutex, room, item):
        with mutex:
            while shm.count == 0:
                item.wait()
            shm.count = 0
            room.notify()

    return Program(
        [consume, consume, produce, produce],
        shared={"count": 0},
        sync={"mutex": Mutex(), "room": Condition("mutex"), "item": Condition("mutex")},
        invariant=lambda shm: shm.count == 0,
    )


# Rings of loads and stores.


class Ring(ctypes.Structure):
    """A ring of 32-bit items with the two indexes in front."""

    _fields_ = (("head", ctypes.c_uint32), ("tail", ctypes.c_uint32), ("slots", ctypes.c_int32 * 2))


class Channel(ctypes.Structure):
    """The ring, and what came out of it."""

    _fields_ = (("ring", Ring), ("taken", ctypes.c_int32 * 2))


def _pop_two(shm):
    for index in range(2):
        while shm.ring.head == index:
            pause()
        shm.taken[index] = shm.ring.slots[index]


@ENTRIES.wrong("invariant", "unsafe publication", "sc", preemptions=1)
def index_before_data():
    """The index says that an item is there before it is."""

    def push(shm):
        for item in (1, 2):
            slot = shm.ring.head
            shm.ring.head = slot + 1
            shm.ring.slots[slot] = item

    return Program([push, _pop_two], shared=Channel(), invariant=_in_order)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", "unsafe publication", "pso", preemptions=0)
def index_after_data():
    """First the item, then the index: enough where stores keep their order."""

    def push(shm):
        for item in (1, 2):
            slot = shm.ring.head
            shm.ring.slots[slot] = item
            shm.ring.head = slot + 1

    return Program([push, _pop_two], shared=Channel(), invariant=_in_order)


@ENTRIES.right()
def index_released():
    """The index is stored with release, after which the item is there under PSO too."""

    def push(shm):
        for index, item in enumerate((1, 2)):
            shm.ring.slots[index] = item
            store_release(shm.ring, "head", index + 1)

    return Program([push, _pop_two], shared=Channel(), invariant=_in_order)


@ENTRIES.wrong("livelock", "", "sc", "tso", preemptions=0)
def full_looks_empty():
    """A full ring has equal indexes, as an empty one has, and the consumer waits for what is there."""

    def push(shm):
        for item in (1, 2):
            shm.ring.slots[shm.ring.head] = item
            shm.ring.head = (shm.ring.head + 1) % 2

    def pop(shm):
        for index in range(2):
            while shm.ring.head == shm.ring.tail:
                pause()
            shm.taken[index] = shm.ring.slots[shm.ring.tail]
            shm.ring.tail = (shm.ring.tail + 1) % 2

    return Program([push, pop], shared=Channel(), invariant=_in_order)


@ENTRIES.wrong("invariant", "lost update", "sc")
def both_write_the_count():
    """The producer adds to the count and the consumer takes away, and one of them is lost."""

    def push(shm):
        for index, item in enumerate((1, 2)):
            shm.slots[index] = item
            shm.count += 1

    def pop(shm):
        for index in range(2):
            while shm.count == 0:
                pause()
            shm.taken[index] = shm.slots[index]
            shm.count -= 1

    return Program(
        [push, pop], shared={"slots": [0, 0], "taken": [0, 0], "count": 0}, invariant=lambda shm: shm.count == 0
    )
