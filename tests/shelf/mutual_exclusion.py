"""Locks made of loads and stores, and of atomic steps; the wrong twins of each."""

import ctypes

from shmlab import Program, compare_exchange, exchange, fence, fetch_add, load_acquire, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


def _critical(shm, rank):
    """The critical section of every program here: mark that one is inside, and leave again."""
    shm.inside[rank] = 1
    shm.inside[rank] = 0


def _alone(shm):
    return sum(shm.inside) <= 1


def _two(work, **shared):
    return Program(work, processes=2, shared={**shared, "inside": [0, 0]}, always=_alone)


# Peterson's algorithm.


@ENTRIES.right("sc", "tso")
def peterson():
    """A process says that it wants, gives way, and waits while the other wants and has not given way; twice."""

    def lock(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        shm.turn = other
        fence()
        while shm.flag[other] and shm.turn == other:
            pause()

    def unlock(shm, rank):
        shm.flag[rank] = 0

    def work(shm, rank):
        for _ in range(2):
            lock(shm, rank)
            _critical(shm, rank)
            unlock(shm, rank)

    return _two(work, flag=[0, 0], turn=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("always", "missing fence", "tso", preemptions=0)
def peterson_without_fence():
    """Right while stores are seen at once; with store buffers both find the other's flag down."""

    def work(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        shm.turn = other
        while shm.flag[other] and shm.turn == other:
            pass
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0], turn=0)


@ENTRIES.right()
def peterson_for_pso():
    """With a fence between the two stores, one after them, and a release at the end, no store is seen too early."""

    def work(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        fence()
        shm.turn = other
        fence()
        while shm.flag[other] and shm.turn == other:
            pause()
        shm.counter += 1
        store_release(shm.flag, rank, 0)

    return Program(
        work,
        processes=2,
        shared={"flag": [0, 0], "turn": 0, "counter": 0},
        invariant=lambda shm: shm.counter == 2,
    )


@ENTRIES.wrong("always", None, "sc", preemptions=2)
def peterson_turn_before_flag():
    """The turn is given away before the flag is up, so that a process in between is overlooked."""

    def work(shm, rank):
        other = 1 - rank
        shm.turn = other
        shm.flag[rank] = 1
        while shm.flag[other] and shm.turn == other:
            pause()
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0], turn=0)


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def peterson_turn_to_self():
    """Who comes second takes the turn and walks in."""

    def work(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        shm.turn = rank
        fence()
        while shm.flag[other] and shm.turn == other:
            pause()
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0], turn=0)


# Flags and turns alone.


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=2)
@ENTRIES.wrong("always", "check-then-act", "tso", preemptions=0)
def flag_tested_then_set():
    """Both may find the flag down before either has put it up."""

    def lock(shm):
        while shm.busy:
            pass
        shm.busy = 1

    def work(shm, rank):
        lock(shm)
        _critical(shm, rank)
        shm.busy = 0

    return _two(work, busy=0)


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=2)
def other_flag_first():
    """Each looks at the other's flag before it puts up its own."""

    def work(shm, rank):
        while shm.flag[1 - rank]:
            pause()
        shm.flag[rank] = 1
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0])


@ENTRIES.wrong("livelock", "", "sc")
def flags_without_a_turn():
    """When both flags are up, both wait for ever."""

    def work(shm, rank):
        shm.flag[rank] = 1
        while shm.flag[1 - rank]:
            pause()
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0])


@ENTRIES.wrong("livelock", "", "sc")
def both_give_way():
    """Each takes its flag down for the other, and both may do so for ever, step by step."""

    def work(shm, rank):
        shm.flag[rank] = 1
        while shm.flag[1 - rank]:
            shm.flag[rank] = 0
            shm.flag[rank] = 1
        _critical(shm, rank)
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0])


