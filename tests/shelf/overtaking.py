"""How often one who waits is overtaken: locks and readers–writers that are fair, and those that are not.

Sources: Courtois, Heymans, Parnas, Concurrent Control with Readers and Writers, 1971; Morris, A Starvation-free
Solution to the Mutual Exclusion Problem, 1979; Downey, The Little Book of Semaphores, 4.2 and 4.3; Herlihy and Shavit,
The Art of Multiprocessor Programming, 2.7 and 7.2.
"""

from shmlab import Mutex, Program, Semaphore, exchange, fetch_add, pause

from .entry import Shelf

ENTRIES = Shelf()


def _waits(shm, rank):
    shm.since[rank] = shm.entered


def _enters(shm, rank):
    shm.since[rank] = -1
    fetch_add(shm, "entered", 1)


def _program(functions, most, fields, **sync):
    """The last of the functions may be overtaken so many times."""
    shared = fields | {"entered": 0, "since": [-1] * len(functions)}
    return Program(functions, shared=shared, sync=sync, overtaken={functions[-1].__name__: most})


# Readers and writers


def _readers_first(most):
    def read(shm, rank, mutex, room):
        for _ in range(2):
            with mutex:
                shm.readers += 1
                if shm.readers == 1:
                    room.acquire()
            fetch_add(shm, "entered", 1)
            with mutex:
                shm.readers -= 1
                if shm.readers == 0:
                    room.release()

    def write(shm, rank, room):
        _waits(shm, rank)
        with room:
            _enters(shm, rank)

    return _program([read, read, write], most, {"readers": 0}, mutex=Mutex(), room=Semaphore(1))


@ENTRIES.wrong("always", "", "sc")
def readers_first_with_a_bound():
    """While one reader is inside, the other one comes again: all four reads may come before the writer."""
    return _readers_first(3)


@ENTRIES.right("sc")
def readers_first_who_come_to_an_end():
    """Nobody else is there to overtake the writer a fifth time."""
    return _readers_first(4)


def _turnstile(most):
    def read(shm, turnstile, mutex, room):
        for _ in range(2):
            with turnstile:
                pass
            with mutex:
                shm.readers += 1
                if shm.readers == 1:
                    room.acquire()
            fetch_add(shm, "entered", 1)
            with mutex:
                shm.readers -= 1
                if shm.readers == 0:
                    room.release()

    def write(shm, rank, turnstile, room):
        with turnstile:
            _waits(shm, rank)
            with room:
                _enters(shm, rank)

    sync = {"mutex": Mutex(), "room": Semaphore(1), "turnstile": Semaphore(1)}
    return _program([read, read, write], most, {"readers": 0}, **sync)


@ENTRIES.right("sc")
def turnstile_lets_each_overtake_once():
    """A writer in the turnstile is overtaken by the two readers that have passed it already, and by nobody again."""
    return _turnstile(2)


@ENTRIES.wrong("always", "", "sc")
def turnstile_passed_by_two():
    """Both readers may have passed the turnstile before the writer came: once is not the bound."""
    return _turnstile(1)


def _writers_first(most):
    def write(shm, mutex, turnstile, room):
        for _ in range(2):
            with mutex:
                shm.writers += 1
                if shm.writers == 1:
                    turnstile.acquire()
            with room:
                fetch_add(shm, "entered", 1)
            with mutex:
                shm.writers -= 1
                if shm.writers == 0:
                    turnstile.release()

    def read(shm, rank, turnstile, room):
        _waits(shm, rank)
        with turnstile, room:
            _enters(shm, rank)

    sync = {"mutex": Mutex(), "room": Mutex(), "turnstile": Semaphore(1)}
    return _program([write, write, read], most, {"writers": 0}, **sync)


@ENTRIES.wrong("always", "", "sc")
def writers_first_with_a_bound():
    """While one writer is there the other one comes again, so that the reader waits for all four of them."""
    return _writers_first(3)


@ENTRIES.right("sc")
def writers_first_who_come_to_an_end():
    """After four times of writing the turnstile is free."""
    return _writers_first(4)


# Locks


def _morris(most):
    def pass_both(shm, rank, mutex, doors, waits):
        with mutex:
            shm.before[0] += 1
            if waits:
                _waits(shm, rank)
        doors[0].acquire()
        shm.before[1] += 1
        with mutex:
            shm.before[0] -= 1
            last = shm.before[0] == 0
        doors[1 if last else 0].release()
        doors[1].acquire()
        shm.before[1] -= 1
        _enters(shm, rank)
        doors[0 if shm.before[1] == 0 else 1].release()

    def hurry(shm, rank, mutex, doors):
        for _ in range(3):
            pass_both(shm, rank, mutex, doors, False)

    def wait(shm, rank, mutex, doors):
        pass_both(shm, rank, mutex, doors, True)

    return _program([hurry, wait], most, {"before": [0, 0]}, mutex=Mutex(), doors=[Semaphore(1), Semaphore(0)])


@ENTRIES.right("sc")
def morris_two_doors():
    """One who is counted before the first door is overtaken by who is behind it, and once more by who comes with it."""
    return _morris(2)


@ENTRIES.wrong("always", None, "sc")
def morris_two_doors_once():
    """The same process may be behind the first door, come again, and go through the second one first: twice."""
    return _morris(1)


def _ticket(most):
    def hurry(shm, rank):
        for _ in range(3):
            mine = fetch_add(shm, "next", 1)
            while shm.serving != mine:
                pause()
            _enters(shm, rank)
            fetch_add(shm, "serving", 1)

    def wait(shm, rank):
        mine = fetch_add(shm, "next", 1)
        _waits(shm, rank)
        while shm.serving != mine:
            pause()
        _enters(shm, rank)
        fetch_add(shm, "serving", 1)

    return _program([hurry, wait], most, {"next": 0, "serving": 0})


@ENTRIES.right("sc")
def ticket_is_first_come_first_served():
    """Whoever has a ticket is overtaken by the one with the ticket before it, and by nobody else."""
    return _ticket(1)


@ENTRIES.wrong("always", None, "sc")
def ticket_behind_one():
    """The other one may have drawn its ticket first."""
    return _ticket(0)


@ENTRIES.wrong("always", None, "sc")
def test_and_set_has_no_queue():
    """Each time that the lock is free the other one may be faster, three times of three."""

    def hurry(shm, rank):
        for _ in range(3):
            while exchange(shm, "taken", 1):
                pause()
            _enters(shm, rank)
            shm.taken = 0

    def wait(shm, rank):
        _waits(shm, rank)
        while exchange(shm, "taken", 1):
            pause()
        _enters(shm, rank)
        shm.taken = 0

    return _program([hurry, wait], 2, {"taken": 0})
