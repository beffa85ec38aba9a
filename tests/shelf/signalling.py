"""One process waits for what another has done: rendezvous, wake-ups, turns."""

from shmlab import Condition, Mutex, Program, Semaphore, fence, pause

from .entry import Shelf

ENTRIES = Shelf()


# Rendezvous: both firsts before both seconds.


def _meeting(left, right, initial=0, possible=None):
    return Program(
        [left, right],
        shared={"first": [0, 0], "second": [0, 0]},
        sync={"arrived": [Semaphore(initial), Semaphore(initial)]},
        always=lambda shm: all(shm.first) or not any(shm.second),
        possible=possible,
    )


EITHER_LEADS = {
    "0 leads": lambda shm: list(shm.first) == [1, 0],
    "1 leads": lambda shm: list(shm.first) == [0, 1],
}


def _say_then_wait(shm, rank, arrived):
    shm.first[rank] = 1
    arrived[rank].release()
    arrived[1 - rank].acquire()
    shm.second[rank] = 1


def _wait_then_say(shm, rank, arrived):
    shm.first[rank] = 1
    arrived[1 - rank].acquire()
    arrived[rank].release()
    shm.second[rank] = 1


@ENTRIES.right()
def rendezvous():
    """Each says that it has come and then waits for the other."""
    return _meeting(_say_then_wait, _say_then_wait, possible=EITHER_LEADS)


@ENTRIES.right()
def rendezvous_with_one_who_waits_first():
    """Looks wrong, is right: one may wait before it speaks, as long as the other does not."""
    return _meeting(_wait_then_say, _say_then_wait, possible=EITHER_LEADS)


@ENTRIES.wrong("deadlock", None, preemptions=0)
def rendezvous_of_two_who_wait_first():
    """Each waits for the other to speak first."""
    return _meeting(_wait_then_say, _wait_then_say)


@ENTRIES.wrong("always", None, preemptions=0)
def rendezvous_that_starts_at_one():
    """A semaphore that starts with a unit says that somebody has come who has not."""
    return _meeting(_say_then_wait, _say_then_wait, initial=1)


@ENTRIES.wrong("impossible", "")
def rendezvous_in_strict_turns():
    """Process 1 does not even begin before 0 has, so it never leads."""

    def second_to_come(shm, rank, arrived):
        arrived[0].acquire()
        shm.first[rank] = 1
        arrived[rank].release()
        shm.second[rank] = 1

    return _meeting(_say_then_wait, second_to_come, possible=EITHER_LEADS)


# Waiting for a fact.


