"""Algorithms without locks: compare-and-swap loops, and what they forget."""

from shmlab import Program, compare_exchange, exchange, fetch_add, load_acquire, pause, store_release

from .entry import Shelf

ENTRIES = Shelf()


# The maximum of all values.


def _maximum(raise_max, processes=2, start=0):
    """Process n raises the maximum to (5, 3, 4)[n]."""

    def work(shm, rank):
        raise_max(shm, (5, 3, 4)[rank])

    return Program(work, processes=processes, shared={"top": start}, invariant=lambda shm: shm.top == max(5, start))


@ENTRIES.right()
def raise_max():
    """Load, compare, swap, and all again when somebody else swapped."""

    def raise_max(shm, value):
        while True:
            seen = shm.top
            if seen >= value or compare_exchange(shm, "top", seen, value):
                return

    return _maximum(raise_max, processes=3)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def raise_max_no_retry():
    """Who fails to swap has not raised anything."""

    def raise_max(shm, value):
        seen = shm.top
        if value > seen:
            compare_exchange(shm, "top", seen, value)

    return _maximum(raise_max)


@ENTRIES.wrong("livelock", None, "sc", preemptions=1)
def raise_max_stale_expected():
    """It tries again with the value it expected before, which will not come back."""

    def raise_max(shm, value):
        seen = shm.top
        if value > seen:
            while not compare_exchange(shm, "top", seen, value):
                pause()

    return _maximum(raise_max)


@ENTRIES.wrong("invariant", "check-then-act", "sc", preemptions=1)
def raise_max_by_store():
    """Between the comparison and the store, another stores a greater value."""

    def raise_max(shm, value):
        if value > shm.top:
            shm.top = value

    return _maximum(raise_max)


@ENTRIES.wrong("livelock", None, "sc", "tso", preemptions=0)
def raise_max_without_leaving():
    """Who finds a greater value there already goes on trying, and never leaves."""

    def raise_max(shm, value):
        while True:
            seen = shm.top
            if value > seen and compare_exchange(shm, "top", seen, value):
                break

    return _maximum(raise_max)


# Who is first.


@ENTRIES.right()
def first_by_exchange():
    """The exchange tells exactly one of three that nobody was there."""

    def claim(shm, rank):
        if exchange(shm, "taken", 1) == 0:
            shm.winners[rank] = 1

    return Program(
        claim,
        processes=3,
        shared={"taken": 0, "winners": bytes(3)},
        invariant=lambda shm: sum(shm.winners) == 1,
    )


@ENTRIES.wrong("invariant", "check-then-act", "sc", preemptions=1)
def first_by_load():
    """Two find that nobody was there."""

    def claim(shm, rank):
        if not shm.taken:
            shm.taken = 1
            shm.winners[rank] = 1

    return Program(
        claim,
        processes=2,
        shared={"taken": 0, "winners": bytes(2)},
        invariant=lambda shm: sum(shm.winners) == 1,
    )


# Numbers for everybody.


@ENTRIES.right()
def number_by_fetch_add():
    """The old value that fetch_add returns is everybody's own."""

    def draw(shm, rank):
        shm.mine[rank] = fetch_add(shm, "next", 1)

    return Program(
        draw,
        processes=3,
        shared={"next": 1, "mine": bytes(3)},
        invariant=lambda shm: sorted(shm.mine) == [1, 2, 3],
    )


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def number_read_afterwards():
    """Looks right, is wrong: the addition is atomic, but the number is read afterwards, when both have added."""

    def draw(shm, rank):
        fetch_add(shm, "next", 1)
        shm.mine[rank] = shm.next

    return Program(
        draw,
        processes=2,
        shared={"next": 0, "mine": bytes(2)},
        invariant=lambda shm: sorted(shm.mine) == [1, 2],
    )


# The last one out.


def _last_out(drop):
    """Two share something that the last one frees, once."""
    return Program(drop, processes=2, shared={"uses": 2, "freed": 0}, invariant=lambda shm: shm.freed == 1)


@ENTRIES.right()
def last_out_by_fetch_add():
    """Who brought it from one to zero frees it."""

    def drop(shm):
        if fetch_add(shm, "uses", -1) == 1:
            shm.freed += 1

    return _last_out(drop)


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def last_out_tested_afterwards():
    """Both see zero afterwards, and both free it."""

    def drop(shm):
        fetch_add(shm, "uses", -1)
        if shm.uses == 0:
            fetch_add(shm, "freed", 1)

    return _last_out(drop)


