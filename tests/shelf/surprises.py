"""Programs that look wrong and are right, and programs that look right and are wrong."""

import random

from shmlab import Condition, Mutex, Program, Semaphore, fetch_add, pause

from .entry import Shelf

ENTRIES = Shelf()


# Look wrong, are right.


@ENTRIES.right()
def all_store_the_same():
    """Three store the same value without a lock, and whoever is last changes nothing."""

    def find(shm, rank):
        if shm.values[rank] == 7:
            shm.found = 1

    return Program(find, processes=3, shared={"values": [7, 3, 7], "found": 0}, invariant=lambda shm: shm.found == 1)


@ENTRIES.right()
def watched_without_a_lock():
    """Who only watches a counter that only grows sees it grow, lock or no lock."""

    def count(shm):
        for _ in range(3):
            shm.done += 1

    def watch(shm):
        first = shm.done
        second = shm.done
        assert 0 <= first <= second <= 3

    return Program([count, watch], shared={"done": 0})


@ENTRIES.right()
def ordered_by_a_semaphore():
    """Two processes write the same field without a mutex, but never at the same time."""

    def begin(shm, go, done):
        shm.total = shm.total + 1
        go.release()
        done.acquire()
        shm.total = shm.total * 2

    def between(shm, go, done):
        go.acquire()
        shm.total = shm.total * 10
        done.release()

    return Program(
        [begin, between],
        shared={"total": 0},
        sync={"go": Semaphore(0), "done": Semaphore(0)},
        invariant=lambda shm: shm.total == 20,
    )


@ENTRIES.right()
def handed_over():
    """A semaphore may be released by another process than the one that acquired it."""

    def open_shop(shm, lock, opened):
        lock.acquire()
        shm.stock += 1
        opened.release()

    def close_shop(shm, lock, opened):
        opened.acquire()
        shm.stock += 1
        lock.release()

    def buy(shm, lock):
        with lock:
            shm.stock -= 1

    return Program(
        [open_shop, close_shop, buy],
        shared={"stock": 1},
        sync={"lock": Semaphore(1), "opened": Semaphore(0)},
        invariant=lambda shm: shm.stock == 2,
    )


@ENTRIES.right()
def last_one_keeps_it():
    """The second of two returns without giving the unit back, and nobody is left to want it."""

    def work(shm, lock):
        lock.acquire()
        if shm.done:
            return
        shm.done = 1
        lock.release()

    return Program(work, processes=2, shared={"done": 0}, sync={"lock": Semaphore(1)})


@ENTRIES.wrong("deadlock", "missing release", preemptions=0)
def last_but_one_keeps_it():
    """With a third process, there is somebody left to want it."""

    def work(shm, lock):
        lock.acquire()
        if shm.done:
            return
        shm.done = 1
        lock.release()

    return Program(work, processes=3, shared={"done": 0}, sync={"lock": Semaphore(1)})


@ENTRIES.right()
def released_in_the_same_order():
    """Locks may be released in any order: only the order of acquiring closes circles."""

    def work(shm, first, second):
        first.acquire()
        second.acquire()
        shm.count += 1
        first.release()
        second.release()

    return Program(
        work,
        processes=2,
        shared={"count": 0},
        sync={"first": Mutex(), "second": Mutex()},
        invariant=lambda shm: shm.count == 2,
    )


@ENTRIES.right()
def tries_and_goes_on():
    """Opposite orders do no harm when the second lock is only tried."""

    def work(shm, rank, locks):
        mine, theirs = locks[rank], locks[1 - rank]
        with mine:
            if theirs.try_acquire():
                try:
                    shm.count += 1
                finally:
                    theirs.release()

    return Program(
        work,
        processes=2,
        shared={"count": 0},
        sync={"locks": [Mutex(), Mutex()]},
        invariant=lambda shm: 0 <= shm.count <= 2,
    )


@ENTRIES.right()
def raises_and_releases():
    """A function that raises inside of `with` still gives the lock back, and copes."""

    def work(shm, rank, lock):
        try:
            with lock:
                shm.tried += 1
                if rank == 0:
                    raise ValueError("bad luck")
                shm.done += 1
        except ValueError:
            pass

    return Program(
        work,
        processes=3,
        shared={"tried": 0, "done": 0},
        sync={"lock": Semaphore(1)},
        invariant=lambda shm: shm.tried == 3 and shm.done == 2,
    )


@ENTRIES.wrong("deadlock", "missing release", preemptions=0)
def raises_and_keeps():
    """Without `with` or `finally`, who raises inside keeps the lock."""

    def work(shm, rank, lock):
        try:
            lock.acquire()
            shm.tried += 1
            if rank == 0:
                raise ValueError("bad luck")
            lock.release()
        except ValueError:
            pass

    return Program(work, processes=2, shared={"tried": 0}, sync={"lock": Semaphore(1)})


def _hand_over_work(look):
    """Worker 0 gives its work to worker 1; a watcher must not say that all are idle, as nobody ever is for long."""

    def give(shm):
        shm.busy[1] = 1
        shm.busy[0] = 0

    def watch(shm):
        shm.idle = not look(shm)

    return Program([give, watch], shared={"busy": [1, 0], "idle": 0}, always=lambda shm: not shm.idle)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("always", None, "pso", preemptions=0)
