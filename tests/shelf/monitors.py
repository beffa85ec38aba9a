"""Monitors, conditions and bounded buffers as the books have them, and as their readers remember them."""

from shmlab import Condition, Mutex, Program, Semaphore, fetch_add, pause

from .entry import Shelf

ENTRIES = Shelf()


def _monitor(functions, shared, conditions=("changed",), **more):
    sync = {"mutex": Mutex()} | {name: Condition("mutex") for name in conditions}
    return Program(functions, shared=shared, sync=sync, **more)


# C. A. R. Hoare, "Monitors: an operating system structuring concept", CACM 17 (1974): the bounded buffer.


def _hoares_buffer(may_put, may_get):
    """Two who append one item each to a buffer for one, and two who remove one. `may_…(shm, condition)`: waits."""

    def append(shm, mutex, nonfull, nonempty):
        with mutex:
            may_put(shm, nonfull)
            shm.count += 1
            nonempty.notify()

    def remove(shm, mutex, nonfull, nonempty):
        with mutex:
            may_get(shm, nonempty)
            shm.count -= 1
            nonfull.notify()

    return _monitor(
        [append, append, remove, remove],
        {"count": 0},
        ("nonfull", "nonempty"),
        always=lambda shm: 0 <= shm.count <= 1,
        invariant=lambda shm: shm.count == 0,
    )


@ENTRIES.right("sc", "tso")
def hoares_buffer_with_while():
    """Whoever has been woken looks again, as between the notification and the mutex another one may have come."""

    def may_put(shm, nonfull):
        while shm.count == 1:
            nonfull.wait()

    def may_get(shm, nonempty):
        while shm.count == 0:
            nonempty.wait()

    return _hoares_buffer(may_put, may_get)


@ENTRIES.wrong("always", "stale check after wake-up", "sc", preemptions=0, spurious=False)
def hoares_buffer_to_the_letter():
    """Hoare's text has `if`, as his signal hands the monitor over at once; where it does not, a third one comes."""

    def may_put(shm, nonfull):
        if shm.count == 1:
            nonfull.wait()

    def may_get(shm, nonempty):
        if shm.count == 0:
            nonempty.wait()

    return _hoares_buffer(may_put, may_get)


# The same paper: the alarm clock.


def _alarm_clock(wake):
    """Two sleep until their hours, 2 and 1; a clock ticks twice."""

    def sleeper(shm, mutex, changed, rank):
        with mutex:
            while shm.now < 2 - rank:
                changed.wait()
            shm.woken += 1

    def clock(shm, mutex, changed):
        for _ in range(2):
            with mutex:
                shm.now += 1
                wake(changed)

    return _monitor([sleeper, sleeper, clock], {"now": 0, "woken": 0}, invariant=lambda shm: shm.woken == 2)


@ENTRIES.right("sc", "tso")
def alarm_clock():
    """Every tick wakes all, and whoever wakes looks at the clock."""
    return _alarm_clock(lambda changed: changed.notify_all())


@ENTRIES.wrong("deadlock", "lost wake-up", "sc", preemptions=1, spurious=False)
def alarm_clock_that_wakes_one():
    """The first tick wakes the one whose hour is 2, who sleeps again; the second wakes one, and the other sleeps on."""
    return _alarm_clock(lambda changed: changed.notify())


# B. W. Lampson and D. D. Redell, "Experience with processes and monitors in Mesa", CACM 23 (1980): the allocator.


def _allocator(wake):
    """One needs two units of storage, one needs one, and keeps it; one unit is freed, and two when one was given."""

    def allocate(shm, mutex, changed, given, rank):
        with mutex:
            while shm.free < 2 - rank:
                changed.wait()
            shm.free -= 2 - rank
        given.release()

    def free(shm, mutex, changed):
        with mutex:
            shm.free += 1
            wake(changed)

    def free_two(shm, mutex, changed, given):
        given.acquire()
        with mutex:
            shm.free += 2
            wake(changed)

    return Program(
        [allocate, allocate, free, free_two],
        shared={"free": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex"), "given": Semaphore(0)},
        always=lambda shm: shm.free >= 0,
        invariant=lambda shm: shm.free == 0,
    )


@ENTRIES.right("sc", "tso")
def mesas_allocator():
    """A broadcast wakes all, and each looks whether there is enough for it."""
    return _allocator(lambda changed: changed.notify_all())


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0, spurious=False)
def mesas_allocator_with_notify():
    """The first unit wakes the one who needs two, and the other, who needs one, is told of nothing."""
    return _allocator(lambda changed: changed.notify())


