"""Repairs for names that concern locks: missing release, wrong lock, circular wait."""

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import IMPOSSIBLE, Repair, drained, passed, source_of
from shmlab.explorer.model.state import BUFFER, HOLDS, NODE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import FREE, READY, changed


class Holdings(Repair):
    """Notes what each process has acquired and not released: for each rank ((number of an object, the expression that
    acquired it), …)."""

    def start(self, state):
        return ((),) * len(state[PROCESSES])

    @staticmethod
    def numbers(notes, rank):
        """Return the numbers of the objects that a process has."""
        return [number for number, _ in notes[rank]]

    def follow(self, notes, state, move, after):
        for done in passed(self.model, state, move, after):
            op = self.nodes[done.node].op
            holdings = notes[done.rank]
            if takes(op, done.observed):
                holdings = (*holdings, (op.place, source_of(self.nodes[done.node])))
            elif op.kind == "release" and done.observed is None:
                holdings = without(holdings, op.place)
            notes = (*notes[: done.rank], holdings, *notes[done.rank + 1 :])
        return after, notes


def without(holdings, number):
    """Return what a process still has after it has released an object: its last acquisition of that object is
    dropped."""
    last = max((index for index, (other, _) in enumerate(holdings) if other == number), default=None)
    return holdings if last is None else (*holdings[:last], *holdings[last + 1 :])


def takes(op, observed):
    """Return whether an operation that observed this has acquired its object."""
    return op.kind in ("acquire", "try_acquire") and observed in (True, ops.OWNER_DIED)


class ReleasedAtTheEnd(Holdings):
    """Missing release: a process that ends releases the objects `wanted` that it still has, and so does one that comes
    back to the expression that acquired them. `semaphores`: those of them that are no mutexes."""

    def __init__(self, model, wanted, semaphores):
        super().__init__(model)
        self._objects, self._semaphores = wanted, semaphores

    def follow(self, notes, state, move, after):
        rank = move[0]
        if self._comes_back(notes, state, rank):
            state, notes = self._release(notes, state, rank)
            after = dict(self.model.successors(state)).get(move, after)
        after, notes = super().follow(notes, state, move, after)
        for other, process in enumerate(after[PROCESSES]):
            unreleased = set(self.numbers(notes, other)) & self._objects
            if unreleased and process[NODE] in self.model.behaviour.ends:
                after = drained(after, other)
                for number in unreleased:
                    after = self._given_back(after, other, number)
                    notes = (*notes[:other], without(notes[other], number), *notes[other + 1 :])
        return after, notes

    def more(self, notes, state):
        """Yield the moves of a process that comes back to a semaphore without a unit: it would wait for itself."""
        for rank in range(len(state[PROCESSES])):
            if self._comes_back(notes, state, rank) and not state[SYNC][self.node(state, rank).op.place]:
                number = self.node(state, rank).op.place
                if number in self._semaphores:
                    released, fewer = self._release(notes, state, rank)
                    move = (rank, "go")
                    yield move, super().follow(fewer, released, move, self.model.move(released, move))

    def _comes_back(self, notes, state, rank):
        node = self.node(state, rank)
        again = (node.op.place, source_of(node)) in notes[rank]
        return (
            node.op.kind == "acquire"
            and node.op.place in self._objects
            and again
            and not state[PROCESSES][rank][BUFFER]
        )

    def _release(self, notes, state, rank):
        number = self.node(state, rank).op.place
        state = self._given_back(state, rank, number)
        return state, (*notes[:rank], without(notes[rank], number), *notes[rank + 1 :])

    def _given_back(self, state, rank, number):
        value = state[SYNC][number] + 1 if number in self._semaphores else FREE
        holds = tuple(entry for entry in state[PROCESSES][rank][HOLDS] if entry[0] != number)
        return self.model.with_phase(state, rank, READY, changed(state[SYNC], number, value), holds)


class OneLock(Holdings):
    """Wrong lock: the objects `wanted` exclude each other between processes, as if they were one lock."""

    def __init__(self, model, wanted):
        super().__init__(model)
        self._objects = wanted

    def follow(self, notes, state, move, after):
        op = self.node(state, move[0]).op
        if op.kind in ("acquire", "try_acquire", "wait") and op.place in self._objects:
            others = {number for rank in range(len(notes)) if rank != move[0] for number in self.numbers(notes, rank)}
            if others & self._objects:
                return IMPOSSIBLE
        return super().follow(notes, state, move, after)


class Circles(ReleasedAtTheEnd):
    """Circular wait: finds processes that wait for each other."""

    def __init__(self, model, wanted=frozenset(), semaphores=frozenset()):
        super().__init__(model, wanted, semaphores)

    def wanted(self, state, rank):
        """Return the number of the object that a process waits to acquire, or None."""
        op = self.node(state, rank).op
        return op.place if op.kind == "acquire" else None

    def circle(self, state, notes):
        """Return the ranks of processes of which each waits for what the next one has; None if there are none."""
        for first in range(len(notes)):
            ranks, rank = [], first
            while rank is not None and rank not in ranks:
                ranks.append(rank)
                rank = self._owner(state, notes, rank)
            if rank == first and len(ranks) > 1:
                return tuple(ranks)
        return None

    def _owner(self, state, notes, rank):
        wanted = self.wanted(state, rank)
        owners = [other for other in range(len(notes)) if other != rank and wanted in self.numbers(notes, other)]
        return next((other for other in owners if self.wanted(state, other) is not None), None)


def is_lock(model, number):
    """Return whether an object is used as a lock, as far as its users were seen: every function that releases it also
    acquires it, and every function that acquires it also releases it."""
    acquires, releases = set(), set()
    for node in model.behaviour.nodes[1:]:
        if node.op.place == number and node.op.kind in ("acquire", "try_acquire"):
            acquires.add(node.root)
        elif node.op.place == number and node.op.kind == "release":
            releases.add(node.root)
    return acquires == releases


def is_released(model, number):
    """Return whether some process was seen to release an object."""
    return any(node.op.place == number and node.op.kind == "release" for node in model.behaviour.nodes[1:])


def releases_its_own(model, number):
    """Return whether some function was seen both to acquire and to release an object."""
    users = [
        {node.root for node in model.behaviour.nodes[1:] if node.op.place == number and node.op.kind in kinds}
        for kinds in (("acquire", "try_acquire"), ("release",))
    ]
    return bool(set.intersection(*users))


def locks_at(model, trail, steps):
    """Return the objects that processes have at these steps of a Trail, if each process has one and they have none in
    common; else none."""
    holdings = Holdings(model)
    notes, common = holdings.start(trail.states[0]), {}
    for index, move in enumerate(trail.schedule):
        if index in steps:
            held = set(holdings.numbers(notes, move[0]))
            common[move[0]] = common.get(move[0], held) & held
        _, notes = holdings.follow(notes, trail.states[index], move, trail.states[index + 1])
    if len(common) < 2 or not all(common.values()) or set.intersection(*common.values()):
        return frozenset()
    return frozenset().union(*common.values())


def begins_free(declared):
    """Return whether an object can be a lock: a mutex, or a semaphore that starts with a unit. A semaphore without a
    unit is a signal."""
    if isinstance(declared, primitives.Semaphore):
        return declared.initial > 0
    return isinstance(declared, primitives.Mutex)
