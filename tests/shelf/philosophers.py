"""Philosophers and their forks."""

from shmlab import Condition, Mutex, Program, Semaphore, pause

from .entry import Shelf

ENTRIES = Shelf()


def _eat(shm, rank):
    shm.eating[rank] = 1
    shm.eating[rank] = 0


def _neighbours_apart(shm):
    return not any(shm.eating[rank] and shm.eating[rank - 1] for rank in range(len(shm.eating)))


def _dinner(dine, seats, sync, **more):
    """So many philosophers round a table; nobody eats beside somebody who eats."""
    return Program(dine, processes=seats, shared={"eating": [0] * seats}, sync=sync, always=_neighbours_apart, **more)


def _forks(seats):
    return {"forks": [Semaphore(1) for _ in range(seats)]}


def _mutexes(seats):
    return {"forks": [Mutex() for _ in range(seats)]}


@ENTRIES.wrong("deadlock", "circular wait", preemptions=1)
def two_left_first():
    """Each holds its left fork and waits for the right one, which the other holds."""

    def dine(shm, rank, forks):
        with forks[rank], forks[1 - rank]:
            shm.meals[rank] += 1

    return Program(dine, processes=2, shared={"meals": [0, 0]}, sync=_mutexes(2))


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def three_left_first():
    """Three forks as semaphores, and all three philosophers hold the left one."""

    def dine(shm, rank, forks):
        left, right = forks[rank], forks[(rank + 1) % 3]
        left.acquire()
        right.acquire()
        _eat(shm, rank)
        right.release()
        left.release()

    return _dinner(dine, 3, _forks(3))


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def four_left_first():
    """Four forks as mutexes, taken with `with`, and the circle closes as with three."""

    def dine(shm, rank, forks):
        with forks[rank], forks[(rank + 1) % len(forks)]:
            _eat(shm, rank)

    return _dinner(dine, 4, _mutexes(4))


@ENTRIES.right("sc", "tso")
def lower_fork_first():
    """Everybody takes the fork of the lower number first, so no circle can close."""

    def dine(shm, rank, forks):
        first, second = sorted([rank, (rank + 1) % 3])
        with forks[first], forks[second]:
            _eat(shm, rank)

    return _dinner(dine, 3, _mutexes(3))


@ENTRIES.right("sc")
def one_is_left_handed():
    """One philosopher of four takes the right fork first, which breaks the circle; opposite ones can eat at once."""

    def dine(shm, rank, forks):
        left, right = forks[rank], forks[(rank + 1) % 4]
        first, second = (right, left) if rank == 3 else (left, right)
        with first, second:
            _eat(shm, rank)

    return _dinner(dine, 4, _mutexes(4), possible={"0 and 2 eat": lambda shm: shm.eating[0] and shm.eating[2]})


@ENTRIES.right("sc")
def odd_and_even():
    """Even ranks take left first and odd ones right first."""

    def dine(shm, rank, forks):
        pair = [forks[rank], forks[(rank + 1) % 4]]
        if rank % 2:
            pair.reverse()
        for fork in pair:
            fork.acquire()
        _eat(shm, rank)
        for fork in pair:
            fork.release()

    return _dinner(dine, 4, _forks(4))


@ENTRIES.right("sc", "tso")
def butler():
    """Of three philosophers, a butler lets two sit down, so one of them finds both forks."""

    def dine(shm, rank, forks, seat):
        seat.acquire()
        with forks[rank], forks[(rank + 1) % 3]:
            _eat(shm, rank)
        seat.release()

    return _dinner(dine, 3, _forks(3) | {"seat": Semaphore(2)})


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def butler_lets_all_sit():
    """A butler with a seat for everybody is of no use."""

    def dine(shm, rank, forks, seat):
        with seat, forks[rank], forks[(rank + 1) % 3]:
            _eat(shm, rank)

    return _dinner(dine, 3, _forks(3) | {"seat": Semaphore(3)})


@ENTRIES.wrong("impossible", "", "sc")
def table_mutex():
    """One mutex for the whole table: safe, and two of four never eat at once."""

    def dine(shm, rank, table):
        with table:
            _eat(shm, rank)

    return _dinner(dine, 4, {"table": Mutex()}, possible={"two eat": lambda shm: shm.eating[0] and shm.eating[2]})


@ENTRIES.wrong("livelock", "")
def polite_retry():
    """Who finds the second fork taken puts the first one back and tries again, and both may do so for ever."""

    def dine(shm, rank, forks):
        left, right = forks[rank], forks[1 - rank]
        while True:
            left.acquire()
            if right.try_acquire():
                break
            left.release()
            pause()
        shm.meals[rank] = 1
        right.release()
        left.release()

    return Program(dine, processes=2, shared={"meals": [0, 0]}, sync=_forks(2))


@ENTRIES.wrong("livelock", "", "sc")
def polite_for_a_while():
    """Waiting for the second fork with a timeout changes deadlock into livelock."""

    def dine(shm, rank, forks):
        while not shm.meals[rank]:
            forks[rank].acquire()
            try:
                forks[1 - rank].acquire(timeout=0.1)
            except TimeoutError:
                forks[rank].release()
                continue
            shm.meals[rank] = 1
            forks[1 - rank].release()
            forks[rank].release()

    return Program(dine, processes=2, shared={"meals": [0, 0]}, sync=_mutexes(2))


@ENTRIES.right("sc")
def goes_hungry():
    """Who finds the second fork taken goes home: nobody waits for ever, though both may go hungry."""

    def dine(shm, rank, forks):
        with forks[rank]:
            if forks[1 - rank].try_acquire():
                shm.meals[rank] = 1
                forks[1 - rank].release()

    return Program(
        dine,
        processes=2,
        shared={"meals": [0, 0]},
        sync=_mutexes(2),
        possible={"both eat": lambda shm: sum(shm.meals) == 2},
    )


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=2)
def fork_tested_unlocked():
    """Two neighbours find both forks free before either has taken them."""

    def dine(shm, rank):
        left, right = rank, 1 - rank
        while shm.taken[left] or shm.taken[right]:
            pause()
        shm.taken[left] = 1
        shm.taken[right] = 1
        shm.eating[rank] = 1
        shm.eating[rank] = 0
        shm.taken[left] = shm.taken[right] = 0

    return Program(
        dine, processes=2, shared={"taken": [0, 0], "eating": [0, 0]}, always=lambda shm: not all(shm.eating)
    )


@ENTRIES.right("sc", "tso")
def waits_for_both():
    """On a condition, everybody waits until both neighbours have stopped eating."""

    def dine(shm, rank, changed):
        with changed:
            while any(shm.eating[other] for other in range(3) if other != rank):
                changed.wait()
            shm.eating[rank] = 1
        with changed:
            shm.eating[rank] = 0
            changed.notify_all()

    return _dinner(dine, 3, {"table": Mutex(), "changed": Condition("table")})