@ENTRIES.right("sc", "tso")
def dekker():
    """Whose turn it is not takes its flag down until it is."""

    def lock(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        fence()
        while shm.flag[other]:
            if shm.turn != rank:
                shm.flag[rank] = 0
                while shm.turn != rank:
                    pause()
                shm.flag[rank] = 1
                fence()

    def unlock(shm, rank):
        shm.turn = 1 - rank
        shm.flag[rank] = 0

    def work(shm, rank):
        lock(shm, rank)
        _critical(shm, rank)
        unlock(shm, rank)

    return _two(work, flag=[0, 0], turn=0)


@ENTRIES.right("sc")
@ENTRIES.wrong("always", "missing fence", "tso", preemptions=0)
def dekker_without_fence():
    """Right while stores are seen at once, wrong with store buffers, as Peterson's."""

    def work(shm, rank):
        other = 1 - rank
        shm.flag[rank] = 1
        while shm.flag[other]:
            if shm.turn != rank:
                shm.flag[rank] = 0
                while shm.turn != rank:
                    pass
                shm.flag[rank] = 1
        _critical(shm, rank)
        shm.turn = other
        shm.flag[rank] = 0

    return _two(work, flag=[0, 0], turn=0)


def _alternating(rounds):
    """Programs of two processes that only go in on their own turn, so many rounds each."""

    def work(shm, rank):
        for _ in range(rounds[rank]):
            while shm.turn != rank:
                pause()
            _critical(shm, rank)
            shm.turn = 1 - rank

    return work


@ENTRIES.wrong("impossible", "", "sc", "tso")
def strict_alternation():
    """Safe, but process 1 can never go in before process 0."""

    def work(shm, rank):
        while shm.turn != rank:
            pause()
        shm.inside[rank] = 1
        shm.done[rank] = 1
        shm.inside[rank] = 0
        shm.turn = 1 - rank

    return Program(
        work,
        processes=2,
        shared={"turn": 0, "inside": [0, 0], "done": [0, 0]},
        always=_alone,
        possible={
            "0 goes first": lambda shm: shm.inside[0] and not shm.done[1],
            "1 goes first": lambda shm: shm.inside[1] and not shm.done[0],
        },
    )


@ENTRIES.right("sc", "tso")
def strict_alternation_two_and_one():
    """Looks wrong, is right: process 0 comes twice and 1 once, and the turn is where it is needed each time."""
    return _two(_alternating([2, 1]), turn=0)


@ENTRIES.wrong("livelock", "", "sc", "tso", preemptions=1)
def strict_alternation_three_and_one():
    """Process 0 waits for a turn that process 1, which has ended, will not give."""
    return _two(_alternating([3, 1]), turn=0)


# Lamport's bakery.


def _take_number(shm, rank):
    shm.number[rank] = 1 + max(shm.number)


@ENTRIES.right("sc")
def bakery():
    """Whoever chooses a number is waited for; lower numbers go first, and of equal ones the lower rank."""

    def lock(shm, rank):
        shm.choosing[rank] = 1
        _take_number(shm, rank)
        shm.choosing[rank] = 0
        other = 1 - rank
        while shm.choosing[other]:
            pause()
        while True:
            theirs = shm.number[other]
            if theirs == 0 or (theirs, other) > (shm.number[rank], rank):
                break

    def work(shm, rank):
        lock(shm, rank)
        _critical(shm, rank)
        shm.number[rank] = 0

    return _two(work, choosing=[0, 0], number=[0, 0])


@ENTRIES.right("sc")
def bakery_for_three():
    """The same for three, in a loop over the others; each remembers its own number."""

    def lock(shm, rank):
        shm.choosing[rank] = 1
        mine = 1 + max(shm.number)
        shm.number[rank] = mine
        shm.choosing[rank] = 0
        for other in range(3):
            while other != rank and shm.choosing[other]:
                pause()
            while other != rank and 0 < shm.number[other] < mine + (other < rank):
                pause()

    def work(shm, rank):
        lock(shm, rank)
        fetch_add(shm, "inside", 1)
        fetch_add(shm, "inside", -1)
        shm.number[rank] = 0

    return Program(
        work,
        processes=3,
        shared={"choosing": bytes(3), "number": bytes(3), "inside": 0},
        always=lambda shm: shm.inside <= 1,
    )


@ENTRIES.wrong("always", None, "sc", preemptions=2)
def bakery_without_choosing():
    """Who has computed its number and not stored it yet is overlooked, and then goes first by its rank."""

    def work(shm, rank):
        other = 1 - rank
        _take_number(shm, rank)
        while shm.number[other] and (shm.number[other], other) < (shm.number[rank], rank):
            pause()
        _critical(shm, rank)
        shm.number[rank] = 0

    return _two(work, number=[0, 0])


@ENTRIES.wrong("always", ("", "check-then-act"), "sc")
def bakery_equal_numbers_enter():
    """Equal numbers are possible, and then nobody waits for anybody."""

    def work(shm, rank):
        other = 1 - rank
        shm.choosing[rank] = 1
        _take_number(shm, rank)
        shm.choosing[rank] = 0
        while shm.choosing[other]:
            pause()
        while 0 < shm.number[other] < shm.number[rank]:
            pause()
        _critical(shm, rank)
        shm.number[rank] = 0

    return _two(work, choosing=[0, 0], number=[0, 0])


@ENTRIES.wrong("livelock", "", "sc")
def bakery_equal_numbers_wait():
    """Equal numbers are possible, and then both wait for the other."""

    def work(shm, rank):
        other = 1 - rank
        shm.choosing[rank] = 1
        _take_number(shm, rank)
        shm.choosing[rank] = 0
        while shm.choosing[other]:
            pause()
        while 0 < shm.number[other] <= shm.number[rank]:
            pause()
        _critical(shm, rank)
        shm.number[rank] = 0

    return _two(work, choosing=[0, 0], number=[0, 0])


# Test-and-set.


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso", preemptions=0)
def test_and_set():
    """The exchange takes the lock in one step; a plain store frees it, which PSO lets overtake the counter."""

    def lock(shm):
        while exchange(shm, "busy", 1):
            pause()

    def unlock(shm):
        shm.busy = 0

    def work(shm):
        lock(shm)
        shm.counter += 1
        unlock(shm)

    return Program(work, processes=2, shared={"busy": 0, "counter": 0}, invariant=lambda shm: shm.counter == 2)


@ENTRIES.right()
def test_and_set_class():
    """A spinlock as a class with `with`, for three processes, freed by a release store."""

    class SpinLock:
        def __init__(self, shm):
            self.shm = shm

        def __enter__(self):
            while exchange(self.shm, "busy", 1):
                pass

        def __exit__(self, *_):
            store_release(self.shm, "busy", 0)

    def work(shm):
        with SpinLock(shm):
            shm.counter += 1

    class Shared(ctypes.Structure):
        _fields_ = (("busy", ctypes.c_uint8), ("counter", ctypes.c_int32))

    return Program(work, processes=3, shared=Shared(), invariant=lambda shm: shm.counter == 3)


@ENTRIES.right()
def test_test_and_set():
    """It looks before it exchanges, which saves the exchange and changes nothing else."""

    def work(shm, rank):
        while shm.busy or exchange(shm, "busy", 1):
            pause()
        shm.last = rank
        store_release(shm, "busy", 0)

    return Program(
        work,
        processes=2,
        shared={"busy": 0, "last": -1},
        invariant=lambda shm: shm.last >= 0,
        possible={"0 is last": lambda shm: shm.last == 0, "1 is last": lambda shm: shm.last == 1},
    )


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=2)
def load_then_store():
    """Test and set in two steps is no test-and-set."""

    def acquire(shm):
        while True:
            if shm.busy == 0:
                shm.busy = 1
                return
            pause()

    def work(shm, rank):
        acquire(shm)
        _critical(shm, rank)
        shm.busy = 0

    return _two(work, busy=0)