def _ready(functions, **more):
    return Program(
        functions,
        shared={"ready": 0, "got": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
        **more,
    )


def _tell(shm, changed):
    with changed:
        shm.ready = 1
        changed.notify()


def _got(shm):
    return shm.got == 1


@ENTRIES.right()
def waits_while_not_ready():
    """The fact stands in memory, is changed and tested under the mutex, and is tested again after each wait."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()
            shm.got = shm.ready

    return _ready([wait, _tell], invariant=_got)


@ENTRIES.right()
def told_after_the_mutex():
    """Looks wrong, is right: the fact changes before the mutex is taken, but the notification comes after that."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()
            shm.got = shm.ready

    def tell(shm, changed):
        shm.ready = 1
        with changed:
            changed.notify()

    return _ready([wait, tell], invariant=_got)


@ENTRIES.wrong("deadlock", "lost wake-up", "sc", preemptions=1)
@ENTRIES.wrong("deadlock", "lost wake-up", "tso", preemptions=0)
def told_too_early():
    """The notification comes before the change, finds nothing changed, and is not repeated."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()
            shm.got = 1

    def tell(shm, changed):
        with changed:
            changed.notify()
        shm.ready = 1

    return _ready([wait, tell])


@ENTRIES.wrong("deadlock", "lost wake-up", preemptions=0)
def told_before_anybody_waits():
    """A condition keeps nothing: who waits for a notification that has been given waits for ever."""

    def wait(shm, changed):
        with changed:
            changed.wait()
        shm.got = 1

    def tell(changed):
        with changed:
            changed.notify()

    return _ready([wait, tell])


@ENTRIES.wrong("deadlock", "lost wake-up", "sc", preemptions=1)
@ENTRIES.wrong("deadlock", "lost wake-up", "tso", "pso", preemptions=0)
def tested_before_the_mutex():
    """Between the test and the wait there is room for the change and its notification."""

    def wait(shm, changed):
        if not shm.ready:
            with changed:
                changed.wait()
        shm.got = 1

    return _ready([wait, _tell])


@ENTRIES.right()
def tested_again_under_the_mutex():
    """A first look without the mutex does no harm when a second one, under it, decides."""

    def wait(shm, changed):
        if shm.ready:
            return
        with changed:
            while not shm.ready:
                changed.wait()

    return _ready([wait, _tell], invariant=lambda shm: shm.ready == 1)


@ENTRIES.wrong("exception", "", preemptions=0)
def notified_without_the_mutex():
    """A notification needs the mutex held, and this one does not hold it."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()

    def tell(shm, changed):
        shm.ready = 1
        changed.notify()

    return _ready([tell, wait])


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def one_told_of_two():
    """Two wait for the door to open, and one of them is told."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()

    return _ready([wait, wait, _tell])


@ENTRIES.right("sc", "tso")
def both_told_of_two():
    """Two wait for the door to open, and all are told."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()

    def tell(shm, changed):
        with changed:
            shm.ready = 1
            changed.notify_all()

    return _ready([wait, wait, tell], possible={"open": lambda shm: shm.ready})


@ENTRIES.right("sc", "tso")
def each_tells_the_next():
    """One is told and tells the next: a chain needs no notify_all."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait()
            changed.notify()

    return _ready([wait, wait, _tell])


@ENTRIES.wrong("invariant", "stale check after wake-up", preemptions=0)
def believes_its_wake_up():
    """Who wakes up believes that it was told, and there was nothing to tell yet."""

    def wait(shm, changed):
        with changed:
            if not shm.ready:
                changed.wait()
            shm.got = shm.ready

    return _ready([wait, _tell], invariant=_got)


@ENTRIES.right("sc")
def gives_up_after_a_while():
    """A wait with a timeout ends with TimeoutError, under the mutex, and the function copes with it."""

    def wait(shm, changed):
        with changed:
            try:
                while not shm.ready:
                    changed.wait(timeout=1)
                shm.got = 1
            except TimeoutError:
                shm.got = 2

    return _ready(
        [wait, _tell],
        invariant=lambda shm: shm.got in (1, 2),
        possible={"told": lambda shm: shm.got == 1, "gave up": lambda shm: shm.got == 2},
    )


@ENTRIES.wrong("exception", "", "sc", preemptions=0)
def does_not_expect_to_give_up():
    """A timeout raises TimeoutError, and nobody catches it."""

    def wait(shm, changed):
        with changed:
            while not shm.ready:
                changed.wait(timeout=1)

    return _ready([wait, _tell])


# Sleeping on a semaphore.


def _sleeping(consume, produce):
    return Program([consume, produce], shared={"ready": 0, "waiting": 0, "got": 0}, sync={"bell": Semaphore(0)})


@ENTRIES.right()
def semaphores_remember():
    """Looks wrong, is right: the unit is kept until somebody comes, so a late sleeper wakes at once."""

    def consume(shm, bell):
        if not shm.ready:
            bell.acquire()
        assert shm.ready

    def produce(shm, bell):
        shm.ready = 1
        bell.release()

    return _sleeping(consume, produce)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=1)
def nobody_seems_to_wait():
    """It looks, finds nothing, and says that it waits only after the producer has looked for sleepers."""

    def consume(shm, bell):
        if not shm.ready:
            shm.waiting = 1
            bell.acquire()
        shm.got = 1

    def produce(shm, bell):
        shm.ready = 1
        if shm.waiting:
            bell.release()

    return _sleeping(consume, produce)


@ENTRIES.right("sc")
@ENTRIES.wrong("deadlock", "missing fence", "tso", preemptions=0)
def says_that_it_waits_first():
    """Looks right, is wrong on x86: each stores and then looks at the other's, and both stores may still wait."""

    def consume(shm, bell):
        shm.waiting = 1
        if not shm.ready:
            bell.acquire()
        shm.got = 1

    def produce(shm, bell):
        shm.ready = 1
        if shm.waiting:
            bell.release()

    return _sleeping(consume, produce)


@ENTRIES.right()
def says_that_it_waits_and_fences():
    """With a fence between the store and the look, on both sides, nobody is overlooked."""

    def consume(shm, bell):
        shm.waiting = 1
        fence()
        if not shm.ready:
            bell.acquire()
        shm.got = 1

    def produce(shm, bell):
        shm.ready = 1
        fence()
        if shm.waiting:
            bell.release()

    return _sleeping(consume, produce)


# Turns.


@ENTRIES.right("sc", "tso")
def round_the_table():
    """Each semaphore of a list is one process's turn, and each hands over to the next."""

    def work(shm, rank, turn):
        for _ in range(2):
            turn[rank].acquire()
            shm.order[shm.used] = rank
            shm.used += 1
            turn[(rank + 1) % 3].release()

    return Program(
        work,
        processes=3,
        shared={"order": bytes(6), "used": 0},
        sync={"turn": [Semaphore(1), Semaphore(0), Semaphore(0)]},
        invariant=lambda shm: list(shm.order) == [0, 1, 2, 0, 1, 2],
    )


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def nobody_begins():
    """A ring of turns in which no semaphore starts with a unit."""

    def work(shm, rank, turn):
        turn[rank].acquire()
        shm.used += 1
        turn[(rank + 1) % 3].release()

    return Program(
        work,
        processes=3,
        shared={"used": 0},
        sync={"turn": [Semaphore(0), Semaphore(0), Semaphore(0)]},
        invariant=lambda shm: shm.used == 3,
    )


@ENTRIES.wrong("exception", "", preemptions=0)
def mutex_as_a_signal():
    """A mutex belongs to who holds it: another process cannot release it to give a signal."""

    def wait(shm, mutex):
        mutex.acquire()
        shm.got = 1
        mutex.release()

    def tell(mutex):
        mutex.release()

    return Program([tell, wait], shared={"got": 0}, sync={"mutex": Mutex()})


@ENTRIES.wrong("livelock", None, "sc", preemptions=0)
def signal_taken_back():
    """A flag that is up for a moment only is not seen by who looks at other moments."""

    def tell(shm):
        shm.ready = 1
        shm.ready = 0

    def wait(shm):
        while not shm.ready:
            pause()

    return Program([tell, wait], shared={"ready": 0})