# G. R. Andrews, "Foundations of multithreaded, parallel, and distributed programming" (2000), 5.1: a fair semaphore.


def _passing_the_condition():
    """V gives its unit to a sleeper, if there is one, and otherwise to the count; who is woken does not look again."""

    def p(shm, mutex, changed):
        with mutex:
            if shm.units == 0:
                shm.waiting += 1
                changed.wait()
            else:
                shm.units -= 1
            shm.taken += 1

    def v(shm, mutex, changed):
        with mutex:
            shm.given += 1
            if shm.waiting:
                shm.waiting -= 1
                changed.notify()
            else:
                shm.units += 1

    return _monitor(
        [p, p, v, v],
        {"units": 0, "waiting": 0, "taken": 0, "given": 0},
        always=lambda shm: shm.taken <= shm.given,
        invariant=lambda shm: shm.taken == 2 and shm.units == 0,
    )


@ENTRIES.right("sc", spurious=False)
def passing_the_condition():
    """Looks wrong, is right: the unit is not in the count when it is passed on, so that nobody can steal it."""
    return _passing_the_condition()


@ENTRIES.wrong("always", None, "sc", preemptions=0)
def passing_the_condition_to_nobody():
    """The same where a wait may end for nothing: it goes on with a unit that nobody has given."""
    return _passing_the_condition()


# M. Herlihy and N. Shavit, "The art of multiprocessor programming" (2008), 8.2.2: the lost wake-up problem.


def _locked_queue(after_enqueue):
    """Two who take from a queue, two who put into it. `after_enqueue(shm, changed)`: tells those who sleep."""

    def take(shm, mutex, changed):
        with mutex:
            while shm.count == 0:
                changed.wait()
            shm.count -= 1

    def put(shm, mutex, changed):
        with mutex:
            shm.count += 1
            after_enqueue(shm, changed)

    return _monitor([take, take, put, put], {"count": 0}, invariant=lambda shm: shm.count == 0)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0, spurious=False)
def tells_only_when_it_was_empty():
    """The second item comes before the first sleeper has run: the queue was not empty, and the second one sleeps on."""

    def after_enqueue(shm, changed):
        if shm.count == 1:
            changed.notify()

    return _locked_queue(after_enqueue)


@ENTRIES.right("sc")
def tells_all_when_it_was_empty():
    """Looks wrong, is right: when it was empty all who sleep are woken, and nobody goes to sleep while it is not."""

    def after_enqueue(shm, changed):
        if shm.count == 1:
            changed.notify_all()

    return _locked_queue(after_enqueue)


# A. D. Birrell, "Implementing condition variables with semaphores" (2003).


def _by_semaphore(wait, notify):
    """One waits until the other has made something ready. `wait` and `notify` are a condition's."""

    def waiter(shm, mutex, bell):
        with mutex:
            while not shm.ready:
                wait(shm, mutex, bell)

    def teller(shm, mutex, bell):
        with mutex:
            shm.ready = 1
            notify(shm, bell)

    return Program([waiter, teller], shared={"ready": 0, "waiting": 0}, sync={"mutex": Mutex(), "bell": Semaphore(0)},
                   invariant=lambda shm: shm.ready == 1)  # fmt: skip


@ENTRIES.right()
def condition_by_semaphore():
    """It says that it waits before it gives the mutex back, and the unit is kept until it comes for it."""

    def wait(shm, mutex, bell):
        shm.waiting += 1
        mutex.release()
        bell.acquire()
        mutex.acquire()

    def notify(shm, bell):
        if shm.waiting:
            shm.waiting -= 1
            bell.release()

    return _by_semaphore(wait, notify)


