"""Programs that are right while every store is seen at once, and what they need where stores wait: locks without atomic
operations, owners who sleep, hand-overs. Verdicts derived by hand from the rules of TSO and PSO.

Sources: Herlihy, Shavit, The Art of Multiprocessor Programming (2nd edition, 2.3 and 7.1); Lamport, A Fast Mutual
Exclusion Algorithm (TOCS 5:1, 1987); Owens, Reasoning about the Implementation of Concurrency Abstractions on x86-TSO
(ECOOP 2010), on the Linux kernel's spinlock and Dekker-like waiting; the Linux kernel's memory-barriers.txt, on sleep
and wake-up; Chase, Lev, Dynamic Circular Work-Stealing Deque (SPAA 2005).
"""

from shmlab import Program, Semaphore, compare_exchange, exchange, fence, load_acquire, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


# Sleep and wake-up: each stores something and then looks at what the other one has stored.


def _work_and_sleep(post, take):
    return Program(
        [post, take],
        shared={"work": 0, "sleeping": 0, "done": 0},
        sync={"bell": Semaphore(0)},
        invariant=lambda shm: shm.done == 1,
    )


def _post_fenced(shm, bell):
    shm.work = 1
    fence()
    if shm.sleeping:
        bell.release()


def _take_fenced(shm, bell):
    shm.sleeping = 1
    fence()
    if not shm.work:
        bell.acquire()
    shm.done = 1


def _take_unfenced(shm, bell):
    shm.sleeping = 1
    if not shm.work:
        bell.acquire()
    shm.done = 1


@ENTRIES.right()
def wake_up_with_two_fences():
    """One of the two stores is seen by the other's look, as both are in memory before the looks."""
    return _work_and_sleep(_post_fenced, _take_fenced)


@ENTRIES.right("sc")
@ENTRIES.wrong("deadlock", None, "tso", "pso", preemptions=0)
def wake_up_without_fences():
    """Both stores wait while both look: nobody rings, and the worker sleeps for ever."""

    def post(shm, bell):
        shm.work = 1
        if shm.sleeping:
            bell.release()

    return _work_and_sleep(post, _take_unfenced)


@ENTRIES.right("sc")
@ENTRIES.wrong("deadlock", None, "tso", "pso")
def wake_up_with_one_fence():
    """The fence of one side does not empty the other's buffer."""
    return _work_and_sleep(_post_fenced, _take_unfenced)


@ENTRIES.right()
def wake_up_by_exchange():
    """An exchange stores and empties the buffer in one step, as the Linux kernel's set_current_state does."""

    def take(shm, bell):
        exchange(shm, "sleeping", 1)
        if not shm.work:
            bell.acquire()
        shm.done = 1

    return _work_and_sleep(_post_fenced, take)


# Owner and thief: the last item of a deque goes to one of them.


def _last_item(take):
    """`head` and `tail` as Chase and Lev have them: one item, at 0; the thief takes it from the head."""

    def steal(shm):
        head = shm.head
        if head < shm.tail and compare_exchange(shm, "head", head, head + 1):
            shm.stolen = 1

    return Program(
        [take, steal],
        shared={"head": 0, "tail": 1, "taken": 0, "stolen": 0},
        invariant=lambda shm: shm.taken + shm.stolen == 1,
    )


@ENTRIES.right()
def last_item_with_a_fence():
    """The owner lowers the tail, and the thief sees it or has raised the head already; the swap decides."""

    def take(shm):
        shm.tail = 0
        fence()
        head = shm.head
        if head == 0 and compare_exchange(shm, "head", 0, 1):
            shm.taken = 1

    return _last_item(take)


def _take_two_of(fenced):
    """Two items; the owner takes one without a swap where it sees that more than one is left."""

    def take(shm):
        for _ in range(2):
            tail = shm.tail - 1
            shm.tail = tail
            if fenced:
                fence()
            head = shm.head
            if head < tail or (head == tail and compare_exchange(shm, "head", head, head + 1)):
                shm.got[tail] += 1

    def steal(shm):
        for _ in range(2):
            head = shm.head
            if head < shm.tail and compare_exchange(shm, "head", head, head + 1):
                shm.stolen[head] += 1

    return Program(
        [take, steal],
        shared={"head": 0, "tail": 2, "got": [0, 0], "stolen": [0, 0]},
        always=lambda shm: all(got + stolen <= 1 for got, stolen in zip(shm.got, shm.stolen, strict=True)),
    )


@ENTRIES.right()
def work_stealing_with_a_fence():
    """The lowered tail is in memory before the owner looks at the head, so no item is taken twice."""
    return _take_two_of(fenced=True)