@ENTRIES.wrong("always", None, "sc", preemptions=1)
@ENTRIES.wrong("always", None, "tso", preemptions=0)
def failed_try_clears():
    """Who fails to take the lock clears it, although it belongs to somebody else."""

    def work(shm, rank):
        while exchange(shm, "busy", 1):
            shm.busy = 0
        _critical(shm, rank)
        shm.busy = 0

    return _two(work, busy=0)


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def old_value_ignored():
    """The exchange says that somebody was there, and nobody listens."""

    def work(shm, rank):
        exchange(shm, "busy", 1)
        _critical(shm, rank)
        shm.busy = 0

    return _two(work, busy=0)


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def test_inverted():
    """It goes on when the old value was 1, that is, when somebody is inside."""

    def work(shm, rank):
        while not exchange(shm, "busy", 1):
            pause()
        _critical(shm, rank)
        shm.busy = 0

    return _two(work, busy=0)


# Compare-and-swap.


@ENTRIES.right("sc", "tso")
def compare_and_swap():
    """The lock says who holds it, and takes only the place of nobody."""

    def work(shm, rank):
        while not compare_exchange(shm, "owner", 0, rank + 1):
            pause()
        assert shm.owner == rank + 1
        _critical(shm, rank)
        shm.owner = 0

    return _two(work, owner=0)


