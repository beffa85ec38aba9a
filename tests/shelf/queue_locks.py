"""Spin locks that keep their waiting processes in a queue, and what goes wrong when a link is forgotten.

Sources: Herlihy and Shavit, The Art of Multiprocessor Programming, 7.3 to 7.5; Mellor-Crummey and Scott, ACM TOCS 9
(1991); Anderson, IEEE TPDS 1 (1990); Craig, Building FIFO and priority-queuing spin locks (1993), for CLH.
"""

from shmlab import Program, compare_exchange, exchange, fetch_add, pause

from .entry import Shelf

ENTRIES = Shelf()

NOBODY = -1


def _visits(acquire, release, processes=2, rounds=1, **shared):
    """Each process goes in `rounds` times; never two at once."""

    def visit(shm, rank):
        mine = rank
        for _ in range(rounds):
            kept = acquire(shm, mine)
            fetch_add(shm, "inside", 1)
            fetch_add(shm, "inside", -1)
            mine = release(shm, mine, kept)

    return Program(
        visit,
        processes=processes,
        shared={"inside": 0, **shared},
        always=lambda shm: shm.inside <= 1,
    )


# MCS: each process waits at a place of its own; who leaves opens the place of the next.


def _mcs(release, processes=2, rounds=1):
    def acquire(shm, mine):
        shm.after[mine] = NOBODY
        shm.waits[mine] = 1
        before = exchange(shm, "tail", mine)
        if before != NOBODY:
            shm.after[before] = mine
            while shm.waits[mine]:
                pause()

    places = {"tail": NOBODY, "after": [NOBODY] * processes, "waits": [0] * processes}
    return _visits(acquire, release, processes, rounds, **places)


def _hand_over(shm, mine):
    while shm.after[mine] == NOBODY:  # somebody is behind us, and has not said so yet
        pause()
    shm.waits[shm.after[mine]] = 0


@ENTRIES.right("sc", "tso")
def mcs():
    """Who finds nobody behind itself empties the queue in one step; else it waits for the link and hands over."""

    def release(shm, mine, _):
        if shm.after[mine] != NOBODY or not compare_exchange(shm, "tail", mine, NOBODY):
            _hand_over(shm, mine)
        return mine

    return _mcs(release, rounds=2)


@ENTRIES.right("sc")
def mcs_three():
    """Three places, each linked to the next."""

    def release(shm, mine, _):
        if shm.after[mine] != NOBODY or not compare_exchange(shm, "tail", mine, NOBODY):
            _hand_over(shm, mine)
        return mine

    return _mcs(release, processes=3)


@ENTRIES.wrong("livelock", None, "sc", preemptions=2)
def mcs_link_not_awaited():
    """Process 1 has joined and not linked itself yet: process 0 leaves, and process 1 waits for ever."""

    def release(shm, mine, _):
        if shm.after[mine] != NOBODY:
            shm.waits[shm.after[mine]] = 0
        else:
            compare_exchange(shm, "tail", mine, NOBODY)
        return mine

    return _mcs(release)


@ENTRIES.wrong("always", None, "sc")
def mcs_emptied_by_store():
    """Another joins between the look and the store into the tail, and is forgotten: a third one goes in beside it."""

    def release(shm, mine, _):
        if shm.after[mine] == NOBODY:
            shm.tail = NOBODY
        if shm.after[mine] != NOBODY:
            shm.waits[shm.after[mine]] = 0
        return mine

    return _mcs(release, processes=3)


# CLH: each process looks at the place of the one before it, and takes that place over when it leaves.


def _clh(own_place, rounds=2):
    def acquire(shm, mine):
        shm.busy[mine] = 1
        before = exchange(shm, "tail", mine)
        while shm.busy[before]:
            pause()
        return before

    def release(shm, mine, before):
        shm.busy[mine] = 0
        return mine if own_place else before

    return _visits(acquire, release, rounds=rounds, tail=2, busy=[0, 0, 0])


@ENTRIES.right("sc", "tso")
def clh():
    """Two processes and three places: the one that nobody looks at any more is used next."""
    return _clh(own_place=False)


@ENTRIES.wrong("livelock", None, "sc")
def clh_own_place_again():
    """Process 1 still looks at the place that process 0 marks as busy again: each waits for the other."""
    return _clh(own_place=True)


# Anderson: a ring of places, one for each process; a number drawn says which.


def _ring(release, places, processes=2, rounds=2):
    def acquire(shm, _):
        number = fetch_add(shm, "next", 1) % places
        while not shm.may[number]:
            pause()
        return number

    return _visits(acquire, release, processes, rounds, next=0, may=[1] + [0] * (places - 1))


@ENTRIES.right("sc", "tso")
def array_lock():
    """Each one shuts its own place again, then opens the next."""

    def release(shm, mine, number):
        shm.may[number] = 0
        shm.may[(number + 1) % 2] = 1
        return mine

    return _ring(release, places=2)


@ENTRIES.wrong("always", None, "sc")
def array_lock_place_left_open():
    """A place that was never shut lets the next one with its number in, while another is inside."""

    def release(shm, mine, number):
        shm.may[(number + 1) % 2] = 1
        return mine

    return _ring(release, places=2)


@ENTRIES.wrong("always", None, "sc")
def array_lock_too_few_places():
    """Three processes, two places: two of them wait at one place, and both go in when it opens."""

    def release(shm, mine, number):
        shm.may[number] = 0
        shm.may[(number + 1) % 2] = 1
        return mine

    return _ring(release, places=2, processes=3, rounds=1)


# Test-and-test-and-set.


@ENTRIES.right("sc", "tso")
def looks_first_then_exchanges():
    """Looking saves exchanges; that the exchange came back with 0 decides."""

    def acquire(shm, _):
        while True:
            while shm.taken:
                pause()
            if exchange(shm, "taken", 1) == 0:
                return

    def release(shm, mine, _):
        shm.taken = 0
        return mine

    return _visits(acquire, release, rounds=2, taken=0)


@ENTRIES.wrong("always", None, "sc")
def looks_first_and_trusts_it():
    """Both have looked before either has exchanged."""

    def acquire(shm, _):
        while shm.taken:
            pause()
        exchange(shm, "taken", 1)

    def release(shm, mine, _):
        shm.taken = 0
        return mine

    return _visits(acquire, release, taken=0)


# Tickets.


@ENTRIES.wrong("always", "", "sc")
def draws_a_ticket_with_each_look():
    """Who looks again draws again: soon more tickets are drawn than customers come."""

    def take_turn(shm):
        while shm.serving != fetch_add(shm, "next", 1):
            pause()

    def customer(shm):
        for _ in range(2):
            take_turn(shm)
            shm.serving += 1

    return Program(customer, processes=2, shared={"next": 0, "serving": 0}, always=lambda shm: shm.next <= 4)
