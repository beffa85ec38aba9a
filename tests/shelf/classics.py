"""Problems that every course has: the multiplex, smokers, the barber, accounts, a seat."""

from shmlab import Condition, Mutex, Program, Semaphore, fetch_add, pause

from .entry import Shelf

ENTRIES = Shelf()


# Multiplex: at most two of three inside.


def _at_most_two(work, sync=None):
    return Program(
        work,
        processes=3,
        shared={"inside": bytes(3), "count": 0},
        sync=sync,
        always=lambda shm: sum(shm.inside) <= 2,
        possible={"two inside": lambda shm: sum(shm.inside) == 2},
    )


def _through(shm, rank, gate):
    with gate:
        shm.inside[rank] = 1
        shm.inside[rank] = 0


@ENTRIES.right()
def multiplex():
    """A semaphore of two units lets two of three in."""
    return _at_most_two(_through, {"gate": Semaphore(2)})


@ENTRIES.wrong("always", None, "sc", preemptions=2)
def multiplex_starts_at_three():
    """A semaphore of three units lets everybody in."""
    return _at_most_two(_through, {"gate": Semaphore(3)})


@ENTRIES.wrong("impossible", "")
def multiplex_with_a_mutex():
    """A mutex lets one in, which is fewer than wanted."""
    return _at_most_two(_through, {"gate": Mutex()})


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=3)
def multiplex_counted_by_hand():
    """Counting is atomic, and so is looking, but somebody comes in between the two."""

    def work(shm, rank):
        while shm.count >= 2:
            pause()
        fetch_add(shm, "count", 1)
        shm.inside[rank] = 1
        shm.inside[rank] = 0
        fetch_add(shm, "count", -1)

    return _at_most_two(work)


# Cigarette smokers: an agent puts two of three things on the table, and the smoker who can use both takes them.


@ENTRIES.wrong("deadlock", ("", "lost wake-up"), "sc", preemptions=0)
def smokers():
    """Who takes one thing before it is sure of the other keeps it from the smoker who could use both."""

    def agent(rank, turn, things):
        turn.acquire()
        things[rank].release()
        things[(rank + 1) % 3].release()

    def smoker(shm, rank, turn, things):
        first, second = sorted([rank % 3, (rank + 1) % 3])
        things[first].acquire()
        things[second].acquire()
        shm.smoked[rank % 3] = 1
        turn.release()

    return Program(
        [agent, agent, agent, smoker, smoker, smoker],
        shared={"smoked": bytes(3)},
        sync={"turn": Semaphore(1), "things": [Semaphore(0) for _ in range(3)]},
        invariant=lambda shm: sum(shm.smoked) == 3,
    )


@ENTRIES.right("sc")
def smokers_by_pairs():
    """The agent rings for the smoker who can use both things, on a semaphore for each pair."""

    def agent(rank, turn, pairs):
        turn.acquire()
        pairs[rank].release()

    def smoker(shm, rank, turn, pairs):
        pairs[rank - 3].acquire()
        shm.smoked[rank - 3] = 1
        turn.release()

    return Program(
        [agent, agent, agent, smoker, smoker, smoker],
        shared={"smoked": bytes(3)},
        sync={"turn": Semaphore(1), "pairs": [Semaphore(0) for _ in range(3)]},
        invariant=lambda shm: sum(shm.smoked) == 3,
    )


@ENTRIES.right("sc", spurious=False)
def smokers_who_look_at_the_table():
    """Nobody takes one thing: under the mutex, a smoker waits until both lie there, and all are told of a change."""

    def agent(shm, rank, changed):
        with changed:
            while any(shm.table):
                changed.wait()
            shm.table[rank] = shm.table[(rank + 1) % 2] = 1
            changed.notify_all()

    def smoker(shm, changed):
        with changed:
            while not all(shm.table):
                changed.wait()
            shm.table[0] = shm.table[1] = 0
            shm.smoked += 1
            changed.notify_all()

    return Program(
        [agent, agent, smoker, smoker],
        shared={"table": bytes(2), "smoked": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
        invariant=lambda shm: shm.smoked == 2 and not any(shm.table),
    )


# Sleeping barber: one chair to wait in; whoever finds it taken leaves. Both ring when they have decided.


def _barber_shop(sit_down):
    def customer(shm, mutex, bell):
        sit_down(shm, mutex)
        bell.release()

    def barber(shm, mutex, bell):
        for _ in range(2):
            bell.acquire()
            with mutex:
                if shm.waiting:
                    shm.waiting -= 1
                    shm.served += 1

    return Program(
        [customer, customer, barber],
        shared={"waiting": 0, "served": 0, "left": 0},
        sync={"mutex": Mutex(), "bell": Semaphore(0)},
        always=lambda shm: shm.waiting <= 1,
        invariant=lambda shm: shm.waiting == 0 and shm.served + shm.left == 2,
        possible={"one leaves": lambda shm: shm.left == 1, "both are served": lambda shm: shm.served == 2},
    )


@ENTRIES.right()
def barber():
    """The chair is looked at and taken under one mutex."""

    def sit_down(shm, mutex):
        with mutex:
            if shm.waiting:
                shm.left += 1
            else:
                shm.waiting += 1

    return _barber_shop(sit_down)


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=1)
def barber_with_two_on_a_chair():
    """The chair is looked at before the mutex is taken, and two sit down on it."""

    def sit_down(shm, mutex):
        if shm.waiting:
            with mutex:
                shm.left += 1
        else:
            with mutex:
                shm.waiting += 1

    return _barber_shop(sit_down)


