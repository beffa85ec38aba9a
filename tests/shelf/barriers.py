"""Nobody goes on before everybody has come: barriers made of semaphores, conditions and atomic steps."""

from shmlab import Barrier, Condition, Mutex, Program, Semaphore, fetch_add, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


def _together(shm):
    """Nobody is more than one round ahead of anybody."""
    return max(shm.rounds) - min(shm.rounds) <= 1


def _in_rounds(walk, processes, sync=None, **shared):
    return Program(
        walk,
        processes=processes,
        shared={"rounds": [0] * processes} | shared,
        sync=sync,
        always=_together,
        invariant=lambda shm: min(shm.rounds) == max(shm.rounds),
    )


# Used once.


def _one_shot(pass_through):
    """Three processes that each note how many have come once they are through."""

    def work(shm, rank, mutex, door):
        shm.came[rank] = 1
        pass_through(shm, mutex, door)
        shm.seen[rank] = sum(shm.came)

    return Program(
        work,
        processes=3,
        shared={"came": bytes(3), "seen": bytes(3), "count": 0},
        sync={"mutex": Mutex(), "door": Semaphore(0)},
        invariant=lambda shm: list(shm.seen) == [3, 3, 3],
    )


@ENTRIES.right("sc", "tso")
def one_shot():
    """The last to come opens the door, and each who passes holds it open for the next."""

    def pass_through(shm, mutex, door):
        with mutex:
            shm.count += 1
            if shm.count == 3:
                door.release()
        door.acquire()
        door.release()

    return _one_shot(pass_through)


@ENTRIES.right("sc")
def one_shot_tested_unlocked():
    """Looks wrong, is right: two may take themselves for the last one, but a door opened twice is only open."""

    def pass_through(shm, mutex, door):
        with mutex:
            shm.count += 1
        if shm.count == 3:
            door.release()
        door.acquire()
        door.release()

    return _one_shot(pass_through)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def last_posts_once():
    """The last one opens the door for one, and two stand before it."""

    def pass_through(shm, mutex, door):
        with mutex:
            shm.count += 1
            if shm.count == 3:
                door.release()
        door.acquire()

    return _one_shot(pass_through)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=1)
def counted_without_mutex():
    """An arrival is lost from the count, and so nobody is ever the last."""

    def pass_through(shm, mutex, door):
        shm.count += 1
        if shm.count == 3:
            door.release()
        door.acquire()
        door.release()

    return _one_shot(pass_through)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def waits_with_the_mutex():
    """Who waits at the door keeps the mutex that the others need to get there."""

    def pass_through(shm, mutex, door):
        with mutex:
            shm.count += 1
            if shm.count == 3:
                door.release()
            door.acquire()
            door.release()

    return _one_shot(pass_through)


# Used again.


@ENTRIES.right("sc")
def two_turnstiles():
    """Everybody leaves the barrier before anybody enters it again: the second turnstile sees to it."""

    def walk(shm, rank, mutex, entry, way_out):
        for _ in range(2):
            shm.rounds[rank] += 1
            with mutex:
                shm.count += 1
                if shm.count == 3:
                    for _ in range(3):
                        entry.release()
            entry.acquire()
            with mutex:
                shm.count -= 1
                if shm.count == 0:
                    for _ in range(3):
                        way_out.release()
            way_out.acquire()

    return _in_rounds(walk, 3, {"mutex": Mutex(), "entry": Semaphore(0), "way_out": Semaphore(0)}, count=0)


@ENTRIES.wrong("always", None, "sc", preemptions=0)
def one_turnstile():
    """A fast process comes round and takes the unit that was meant for a slow one."""

    def walk(shm, rank, mutex, door):
        for _ in range(3):
            shm.rounds[rank] += 1
            with mutex:
                shm.count += 1
                if shm.count == 2:
                    shm.count = 0
                    door.release()
                    door.release()
            door.acquire()

    return _in_rounds(walk, 2, {"mutex": Mutex(), "door": Semaphore(0)}, count=0)


@ENTRIES.wrong("always", None, "sc", preemptions=2)
def count_tested_unlocked():
    """Both take themselves for the last one, and the units left over let one of them lap the other."""

    def walk(shm, rank, mutex, entry, way_out):
        for _ in range(3):
            shm.rounds[rank] += 1
            with mutex:
                shm.count += 1
            if shm.count == 2:
                entry.release()
                entry.release()
            entry.acquire()
            with mutex:
                shm.count -= 1
            if shm.count == 0:
                way_out.release()
                way_out.release()
            way_out.acquire()

    return _in_rounds(walk, 2, {"mutex": Mutex(), "entry": Semaphore(0), "way_out": Semaphore(0)}, count=0)


