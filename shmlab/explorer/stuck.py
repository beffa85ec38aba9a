"""Why a deadlock is one: who holds what the others wait for."""

import typing

from shmlab.explorer import ops
from shmlab.explorer.behaviour import CRASHED
from shmlab.explorer.restricted import facts_at
from shmlab.explorer.synchronization import READY, WAITING, WOKEN

_LONGEST = 500  # steps that a woken process is followed


class Circle(typing.NamedTuple):
    """Processes each of which waits for what the next one holds."""

    ranks: tuple
    objects: tuple


class Stuck:
    """A deadlocked state, and the steps that led there."""

    def __init__(self, model, witness, state, names, initial_units, nobody_releases):
        self._nobody_releases = nobody_releases
        self._model, self._steps, self._state = model, witness.steps, state
        self._names, self._units = names, initial_units
        self._nodes = model.behaviour.nodes
        self.held = self._holdings()

    def _holdings(self):
        """rank -> {name of an object that works as a lock: units held}."""
        held = {rank: {} for rank in range(len(self._state[2]))}
        for step in self._steps:
            if self._units.get(step.target, 0) < 1:
                continue  # a semaphore that starts with nothing is a signal: nobody holds it
            took = (step.kind == "acquire" and step.value in (True, None, ops.OWNER_DIED)) or (
                step.kind == "try_acquire" and step.value in (True, ops.OWNER_DIED)
            )  # fmt: skip
            gave = step.kind == "release" and step.value is None
            held[step.rank][step.target] = held[step.rank].get(step.target, 0) + took - gave
        return held

    def waited_for(self, rank):
        """The name of the lock that a blocked process wants to acquire, or None."""
        number, _, _, phase = self._state[2][rank]
        op = self._nodes[number].op
        return self._names[op.place] if op.kind == "acquire" and phase == READY else None

    def circle(self):
        """The Circle of processes that wait for each other, or None."""
        for first in self.held:
            ranks, objects, rank = [], [], first
            while rank is not None and rank not in ranks:
                wanted = self.waited_for(rank)
                ranks.append(rank)
                objects.append(wanted)
                rank = self._holder(wanted, rank)
            if rank == first and len(ranks) > 1:
                return Circle(tuple(ranks), tuple(objects))
        return None

    def _holder(self, name, rank):
        others = [other for other in self.held if other != rank and self.held[other].get(name, 0) > 0]
        return next((other for other in others if self.waited_for(other)), None) if name else None

    def never_released(self):
        """(rank, name): a process that has finished without releasing what another waits for, or None."""
        wanted = {self.waited_for(rank) for rank in self.held} - {None}
        for rank, holdings in self.held.items():
            number = self._state[2][rank][0]
            if number == CRASHED or self._nodes[number].op.kind != ops.END:
                continue
            for name, units in holdings.items():
                if units > 0 and name in wanted and (self._nobody_releases or self._releases(rank, name)):
                    return rank, name
        return None

    def _releases(self, rank, name):
        """Whether the function of a process was seen to release an object."""
        function = self._nodes[self._state[2][rank][0]].root[0]
        return any(
            node.root[0] == function and node.op.kind == "release" and self._names[node.op.place] == name
            for node in self._nodes[1:]
        )

    def slept_through(self):
        """Whether a process sleeps although what it waits for has come: woken for nothing, it would go on."""
        notified = {step.target for step in self._steps if step.kind.startswith("notify")}
        for rank, process in enumerate(self._state[2]):
            op = self._nodes[process[0]].op
            asleep = op.kind == "wait" and process[3] == WAITING and self._names[op.place] in notified
            if asleep and self._goes_on(rank):
                return True
        return False

    def _goes_on(self, rank):
        """Whether a process, woken and left alone, comes further than to wait again."""
        state = self._model.waits(self._state, rank, WOKEN)
        for _ in range(_LONGEST):
            own = [after for (who, what), after in self._model.successors(state) if who == rank and what == "go"]
            if not own:
                return self._nodes[state[2][rank][0]].op.kind == ops.END
            state = own[0]
            if state[2][rank][3] == WAITING:
                return False
        return False

    def missed_signal(self):
        """Indexes (look, change): a process went to sleep on a signal after a look that somebody made void."""
        for rank, process in enumerate(self._state[2]):
            op = self._nodes[process[0]].op
            if op.kind != "acquire" or self._units.get(self._names[op.place], 0) > 0:
                continue
            looks = [at for at, step in enumerate(self._steps) if step.rank == rank and self._is_look(step)]
            if not looks:
                continue
            look = self._steps[looks[-1]]
            for at in range(looks[-1] + 1, len(self._steps)):
                step = self._steps[at]
                if step.rank != rank and step.writes and step.offset == look.offset and step.value != look.value:
                    return looks[-1], at
        return None

    @staticmethod
    def _is_look(step):
        facts = facts_at(step)
        return step.reads and facts is not None and facts.is_tested(step.span)