# Accounts with a lock each.


def _move(shm, source, target, amount):
    shm.balance[source] -= amount
    shm.balance[target] += amount


def _bank(functions, accounts=2, **more):
    return Program(
        functions,
        shared={"balance": [50] * accounts, "busy": [0, 0], "seen": 100},
        sync={"locks": [Mutex() for _ in range(accounts)], "bank": Mutex()},
        **more,
    )


def _all_there(shm):
    return sum(shm.balance) == 50 * len(shm.balance)


@ENTRIES.wrong("deadlock", "circular wait", preemptions=1)
def transfer_in_argument_order():
    """Two transfers in opposite directions each hold the lock that the other wants."""

    def transfer(shm, locks, source, target, amount):
        with locks[source], locks[target]:
            _move(shm, source, target, amount)

    def there(shm, locks):
        transfer(shm, locks, source=0, target=1, amount=10)

    def back(shm, locks):
        transfer(shm, locks, source=1, target=0, amount=20)

    return _bank([there, back], invariant=_all_there)


@ENTRIES.right()
def transfer_in_lock_order():
    """The lock of the lower account is always taken first."""

    def transfer(shm, locks, source, target, amount):
        with locks[min(source, target)], locks[max(source, target)]:
            _move(shm, source, target, amount)

    def there(shm, locks):
        transfer(shm, locks, 0, 1, 10)

    def back(shm, locks):
        transfer(shm, locks, 1, 0, 20)

    return _bank([there, back], invariant=lambda shm: list(shm.balance) == [60, 40])


@ENTRIES.right("sc")
def transfer_under_a_gate():
    """Looks wrong, is right: the locks are taken in opposite orders, but only one process at a time takes locks."""

    def there(shm, locks, bank):
        with bank:
            locks[0].acquire()
            locks[1].acquire()
        _move(shm, 0, 1, 10)
        locks[0].release()
        locks[1].release()

    def back(shm, locks, bank):
        with bank:
            locks[1].acquire()
            locks[0].acquire()
        _move(shm, 1, 0, 20)
        locks[0].release()
        locks[1].release()

    return _bank([there, back], invariant=lambda shm: list(shm.balance) == [60, 40])


def _audit(shm, locks):
    with locks[0], locks[1]:
        shm.seen = sum(shm.balance)


@ENTRIES.right("sc", "tso")
def audited():
    """Both locks are held from the withdrawal to the deposit, and for the whole audit."""

    def transfer(shm, locks):
        with locks[0], locks[1]:
            _move(shm, 0, 1, 10)

    return _bank([transfer, _audit], invariant=lambda shm: shm.seen == 100)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def audited_between_two_locks():
    """Each access is locked, but the money is nowhere between the two."""

    def transfer(shm, locks):
        with locks[0]:
            shm.balance[0] -= 10
        with locks[1]:
            shm.balance[1] += 10

    return _bank([transfer, _audit], invariant=lambda shm: shm.seen == 100)


def _between_pairs(hold):
    """Process 0 moves money between accounts 0 and 1, process 1 between 2 and 3."""

    def transfer(shm, rank, locks, bank):
        with hold(rank, locks, bank):
            shm.busy[rank] = 1
            _move(shm, 2 * rank, 2 * rank + 1, 10)
            shm.busy[rank] = 0

    return _bank(
        [transfer, transfer],
        accounts=4,
        invariant=_all_there,
        possible={"both at once": lambda shm: all(shm.busy)},
    )