@ENTRIES.right("sc")
def condition_with_generation():
    """Everybody waits for the next generation, which stays told even when the count has begun again."""

    def walk(shm, rank, changed):
        for _ in range(2):
            shm.rounds[rank] += 1
            with changed:
                mine = shm.generation
                shm.count += 1
                if shm.count == 3:
                    shm.count = 0
                    shm.generation += 1
                    changed.notify_all()
                while shm.generation == mine:
                    changed.wait()

    return _in_rounds(walk, 3, {"mutex": Mutex(), "changed": Condition("mutex")}, count=0, generation=0)


@ENTRIES.wrong("deadlock", None, "sc", preemptions=0)
def condition_on_a_count_that_is_reset():
    """The last one sets the count back before anybody has seen it full, and those woken wait again."""

    def walk(shm, rank, changed):
        shm.rounds[rank] += 1
        with changed:
            shm.count += 1
            if shm.count == 2:
                shm.count = 0
                changed.notify_all()
            else:
                while shm.count < 2:
                    changed.wait()

    return _in_rounds(walk, 2, {"mutex": Mutex(), "changed": Condition("mutex")}, count=0)


@ENTRIES.right()
def the_real_thing():
    """A process barrier can be used again at once."""

    def walk(shm, rank, barrier):
        for _ in range(2):
            shm.rounds[rank] += 1
            barrier.wait()

    return _in_rounds(walk, 3, {"barrier": Barrier(3)})


@ENTRIES.wrong("deadlock", "", preemptions=0)
def a_party_too_many():
    """The barrier waits for three, and there are two."""

    def walk(shm, rank, barrier):
        shm.rounds[rank] += 1
        barrier.wait()

    return _in_rounds(walk, 2, {"barrier": Barrier(3)})


def _swap(shm, rank, barrier, before_storing):
    barrier.wait()
    theirs = shm.values[1 - rank]
    before_storing(barrier)
    shm.values[rank] = theirs


def _swapping(before_storing):
    def swap(shm, rank, barrier):
        _swap(shm, rank, barrier, before_storing)

    return Program(
        swap,
        processes=2,
        shared={"values": [1, 2]},
        sync={"barrier": Barrier(2)},
        invariant=lambda shm: list(shm.values) == [2, 1],
    )


@ENTRIES.right()
def everybody_reads_then_everybody_writes():
    """A barrier between the loads and the stores of a phase keeps old values until all have been read."""
    return _swapping(lambda barrier: barrier.wait())


@ENTRIES.wrong("invariant", None, "sc", preemptions=0)
def a_phase_without_its_barrier():
    """Who is fast stores before the other has loaded."""
    return _swapping(lambda barrier: None)


# Spinning.


@ENTRIES.right()
def spin_on_a_count_that_only_grows():
    """Looks wrong, is right: the count is never set back, and each round waits for its own multiple."""

    def walk(shm, rank):
        for _ in range(2):
            shm.rounds[rank] += 1
            came = fetch_add(shm, "count", 1)
            while shm.count < (came // 2 + 1) * 2:
                pause()

    return _in_rounds(walk, 2, count=0)


@ENTRIES.wrong("livelock", "", "sc", "tso")
def spin_on_a_count_that_is_reset():
    """Who spins misses the moment at which the count was zero, as the other has come round already."""

    def walk(shm, rank):
        for _ in range(2):
            shm.rounds[rank] += 1
            if fetch_add(shm, "count", 1) == 1:
                shm.count = 0
            else:
                while shm.count:
                    pass

    return _in_rounds(walk, 2, count=0)


def _sense_reversing(open_door):
    def walk(shm, rank):
        for sense in (1, 0):
            shm.rounds[rank] += 1
            if fetch_add(shm, "count", 1) == 1:
                shm.count = 0
                open_door(shm, sense)
            else:
                while shm.sense != sense:
                    pause()

    return _in_rounds(walk, 2, count=0, sense=0)


def _store_sense(shm, sense):
    shm.sense = sense


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("livelock", None, "pso")
def sense_reversing():
    """Each round waits for the other value of a flag; PSO may show the flag before the count is back at zero."""
    return _sense_reversing(_store_sense)


@ENTRIES.right()
def sense_reversing_with_release():
    """The flag is stored with release, after the count."""
    return _sense_reversing(lambda shm, sense: store_release(shm, "sense", sense))