def looked_at_in_the_order_of_work():
    """The giver is looked at first: when it is idle already, the taker is busy already, where stores keep order."""
    return _hand_over_work(lambda shm: any(shm.busy[rank] for rank in (0, 1)))


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def looked_at_in_the_other_order():
    """The taker is looked at before it has the work, and the giver after it has given it away."""
    return _hand_over_work(lambda shm: any(shm.busy[rank] for rank in (1, 0)))


# Look right, are wrong.


@ENTRIES.wrong("livelock", None, "sc", fairness="weak")
def asked_again_and_again():
    """Under weak fairness a mutex that is taken anew in each round may be missed for ever by who waits for it."""

    def wait(shm, lock):
        while True:
            with lock:
                if shm.ready:
                    break

    def tell(shm, lock):
        with lock:
            shm.ready = 1

    return Program([wait, tell], shared={"ready": 0}, sync={"lock": Mutex()})


@ENTRIES.right("sc")
def asked_until_the_lock_is_got():
    """Under strong fairness a mutex that is free again and again is got in the end."""
    return asked_again_and_again()


@ENTRIES.right()
def asked_without_the_lock():
    """Who asks without the lock keeps nobody from taking it."""

    def wait(shm):
        while not shm.ready:
            pause()

    def tell(shm, lock):
        with lock:
            shm.ready = 1

    return Program([wait, tell], shared={"ready": 0}, sync={"lock": Mutex()})


@ENTRIES.wrong("exception", "check-then-act", "sc", preemptions=1)
def looked_at_twice():
    """What was not zero when it was tested is zero when it is divided by."""

    def share(shm):
        if shm.people > 0:
            shm.each = 12 // shm.people

    def leave(shm):
        shm.people = 0

    return Program([share, leave], shared={"people": 3, "each": 0})


@ENTRIES.right()
def looked_at_once():
    """What was loaded once does not change any more."""

    def share(shm):
        people = shm.people
        if people > 0:
            shm.each = 12 // people

    def leave(shm):
        shm.people = 0

    return Program([share, leave], shared={"people": 3, "each": 0}, invariant=lambda shm: shm.each in (0, 4))


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def two_are_last():
    """The count is raised under the lock and looked at after it, when both have raised it."""

    def work(shm, lock):
        with lock:
            shm.count += 1
        if shm.count == 2:
            fetch_add(shm, "last", 1)

    return Program(
        work,
        processes=2,
        shared={"count": 0, "last": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.last == 1,
    )


@ENTRIES.right()
def one_is_last():
    """The count is looked at under the lock under which it is raised."""

    def work(shm, lock):
        with lock:
            shm.count += 1
            last = shm.count == 2
        if last:
            fetch_add(shm, "last", 1)

    return Program(
        work,
        processes=2,
        shared={"count": 0, "last": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.last == 1,
    )


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def tried_and_not_heard():
    """It tries to get the lock, does not listen to the answer, and releases what it never had."""

    def work(shm, rank, lock):
        lock.try_acquire()
        shm.inside[rank] = 1
        shm.inside[rank] = 0
        lock.release()

    return Program(
        work,
        processes=2,
        shared={"inside": [0, 0]},
        sync={"lock": Semaphore(1)},
        always=lambda shm: sum(shm.inside) <= 1,
    )


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def polite_to_the_impolite():
    """One gives way only to the first lock; the other insists, and each insists on what the other holds."""

    def left(shm, a, b):
        with a:
            shm.count += 1
            with b:
                shm.count += 1

    def right(shm, a, b):
        b.acquire()
        a.acquire()
        shm.count += 1
        a.release()
        b.release()

    return Program([left, right], shared={"count": 0}, sync={"a": Mutex(), "b": Semaphore(1)})


@ENTRIES.wrong("deadlock", None, preemptions=0)
def called_twice():
    """A function that locks calls another that locks the same semaphore."""

    def add(shm, lock, amount):
        with lock:
            shm.total += amount

    def add_all(shm, lock):
        with lock:
            for amount in (1, 2):
                add(shm, lock, amount)

    return Program([add_all], shared={"total": 0}, sync={"lock": Semaphore(1)})


@ENTRIES.wrong("exception", "", preemptions=0)
def called_twice_with_a_mutex():
    """A mutex notices that its owner acquires it again."""

    def add(shm, lock, amount):
        with lock:
            shm.total += amount

    def add_all(shm, lock):
        with lock:
            add(shm, lock, 1)

    return Program([add_all], shared={"total": 0}, sync={"lock": Mutex()})


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def waits_with_another_lock():
    """Waiting on a condition gives back its own mutex, and not the other one that the teller needs."""

    def wait(shm, outer, changed):
        with outer, changed:
            while not shm.ready:
                changed.wait()

    def tell(shm, outer, changed):
        with outer, changed:
            shm.ready = 1
            changed.notify()

    return Program(
        [wait, tell],
        shared={"ready": 0},
        sync={"outer": Mutex(), "inner": Mutex(), "changed": Condition("inner")},
    )


@ENTRIES.wrong("endless", "", "sc", preemptions=0)
def loops_on_a_copy():
    """It loads the flag once and then looks at its copy for ever."""

    def wait(shm):
        ready = shm.ready
        while not ready:
            pause()

    def tell(shm):
        shm.ready = 1

    return Program([wait, tell], shared={"ready": 0})


@ENTRIES.wrong("nondeterministic", "", "sc")
def draws_lots():
    """What it does depends on a random number, so one interleaving has more than one outcome."""

    def work(shm):
        if random.random() < 0.5:
            shm.heads += 1
        else:
            shm.tails += 1

    return Program(work, processes=2, shared={"heads": 0, "tails": 0})
