"""Readers together, writers alone."""

from shmlab import Condition, Mutex, Program, Semaphore

from .entry import Shelf

ENTRIES = Shelf()


def _apart(shm):
    """Nobody reads while somebody writes, and one writes at a time."""
    return sum(shm.reading) == 0 or shm.writing == 0


def _read(shm, rank):
    shm.reading[rank] = 1
    shm.reading[rank] = 0


def _write(shm, room):
    with room:
        shm.writing = 1
        shm.writing = 0


def _room(functions, **sync):
    return Program(
        functions,
        shared={"readers": 0, "reading": [0, 0], "writing": 0},
        sync={"room": Semaphore(1)} | sync,
        always=_apart,
        possible={"two read": lambda shm: sum(shm.reading) == 2},
    )


@ENTRIES.right("sc", "tso")
def first_in_last_out():
    """The first reader takes the room and the last one gives it back, whoever that is; the count has a mutex."""

    def read(shm, rank, mutex, room):
        with mutex:
            shm.readers += 1
            if shm.readers == 1:
                room.acquire()
        _read(shm, rank)
        with mutex:
            shm.readers -= 1
            if shm.readers == 0:
                room.release()

    return _room([read, read, _write], mutex=Mutex())


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def first_reader_unlocked():
    """The count has no mutex: the second reader walks past the first, who still waits for the writer."""

    def read(shm, rank, room):
        shm.readers += 1
        if shm.readers == 1:
            room.acquire()
        _read(shm, rank)
        shm.readers -= 1
        if shm.readers == 0:
            room.release()

    return _room([read, read, _write])


@ENTRIES.wrong("always", None, "sc", preemptions=1)
def room_taken_after_the_mutex():
    """The count has a mutex, but the first reader waits for the room outside of it, and the second walks past."""

    def read(shm, rank, mutex, room):
        with mutex:
            shm.readers += 1
            first = shm.readers == 1
        if first:
            room.acquire()
        _read(shm, rank)
        with mutex:
            shm.readers -= 1
            last = shm.readers == 0
        if last:
            room.release()

    return _room([read, read, _write], mutex=Mutex())


@ENTRIES.wrong("exception", None, "sc", preemptions=2)
def room_as_a_mutex():
    """The last reader out need not be the first one in, and a mutex can only be released by its owner."""

    def read(shm, rank, mutex, room):
        with mutex:
            shm.readers += 1
            if shm.readers == 1:
                room.acquire()
        _read(shm, rank)
        with mutex:
            shm.readers -= 1
            if shm.readers == 0:
                room.release()

    return _room([read, read, _write], mutex=Mutex(), room=Mutex())


@ENTRIES.wrong("impossible", "", "sc", "tso")
def room_for_one():
    """Readers lock each other out as if they were writers."""

    def read(shm, rank, room):
        with room:
            _read(shm, rank)

    return _room([read, read, _write])


@ENTRIES.right("sc")
def turnstile():
    """A writer who waits holds the turnstile, so that readers who come later do not overtake it."""

    def read(shm, rank, turnstile, mutex, room):
        with turnstile:
            pass
        with mutex:
            shm.readers += 1
            if shm.readers == 1:
                room.acquire()
        _read(shm, rank)
        with mutex:
            shm.readers -= 1
            if shm.readers == 0:
                room.release()

    def write(shm, turnstile, room):
        with turnstile:
            _write(shm, room)

    return _room([read, read, write], mutex=Mutex(), turnstile=Semaphore(1))


@ENTRIES.wrong("impossible", "", "sc")
def turnstile_held():
    """Readers keep the turnstile while they read, and so read one by one."""

    def read(shm, rank, turnstile, room):
        with turnstile, room:
            _read(shm, rank)

    def write(shm, turnstile, room):
        with turnstile:
            _write(shm, room)

    return _room([read, read, write], turnstile=Mutex())


@ENTRIES.wrong("deadlock", "circular wait", "sc", preemptions=1)
def writers_collect_units():
    """A reader takes one unit and a writer both, one by one; two writers with one unit each wait for ever."""

    def write(shm, rank, room):
        for _ in range(2):
            room.acquire()
        shm.written += 1
        for _ in range(2):
            room.release()

    return Program(write, processes=2, shared={"written": 0}, sync={"room": Semaphore(2)})


@ENTRIES.right("sc")
def writers_collect_units_one_by_one():
    """A mutex among the writers lets one at a time collect its units."""

    def read(shm, rank, room):
        with room:
            _read(shm, rank)

    def write(shm, collecting, room):
        with collecting:
            room.acquire()
            room.acquire()
        shm.writing += 1
        shm.writing -= 1
        room.release()
        room.release()

    return _room([read, read, write, write], collecting=Mutex(), room=Semaphore(2))


@ENTRIES.right("sc")
def with_a_condition():
    """One mutex guards the state, and everybody waits on a condition for the state that suits him."""

    def read(shm, rank, changed):
        with changed:
            while shm.writers:
                changed.wait()
            shm.reading[rank] = 1
        with changed:
            shm.reading[rank] = 0
            changed.notify_all()

    def write(shm, changed):
        with changed:
            while shm.writers or any(shm.reading):
                changed.wait()
            shm.writers = 1
        with changed:
            shm.writers = 0
            changed.notify_all()

    return Program(
        [read, read, write],
        shared={"reading": [0, 0], "writers": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
        always=lambda shm: not (shm.writers and any(shm.reading)),
        possible={"two read": lambda shm: all(shm.reading)},
    )


@ENTRIES.wrong("deadlock", None, "sc", preemptions=1, spurious=False)
def writer_wakes_one():
    """A writer that leaves wakes one waiter, and the second reader sleeps on."""

    def read(shm, rank, changed):
        with changed:
            while shm.writers:
                changed.wait()
            shm.reading[rank] = 1
        with changed:
            shm.reading[rank] = 0

    def write(shm, changed):
        with changed:
            shm.writers = 1
        with changed:
            shm.writers = 0
            changed.notify()

    return Program(
        [read, read, write],
        shared={"reading": [0, 0], "writers": 0},
        sync={"mutex": Mutex(), "changed": Condition("mutex")},
    )
