"""The repairs of the names that are about locks: missing release, wrong lock, circular wait."""

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import IMPOSSIBLE, Repair, drained, passed, source_of
from shmlab.explorer.model.state import BUFFER, HOLDS, MEMORY, NODE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import FREE, READY, changed


class Holdings(Repair):
    """Notes what each process has acquired and not released: for each rank, (number of an object, the expression that
    acquired it)."""

    def start(self, state):
        return ((),) * len(state[PROCESSES])

    @staticmethod
    def numbers(notes, rank):
        """The numbers of the objects that a process has."""
        return [number for number, _ in notes[rank]]

    def follow(self, notes, state, move, after):
        for one in passed(self.model, state, move, after):
            op = self.nodes[one.node].op
            mine = notes[one.rank]
            if takes(op, one.observed):
                mine = (*mine, (op.place, source_of(self.nodes[one.node])))
            elif op.kind == "release" and one.observed is None:
                mine = without(mine, op.place)
            notes = (*notes[: one.rank], mine, *notes[one.rank + 1 :])
        return after, notes


def without(mine, number):
    """What a process still has after it has released an object, which it acquired last."""
    last = max((at for at, (other, _) in enumerate(mine) if other == number), default=None)
    return mine if last is None else (*mine[:last], *mine[last + 1 :])


def takes(op, observed):
    """Whether an operation that observed this has taken what it is for."""
    return op.kind in ("acquire", "try_acquire") and observed in (True, ops.OWNER_DIED)


class ReleasedAtTheEnd(Holdings):
    """Missing release: a process that ends gives back the objects `wanted`, if it still has them, and so does one that
    comes back to the expression that acquired them. `semaphores`: those among them that are no mutexes."""

    def __init__(self, model, wanted, semaphores):
        super().__init__(model)
        self._objects, self._semaphores = wanted, semaphores

    def follow(self, notes, state, move, after):
        rank = move[0]
        if self._comes_back(notes, state, rank):
            state, notes = self._given_back(notes, state, rank)
            after = dict(self.model.successors(state)).get(move, after)
        after, notes = super().follow(notes, state, move, after)
        for other, process in enumerate(after[PROCESSES]):
            mine = set(self.numbers(notes, other)) & self._objects
            if mine and process[NODE] in self.model.behaviour.ends:
                after = drained(after, other)
                for number in mine:
                    value = after[SYNC][number] + 1 if number in self._semaphores else FREE
                    after = (after[MEMORY], changed(after[SYNC], number, value), *after[2:])
                    notes = (*notes[:other], without(notes[other], number), *notes[other + 1 :])
        return after, notes

    def more(self, notes, state):
        """A process that comes back to a semaphore without a unit waits for itself."""
        for rank in range(len(state[PROCESSES])):
            if self._comes_back(notes, state, rank) and not state[SYNC][self.node(state, rank).op.place]:
                number = self.node(state, rank).op.place
                if number in self._semaphores:
                    there, less = self._given_back(notes, state, rank)
                    move = (rank, "go")
                    yield move, super().follow(less, there, move, self.model.move(there, move))

    def _comes_back(self, notes, state, rank):
        node = self.node(state, rank)
        again = (node.op.place, source_of(node)) in notes[rank]
        return (
            node.op.kind == "acquire"
            and node.op.place in self._objects
            and again
            and not state[PROCESSES][rank][BUFFER]
        )

    def _given_back(self, notes, state, rank):
        number = self.node(state, rank).op.place
        value = state[SYNC][number] + 1 if number in self._semaphores else FREE
        held = tuple(one for one in state[PROCESSES][rank][HOLDS] if one[0] != number)
        state = self.model.with_phase(state, rank, READY, changed(state[SYNC], number, value), held)
        return state, (*notes[:rank], without(notes[rank], number), *notes[rank + 1 :])


class OneLock(Holdings):
    """Wrong lock: the objects `wanted` exclude each other between processes, as if all were one lock."""

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
    """Circular wait: finds the processes that wait for each other."""

    def __init__(self, model, wanted=frozenset(), semaphores=frozenset()):
        super().__init__(model, wanted, semaphores)

    def wanted(self, state, rank):
        """The object that a process waits to acquire, or None."""
        op = self.node(state, rank).op
        return op.place if op.kind == "acquire" else None

    def circle(self, state, notes):
        """The ranks of processes each of which waits for what the next one has; None where there are none."""
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
    """Whether an object is used as a lock, as far as its users were seen: whoever releases it has acquired it, and
    whoever acquires it releases it, each of them on some way through its function."""
    acquires, releases = set(), set()
    for node in model.behaviour.nodes[1:]:
        if node.op.place == number and node.op.kind in ("acquire", "try_acquire"):
            acquires.add(node.root)
        elif node.op.place == number and node.op.kind == "release":
            releases.add(node.root)
    return acquires == releases


def is_released(model, number):
    """Whether some process was seen to release an object."""
    return any(node.op.place == number and node.op.kind == "release" for node in model.behaviour.nodes[1:])


def releases_its_own(model, number):
    """Whether some process was seen to release an object that its function acquires, too."""
    users = [
        {node.root for node in model.behaviour.nodes[1:] if node.op.place == number and node.op.kind in kinds}
        for kinds in (("acquire", "try_acquire"), ("release",))
    ]
    return bool(set.intersection(*users))


def locks_at(model, trail, steps):
    """The objects that processes have at these steps of a Trail, where each process has one and they have none in
    common; else none."""
    holdings = Holdings(model)
    notes, found = holdings.start(trail.states[0]), {}
    for index, move in enumerate(trail.schedule):
        if index in steps:
            mine = set(holdings.numbers(notes, move[0]))
            found[move[0]] = found.get(move[0], mine) & mine
        _, notes = holdings.follow(notes, trail.states[index], move, trail.states[index + 1])
    if len(found) < 2 or not all(found.values()) or set.intersection(*found.values()):
        return frozenset()
    return frozenset().union(*found.values())


def begins_free(declared):
    """Whether an object can be a lock: a mutex, or a semaphore that starts with a unit. One without is a signal."""
    if isinstance(declared, primitives.Semaphore):
        return declared.initial > 0
    return isinstance(declared, primitives.Mutex)