@ENTRIES.wrong("invariant", ("", "lost update"), "sc", preemptions=1)
def last_out_by_load_and_store():
    """A use is lost from the count, and nobody frees it."""

    def drop(shm):
        shm.uses -= 1
        if shm.uses == 0:
            shm.freed += 1

    return _last_out(drop)


# A stack of indexes: below[n] is what lies under n, 0 is nothing.


def _push(shm, node):
    while True:
        top = shm.top
        shm.below[node] = top
        if compare_exchange(shm, "top", top, node):
            return


def _pop(shm):
    while True:
        top = shm.top
        if top == 0:
            return 0
        if compare_exchange(shm, "top", top, shm.below[top]):
            return top


def _on_the_stack(shm, top):
    nodes = []
    while top and len(nodes) < len(shm.below):
        nodes.append(top)
        top = shm.below[top]
    return nodes


@ENTRIES.right()
def stack_pushed_by_three():
    """Each pushes a node of its own, and tries again when the top has changed."""

    def push(shm, rank):
        _push(shm, rank + 1)

    return Program(
        push,
        processes=3,
        shared={"top": 0, "below": [0] * 4},
        invariant=lambda shm: sorted(_on_the_stack(shm, shm.top)) == [1, 2, 3],
    )


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def stack_pushed_by_store():
    """The top is stored as if nobody else could have pushed meanwhile, and a node is lost."""

    def push(shm, rank):
        shm.below[rank + 1] = shm.top
        shm.top = rank + 1

    return Program(
        push,
        processes=2,
        shared={"top": 0, "below": [0] * 3},
        invariant=lambda shm: sorted(_on_the_stack(shm, shm.top)) == [1, 2],
    )


def _accounted_for(shm, top):
    """Every node is on the stack, or somebody's, and not both."""
    return sorted(_on_the_stack(shm, top) + [node for node in shm.owned if node]) == [1, 2]


@ENTRIES.wrong("invariant", None, "sc", preemptions=1)
def stack_aba():
    """The top is what it was, but what lies under it is not: the swap succeeds and hands out a node twice."""

    def pop_one(shm, rank):
        shm.owned[rank] = _pop(shm)

    def pop_two_and_push(shm, rank):
        first = _pop(shm)
        second = _pop(shm)
        if first:
            _push(shm, first)
        shm.owned[rank] = second

    return Program(
        [pop_one, pop_two_and_push],
        shared={"top": 1, "below": [0, 2, 0], "owned": [0, 0]},
        invariant=lambda shm: _accounted_for(shm, shm.top),
    )


@ENTRIES.right()
def stack_with_versions():
    """Each change of the top has a number of its own beside the index, so no old top comes back."""

    def swap(shm, seen, node):
        return compare_exchange(shm, "top", seen, (seen // 8 + 1) * 8 + node)

    def pop(shm):
        while True:
            seen = shm.top
            node = seen % 8
            if node == 0 or swap(shm, seen, shm.below[node]):
                return node

    def push(shm, node):
        while True:
            seen = shm.top
            shm.below[node] = seen % 8
            if swap(shm, seen, node):
                return

    def pop_one(shm, rank):
        shm.owned[rank] = pop(shm)

    def pop_two_and_push(shm, rank):
        first, second = pop(shm), pop(shm)
        if first:
            push(shm, first)
        shm.owned[rank] = second

    return Program(
        [pop_one, pop_two_and_push],
        shared={"top": 1, "below": [0, 2, 0], "owned": [0, 0]},
        invariant=lambda shm: _accounted_for(shm, shm.top % 8),
    )


# A log that everybody appends to.


def _log(append):
    def read(shm):
        while not load_acquire(shm, "used"):
            pause()
        shm.got = shm.lines[0]

    return Program([append, read], shared={"used": 0, "lines": [0, 0], "got": -1}, invariant=lambda shm: shm.got == 9)


@ENTRIES.wrong("invariant", ("", "unsafe publication"), "sc", preemptions=1)
def log_slot_taken_then_filled():
    """The slot is drawn in one atomic step, which also shows it to the reader, who finds it empty."""

    def append(shm):
        shm.lines[fetch_add(shm, "used", 1)] = 9

    return _log(append)


@ENTRIES.right()
def log_filled_then_shown():
    """The slot is filled first and shown with release."""

    def append(shm):
        shm.lines[0] = 9
        store_release(shm, "used", 1)

    return _log(append)