@ENTRIES.wrong("exception", "check-then-act", "sc", preemptions=2)
def owner_by_store():
    """It looks for nobody and then writes its name, over that of whoever did so meanwhile."""

    def work(shm, rank):
        while shm.owner:
            pause()
        shm.owner = rank + 1
        assert shm.owner == rank + 1, "somebody else is the owner"
        shm.owner = 0

    return Program(work, processes=2, shared={"owner": 0})


@ENTRIES.wrong("livelock", None, "sc", preemptions=0)
def never_unlocked():
    """The holder ends without freeing the spinlock, and the next one spins for ever."""

    def work(shm, rank):
        while not compare_exchange(shm, "owner", 0, rank + 1):
            pause()
        shm.inside[rank] = 1
        shm.inside[rank] = 0

    return _two(work, owner=0)


# Ticket lock.


@ENTRIES.right("sc", "tso")
def ticket_lock():
    """Tickets are drawn in one step and served in order; only the holder adds to `serving`, so a plain += is safe."""

    def lock(shm):
        mine = fetch_add(shm, "next_ticket", 1)
        while shm.serving != mine:
            pause()
        return mine

    def unlock(shm):
        shm.serving += 1

    def work(shm):
        mine = lock(shm)
        shm.order[shm.served] = mine
        shm.served += 1
        unlock(shm)

    return Program(
        work,
        processes=3,
        shared={"next_ticket": 0, "serving": 0, "order": bytes(3), "served": 0},
        invariant=lambda shm: list(shm.order) == [0, 1, 2],
    )


@ENTRIES.right()
def ticket_lock_with_release():
    """The same with load_acquire and store_release, which PSO needs too."""

    def work(shm):
        mine = fetch_add(shm, "next_ticket", 1)
        while load_acquire(shm, "serving") != mine:
            pause()
        shm.counter += 1
        store_release(shm, "serving", mine + 1)

    return Program(
        work,
        processes=3,
        shared={"next_ticket": 0, "serving": 0, "counter": 0},
        invariant=lambda shm: shm.counter == 3,
    )


@ENTRIES.wrong("always", "lost update", "sc", preemptions=2)
def ticket_by_load_and_store():
    """Two may draw the same ticket, and then both are served."""

    def work(shm, rank):
        mine = shm.next_ticket
        shm.next_ticket = mine + 1
        while shm.serving != mine:
            pause()
        _critical(shm, rank)
        shm.serving = mine + 1

    return _two(work, next_ticket=0, serving=0)


@ENTRIES.wrong("livelock", None, "sc", preemptions=0)
def ticket_released_to_self():
    """The holder serves its own number again, and nobody else's ever."""

    def work(shm, rank):
        mine = fetch_add(shm, "next_ticket", 1)
        while shm.serving != mine:
            pause()
        _critical(shm, rank)
        shm.serving = mine

    return _two(work, next_ticket=0, serving=0)


@ENTRIES.wrong("livelock", None, "sc", preemptions=2)
def ticket_counter_reset():
    """The counters are set back to zero while somebody waits with ticket 1."""

    def work(shm, rank):
        mine = fetch_add(shm, "next_ticket", 1)
        while shm.serving != mine:
            pause()
        _critical(shm, rank)
        shm.next_ticket = 0
        shm.serving = 0

    return _two(work, next_ticket=0, serving=0)
