"""Explain a deadlock: what each process has acquired, and what it waits for."""

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.locking import Circles
from shmlab.explorer.diagnosis.what_if import LONGEST, following, touching
from shmlab.explorer.model.behaviour import CRASHED
from shmlab.explorer.model.state import MEMORY, NODE, PHASE, PROCESSES
from shmlab.explorer.model.synchronization import READY, WAITING


class Stuck:
    """A deadlocked state, and the trail that led to it. `owned`: what each process has acquired and not released."""

    def __init__(self, model, trail):
        self._model, self._trail, self._nodes = model, trail, model.behaviour.nodes
        self.circles = Circles(model)
        notes = self.circles.start(trail.states[0])
        for before, move, after in zip(trail.states, trail.schedule, trail.states[1:], strict=False):
            _, notes = self.circles.follow(notes, before, move, after)
        self.state, self.owned = trail.states[-1], notes

    def circle(self):
        """Return the ranks of processes that wait for each other, or None."""
        return self.circles.circle(self.state, self.owned)

    def never_released(self):
        """Return the numbers of the objects that one process has kept to its end and another one waits for."""
        wanted = {self.circles.wanted(self.state, rank) for rank in range(len(self.owned))} - {None}
        kept_objects = set()
        for rank in range(len(self.owned)):
            number = self.state[PROCESSES][rank][NODE]
            if number != CRASHED and self._nodes[number].op.kind == ops.END:
                kept_objects |= wanted.intersection(self.circles.numbers(self.owned, rank))
        return frozenset(kept_objects)

    def signalled(self, locks):
        """Return whether some process waits for a signal that was given on the way. `locks`: the objects that are no
        signals."""
        waited_for = {op.place for rank, op in enumerate(map(self._op, range(len(self.owned))))
                      if self.state[PROCESSES][rank][PHASE] == WAITING or op.kind == "acquire"}  # fmt: skip
        signals = {self._trail.node(index).op.place for index in range(len(self._trail.schedule))
                 if self._trail.node(index).op.kind in ("notify", "notify_all", "release")}  # fmt: skip
        return bool(waited_for & signals - locks)

    def _op(self, rank):
        return self._nodes[self.state[PROCESSES][rank][NODE]].op

    def overlooked(self):
        """Return the numbers of the objects on which a process sleeps although another one would have signalled it, if
        that one had made a certain load later."""
        return frozenset(
            op.place
            for rank, process in enumerate(self.state[PROCESSES])
            for op in [self._op(rank)]
            if (op.kind == "acquire" and process[PHASE] == READY) or process[PHASE] == WAITING
            if op.kind in ("acquire", "wait") and self._would_be_signalled(rank, op)
        )

    def _would_be_signalled(self, sleeper, op):
        signals = ("release",) if op.kind == "acquire" else ("notify", "notify_all")
        for index, (rank, _) in enumerate(self._trail.schedule):
            if rank == sleeper:
                continue
            load = self._trail.node(index)
            if load.op.kind not in ops.LOADS:
                continue
            later = self.state[MEMORY][load.op.place : load.op.place + load.op.size]
            loaded = self._trail.states[index][0][load.op.place : load.op.place + load.op.size]
            if (
                later != loaded
                and self._wrote(sleeper, load.op, index)
                and self._comes_to(load, later, signals, op.place)
            ):
                return True
        return False

    def _wrote(self, rank, load, since):
        """Return whether a process wrote to the place of a load, after the step `since`."""
        for index in range(since + 1, len(self._trail.schedule)):
            access = self._trail.accesses[index]
            if access.rank == rank and access.writes and touching(access.offset, access.size, load.place, load.size):
                return True
        return False

    def _comes_to(self, load, found, kinds, number):
        """Return whether a process that had loaded `found` would come to a signal without another load."""
        node, observation = load, found
        for _ in range(LONGEST):
            node = self._nodes[following(self._model.behaviour, node, observation)]
            if node.op.kind in kinds and node.op.place == number:
                return True
            if node.op.kind not in ops.SURE:
                return False
            observation = ops.SURE[node.op.kind]
        return False