@ENTRIES.right("sc")
@ENTRIES.wrong("always", "missing fence", "tso", "pso")
def work_stealing_without_a_fence():
    """The tail still waits while the thief takes both, and the owner takes the second one without a swap."""
    return _take_two_of(fenced=False)


# A spinlock freed by a plain store, and what is loaded after it.


def _locked(unlock):
    def work(shm):
        while exchange(shm, "lock", 1):
            pause()
        shm.counter += 1
        unlock(shm)

    return Program(
        work, processes=2, shared={"lock": 0, "counter": 0}, invariant=lambda shm: (shm.counter, shm.lock) == (2, 0)
    )


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("invariant", None, "pso")
def spinlock_freed_by_a_store():
    """Linux frees its spinlock on x86 by a plain store: right, as stores keep their order there, and only there."""

    def unlock(shm):
        shm.lock = 0

    return _locked(unlock)


@ENTRIES.right()
def spinlock_freed_by_a_release():
    """A release is last of all that came before it, under every model."""

    def unlock(shm):
        store_release(shm, "lock", 0)

    return _locked(unlock)


# A message with two words over a box.


def _box(publish, consume):
    def writer(shm):
        for number in (1, 2):
            publish(shm, number)

    def reader(shm):
        for number in (1, 2):
            got = consume(shm)
            assert got == (number, number), f"got {got}"

    return Program([writer, reader], shared={"full": 0, "left": 0, "right": 0})


def _put(shm, number):
    while load_acquire(shm, "full"):
        pause()
    shm.left = number
    shm.right = number
    store_release(shm, "full", 1)


def _get(shm):
    while not load_acquire(shm, "full"):
        pause()
    got = shm.left, shm.right
    store_release(shm, "full", 0)
    return got


@ENTRIES.right()
def box_released():
    """The box is said to be full when it is, and empty when it was read."""
    return _box(_put, _get)


@ENTRIES.wrong("exception", None, preemptions=2)
def box_emptied_before_it_is_read():
    """The writer, interrupted while it waits, fills the box again while the reader is interrupted between two loads."""

    def get(shm):
        while not load_acquire(shm, "full"):
            pause()
        store_release(shm, "full", 0)
        return shm.left, shm.right

    return _box(_put, get)


@ENTRIES.right("sc", "tso")
@ENTRIES.wrong("exception", None, "pso")
def box_plain():
    """Plain stores keep their order under TSO; under PSO the flag overtakes the words."""

    def put(shm, number):
        while shm.full:
            pause()
        shm.left = number
        shm.right = number
        shm.full = 1

    return _box(put, _get)


# Lamport's bakery for two, where a number is chosen while others look.


def _bakery(fenced):
    def work(shm, rank):
        other = 1 - rank
        shm.choosing[rank] = 1
        if fenced:
            fence()
        shm.number[rank] = shm.number[other] + 1
        if fenced:
            fence()
        shm.choosing[rank] = 0
        if fenced:
            fence()
        while shm.choosing[other]:
            pause()
        while shm.number[other] and (shm.number[other], other) < (shm.number[rank], rank):
            pause()
        shm.counter += 1
        store_release(shm.number, rank, 0)

    return Program(
        work,
        processes=2,
        shared={"choosing": [0, 0], "number": [0, 0], "counter": 0},
        invariant=lambda shm: shm.counter == 2,
    )


@ENTRIES.right()
def bakery_with_fences():
    """Who looks has its own number in memory, and that it has chosen."""
    return _bakery(fenced=True)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", None, "tso", "pso")
def bakery_without_fences():
    """Both numbers wait while both look, and both find that the other has none."""
    return _bakery(fenced=False)


# Lamport's fast lock: the first lines, whose order everything rests on.


def _fast(fenced):
    """Who finds nobody in y, and itself in x after it has written y, is alone on the fast path; others give up."""

    def work(shm, rank):
        me = rank + 1
        shm.x = me
        if fenced:
            fence()
        if shm.y:
            return
        shm.y = me
        if fenced:
            fence()
        if shm.x == me:
            shm.inside[rank] = 1

    return Program(
        work, processes=2, shared={"x": 0, "y": 0, "inside": [0, 0]}, invariant=lambda shm: sum(shm.inside) <= 1
    )


@ENTRIES.right()
def fast_path_with_fences():
    """Of two who found y empty, only who wrote x last finds itself there."""
    return _fast(fenced=True)


@ENTRIES.right("sc")
@ENTRIES.wrong("invariant", "missing fence", "tso", "pso", preemptions=0)
def fast_path_without_fences():
    """Each finds its own store to x in its buffer, and nobody in y."""
    return _fast(fenced=False)
