"""A process is killed at any of its steps: what the others find."""

from shmlab import (
    Barrier,
    Condition,
    Mutex,
    Program,
    Semaphore,
    compare_exchange,
    fetch_add,
    pause,
)
from shmlab.ipc import OwnerDied

from .entry import Shelf

ENTRIES = Shelf()


def _counted_unless_killed(shm, crashed):
    return 2 - len(crashed) <= shm.counter <= 2


@ENTRIES.wrong("deadlock", None, preemptions=0, crashes=1)
def semaphore_holder_killed():
    """A semaphore has no owner: who dies with the unit takes it along."""

    def increment(shm, lock):
        with lock:
            shm.counter += 1

    return Program(
        increment,
        processes=2,
        shared={"counter": 0},
        sync={"lock": Semaphore(1)},
        invariant=_counted_unless_killed,
    )


@ENTRIES.right("sc", crashes=1)
def semaphore_with_undo():
    """The unit of a dead process is given back, and the next one goes on."""

    def increment(shm, lock):
        with lock:
            shm.counter += 1

    return Program(
        increment,
        processes=2,
        shared={"counter": 0},
        sync={"lock": Semaphore(1, undo=True)},
        invariant=_counted_unless_killed,
    )


@ENTRIES.wrong("deadlock", None, preemptions=0)
def signal_with_undo():
    """A signal that is undone when its sender ends, killed or not, was never given."""

    def tell(ready):
        ready.release()

    def wait(shm, ready):
        ready.acquire()
        shm.got = 1

    return Program([tell, wait], shared={"got": 0}, sync={"ready": Semaphore(0, undo=True)})


@ENTRIES.right("sc", crashes=1)
def atomic_needs_no_lock():
    """An atomic step is done or not done; nothing is left half done and nothing is held."""

    def increment(shm):
        fetch_add(shm, "counter", 1)

    return Program(increment, processes=2, shared={"counter": 0}, invariant=_counted_unless_killed)


# Two fields that must be equal whenever the mutex is free.


def _update(shm):
    assert shm.left == shm.right, "half of an update"
    shm.left += 1
    shm.right += 1


def _pair(update, processes=2, lock=None):
    return Program(
        update,
        processes=processes,
        shared={"left": 0, "right": 0},
        sync={"lock": lock or Mutex()},
        invariant=lambda shm, crashed: bool(crashed) or shm.left == shm.right == processes,
    )


@ENTRIES.right("sc", crashes=1)
def repaired():
    """The next owner is told, repairs what is half done, says so, and goes on."""

    def enter(shm, lock):
        try:
            lock.acquire()
        except OwnerDied:
            shm.right = shm.left
            lock.consistent()

    def update(shm, lock):
        enter(shm, lock)
        _update(shm)
        lock.release()

    return _pair(update, processes=3)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def consistent_without_repair():
    """It says that all is well without looking, and half of an update is taken for a whole one."""

    def update(shm, lock):
        try:
            lock.acquire()
        except OwnerDied:
            lock.consistent()
        _update(shm)
        lock.release()

    return _pair(update)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def owner_death_not_expected():
    """OwnerDied is raised, and nobody is there to catch it."""

    def update(shm, lock):
        with lock:
            _update(shm)

    return _pair(update)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def repaired_but_not_said():
    """Without consistent(), the mutex is unusable for everybody from the next release on."""

    def update(shm, lock):
        try:
            lock.acquire()
        except OwnerDied:
            shm.right = shm.left
        _update(shm)
        lock.release()

    return _pair(update, processes=3)


@ENTRIES.wrong("exception", None, "sc", preemptions=0, crashes=1)
def undo_restores_no_data():
    """The unit of the semaphore comes back, but half of the update stays."""

    def update(shm, lock):
        with lock:
            _update(shm)

    return _pair(update, lock=Semaphore(1, undo=True))


@ENTRIES.wrong("exception", "missing release", preemptions=0)
def ended_with_the_mutex():
    """No kill is needed: a process that returns with the mutex is a dead owner too."""

    def update(shm, lock):
        lock.acquire()
        shm.left += 1
        shm.right += 1
        if shm.left == 1:
            return
        lock.release()

    return _pair(update)


@ENTRIES.right("sc", crashes=1)
def committed_by_one_store():
    """Looks wrong, is right: nothing is repaired, but the new pair counts only from the one store that selects it."""

    def update(shm, lock):
        try:
            lock.acquire()
        except OwnerDied:
            lock.consistent()
        now, spare = shm.current, 1 - shm.current
        assert shm.left[now] == shm.right[now]
        shm.left[spare] = shm.left[now] + 1
        shm.right[spare] = shm.right[now] + 1
        shm.current = spare
        lock.release()

    return Program(
        update,
        processes=2,
        shared={"left": [0, 0], "right": [0, 0], "current": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.left[shm.current] == shm.right[shm.current],
    )


# Waiting for the dead.


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0, crashes=1)
def producer_killed():
    """The consumer waits for an item whose producer is dead."""

    def produce(shm, items):
        shm.item = 1
        items.release()

    def consume(shm, items):
        items.acquire()
        shm.item = 0

    return Program([produce, consume], shared={"item": 0}, sync={"items": Semaphore(0)})


@ENTRIES.right("sc", crashes=1)
def producer_given_up():
    """The consumer waits for some time only, and then does without."""

    def produce(shm, items):
        shm.item = 1
        items.release()

    def consume(shm, items):
        try:
            items.acquire(timeout=1)
        except TimeoutError:
            shm.gave_up = 1
            return
        assert shm.item == 1

    return Program(
        [produce, consume],
        shared={"item": 0, "gave_up": 0},
        sync={"items": Semaphore(0)},
        possible={"gives up": lambda shm: shm.gave_up == 1},
    )


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0, crashes=1)
def barrier_party_killed():
    """A barrier waits for a dead party for ever."""

    def meet(shm, rank, barrier):
        shm.came[rank] = 1
        barrier.wait()

    return Program(meet, processes=3, shared={"came": bytes(3)}, sync={"barrier": Barrier(3)})


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0, crashes=1)
def teller_killed():
    """A condition has no robust form: nobody tells the waiter that nobody will tell."""

    def enter(mutex):
        try:
            mutex.acquire()
        except OwnerDied:
            mutex.consistent()

    def wait(shm, mutex, changed):
        enter(mutex)
        while not shm.ready:
            changed.wait()
        mutex.release()

    def tell(shm, mutex, changed):
        enter(mutex)
        shm.ready = 1
        changed.notify_all()
        mutex.release()

    return Program([wait, tell], shared={"ready": 0}, sync={"mutex": Mutex(), "changed": Condition("mutex")})


@ENTRIES.wrong("livelock", None, "sc", preemptions=0, crashes=1)
def spinlock_holder_killed():
    """The next one spins on a lock whose owner is dead."""

    def work(shm, rank):
        while not compare_exchange(shm, "owner", 0, rank + 1):
            pause()
        shm.counter += 1
        shm.owner = 0

    return Program(work, processes=2, shared={"owner": 0, "counter": 0}, invariant=_counted_unless_killed)


@ENTRIES.wrong("livelock", None, "sc", preemptions=0, crashes=1)
def seqlock_writer_killed():
    """The writer dies with an odd number, and the reader tries again for ever."""

    def write(shm):
        shm.version += 1
        shm.bid = shm.ask = 7
        shm.version += 1

    def read(shm):
        while True:
            before = shm.version
            bid, ask = shm.bid, shm.ask
            if before % 2 == 0 and shm.version == before:
                break
        assert bid == ask

    return Program([write, read], shared={"version": 0, "bid": 0, "ask": 0})