@ENTRIES.wrong("deadlock", None, preemptions=1)
def condition_by_semaphore_that_says_so_too_late():
    """Between giving the mutex back and saying that it waits, the other one looks for sleepers and finds none."""

    def wait(shm, mutex, bell):
        mutex.release()
        fetch_add(shm, "waiting", 1)
        bell.acquire()
        mutex.acquire()

    def notify(shm, bell):
        if shm.waiting:
            bell.release()

    return _by_semaphore(wait, notify)


# A. S. Tanenbaum, "Modern operating systems", producer and consumer with sleep and wakeup, and the wakeup waiting bit.


def _consume_if(sleep):
    def consume(shm, mutex, changed):
        for _ in range(2):
            if shm.count == 0:
                sleep(shm, mutex, changed)
            fetch_add(shm, "count", -1)

    return consume


def _sleep_and_wakeup(consume, wakeup):
    """A consumer that sleeps when the count is 0, and a producer that wakes it when the count has become 1."""

    def produce(shm, mutex, changed):
        for _ in range(2):
            if fetch_add(shm, "count", 1) == 0:
                wakeup(shm, mutex, changed)

    return _monitor([consume, produce], {"count": 0, "bit": 0}, always=lambda shm: shm.count >= 0,
                    invariant=lambda shm: shm.count == 0)  # fmt: skip


@ENTRIES.wrong("deadlock", None, "sc", preemptions=1, spurious=False)
def sleep_and_wakeup():
    """Between the look at the count and the sleep comes the wake-up, to one who does not sleep yet."""

    def sleep(shm, mutex, changed):
        with mutex:
            changed.wait()

    def wakeup(shm, mutex, changed):
        with mutex:
            changed.notify()

    return _sleep_and_wakeup(_consume_if(sleep), wakeup)


def _sleep_unless_told(shm, mutex, changed):
    with mutex:
        while not shm.bit:
            changed.wait()
        shm.bit = 0


def _tell(shm, mutex, changed):
    with mutex:
        shm.bit = 1
        changed.notify()


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def wakeup_waiting_bit_with_if():
    """The bit keeps a wake-up for an item that was taken without sleep; the next sleep ends at once, for nothing."""
    return _sleep_and_wakeup(_consume_if(_sleep_unless_told), _tell)


@ENTRIES.right("sc", "tso")
def wakeup_waiting_bit():
    """The bit keeps a wake-up that comes too early, and whoever has slept looks at the count again."""

    def consume(shm, mutex, changed):
        for _ in range(2):
            while shm.count == 0:
                _sleep_unless_told(shm, mutex, changed)
            fetch_add(shm, "count", -1)

    return _sleep_and_wakeup(consume, _tell)


# L. Lamport, "Proving the correctness of multiprocess programs", IEEE TSE 3 (1977): the ring without any lock.


def _lamports_ring(consumers):
    def send(shm):
        for item in (1, 2, 3):
            while shm.sent - shm.received == 2:
                pause()
            shm.ring[shm.sent % 2] = item
            shm.sent += 1

    def receive(shm, rank):
        for turn in range(3 if consumers == 1 else 1):
            while shm.sent == shm.received:
                pause()
            item = shm.ring[shm.received % 2]
            shm.received += 1
            shm.out[rank - 1 + turn] = item

    return Program(
        [send] + [receive] * consumers,
        shared={"ring": [0, 0], "sent": 0, "received": 0, "out": [0, 0, 0]},
        invariant=lambda shm: sorted(shm.out) == ([1, 2, 3] if consumers == 1 else [0, 1, 2]),
        always=lambda shm: shm.sent - shm.received <= 2,
    )


@ENTRIES.right("sc", "tso")
def lamports_ring():
    """Each counter has one writer, and grows only after the item is there, or gone."""
    return _lamports_ring(1)


@ENTRIES.wrong("invariant", None, "sc")
def lamports_ring_for_two_consumers():
    """Both see the same item, both take it, and one counter has two writers."""
    return _lamports_ring(2)