@ENTRIES.right("sc")
def a_lock_for_each_pair():
    """Transfers between different accounts can be under way at once."""
    return _between_pairs(lambda rank, locks, bank: locks[2 * rank])


@ENTRIES.wrong("impossible", "", "sc")
def a_lock_for_the_bank():
    """One lock for everything: transfers between different accounts wait for each other."""
    return _between_pairs(lambda rank, locks, bank: bank)


@ENTRIES.wrong("exception", "", preemptions=0)
def transfer_to_oneself():
    """The source is the target, and its mutex is acquired twice."""

    def transfer(shm, locks, source=1, target=1):
        with locks[source], locks[target]:
            _move(shm, source, target, 10)

    return _bank([transfer])


def _withdrawals(withdraw):
    return Program(
        withdraw,
        processes=2,
        shared={"balance": 100, "refused": 0},
        sync={"lock": Mutex()},
        always=lambda shm: shm.balance >= 0,
        invariant=lambda shm: shm.balance == 30 and shm.refused == 1,
    )


@ENTRIES.right()
def withdraw():
    """Whether there is enough is asked under the lock under which it is taken."""

    def withdraw(shm, lock):
        with lock:
            if shm.balance >= 70:
                shm.balance -= 70
            else:
                shm.refused += 1

    return _withdrawals(withdraw)


@ENTRIES.wrong("always", "check-then-act", "sc", preemptions=1)
def withdraw_tested_outside():
    """Both find that there is enough, and one after the other takes it."""

    def withdraw(shm, lock):
        enough = shm.balance >= 70
        with lock:
            if enough:
                shm.balance -= 70
            else:
                shm.refused += 1

    return _withdrawals(withdraw)


# A seat.


def _seat(reserve):
    return Program(
        reserve,
        processes=2,
        shared={"seat": 0, "sold": 0},
        sync={"lock": Mutex()},
        invariant=lambda shm: shm.sold == 1,
        possible={f"{rank} gets it": lambda shm, rank=rank: shm.seat == rank + 1 for rank in range(2)},
    )


def _buy(shm, rank):
    shm.seat = rank + 1
    shm.sold += 1


@ENTRIES.right()
def reserve():
    """Test and purchase are under one lock."""

    def reserve(shm, rank, lock):
        with lock:
            if shm.seat == 0:
                _buy(shm, rank)

    return _seat(reserve)


@ENTRIES.wrong("invariant", "check-then-act", "sc", preemptions=1)
def reserve_tested_outside():
    """Both find the seat free, and both buy it, one after the other."""

    def reserve(shm, rank, lock):
        if shm.seat == 0:
            with lock:
                _buy(shm, rank)

    return _seat(reserve)


@ENTRIES.right()
def reserve_tested_twice():
    """The test outside only saves the lock; the one inside decides."""

    def reserve(shm, rank, lock):
        if shm.seat != 0:
            return
        lock.acquire()
        try:
            if shm.seat == 0:
                _buy(shm, rank)
        finally:
            lock.release()

    return _seat(reserve)


@ENTRIES.wrong("invariant", "", preemptions=0)
def nobody_buys():
    """Nothing is sold twice when nothing is sold."""

    def reserve(shm, lock):
        with lock:
            shm.seat = 0

    return _seat(reserve)


# A pipeline.


@ENTRIES.right("sc", "tso")
def pipeline():
    """Three stages with a semaphore between each two: every item passes all of them in order."""

    def stage(shm, rank, filled):
        for index in range(2):
            if rank:
                filled[rank - 1].acquire()
            shm.items[index] = 10 * shm.items[index] + rank + 1
            filled[rank].release()

    return Program(
        stage,
        processes=3,
        shared={"items": [0, 0]},
        sync={"filled": [Semaphore(0) for _ in range(3)]},
        invariant=lambda shm: list(shm.items) == [123, 123],
    )


@ENTRIES.wrong("invariant", None, "sc", preemptions=0)
def pipeline_of_one_semaphore():
    """One semaphore for all stages: the last one takes the unit that the first has left for the second."""

    def stage(shm, rank, filled):
        if rank:
            filled.acquire()
        shm.item = 10 * shm.item + rank + 1
        filled.release()

    return Program(
        stage,
        processes=3,
        shared={"item": 0},
        sync={"filled": Semaphore(0)},
        invariant=lambda shm: shm.item == 123,
    )
