"""A schedule as a diagnosis sees it: its accesses of memory, and what each process would have done otherwise."""

import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import LONGEST, as_observed, following, passed, reads, relive, source_of, writes
from shmlab.explorer.model.state import MEMORY, NODE, PROCESSES


class Access(typing.NamedTuple):
    """What a step does to memory; nothing if `size` is 0. `offset`, `size`: in bytes. `source`: the expression behind
    it. `root`: the key of its function. `value`: False if a compare_exchange changed nothing. `clears`: whether it
    stores zeros."""

    rank: int
    kind: str
    offset: int
    size: int
    source: object
    root: object
    value: object = None
    reads: bool = False
    writes: bool = False
    clears: bool = False


class Trail:
    """A schedule of a model, or of a WhatIf of it. `states`: the state before each move, and the last one. `accesses`:
    of each move; with `ahead`, also those before which processes stand at the end, and what each would store if it
    went on alone."""

    def __init__(self, model, states, schedule, *, ahead=True):
        self.model, self.schedule, self.ahead = model, tuple(schedule), ahead
        self.states = [state[:4] for state in states]
        self._nodes = model.behaviour.nodes
        self.passed = [passed(model, *step) for step in zip(self.states, self.schedule, self.states[1:], strict=False)]
        self._stands = [
            (rank, state[PROCESSES][rank][NODE]) for (rank, _), state in zip(schedule, self.states, strict=False)
        ]
        for rank in range(len(self.states[0][PROCESSES]) if ahead else 0):
            self._stands += [(rank, number) for number in self._to_come(rank)]
        self.accesses = [self._access(index) for index in range(len(self._stands))]

    def _to_come(self, rank):
        """Return the nodes of the access before which a process stands, and of what it stores if it goes on alone."""
        state, numbers = self.states[-1], {}
        while state[PROCESSES][rank][NODE] not in numbers and len(numbers) < LONGEST:
            numbers[state[PROCESSES][rank][NODE]] = None
            state = next((after for move, after in self.model.successors(state) if move == (rank, "go")), state)
        first, *later = numbers
        return [number for number in (first, *(other for other in later if writes(self._nodes[other].op)))
                if self._nodes[number].op.kind in ops.MEMORY]  # fmt: skip

    def node(self, index):
        """Return the node before which the process of a step stands."""
        return self._nodes[self._stands[index][1]]

    def _access(self, index):
        rank, node = self._stands[index][0], self.node(index)
        op, own = node.op, True
        value = None
        if index < len(self.schedule):
            own = any(one.rank == rank for one in self.passed[index])
            value = next((one.observed for one in self.passed[index] if one.rank == rank), None)
        if op.kind not in ops.MEMORY or not own:
            return Access(rank, "", 0, 0, None, node.root)
        return Access(rank, op.kind, op.place, op.size, source_of(node), node.root,
                      value if op.kind == "compare_exchange" else None, reads(op), writes(op),
                      op.kind in ops.STORES and not any(op.values[0]))  # fmt: skip

    def decides(self, look, later, *, rejoins=True):
        """Return whether a load decides that its process comes to a later step: whether it would do something else,
        had it found the value that is there at another moment. `rejoins`: whether this counts even if its next
        operation that is no load is the same after all, perhaps with another value, as in `a or b`."""
        node, rank = self.node(look), self._stands[look][0]
        op = node.op
        path = [(one.node, one.observed) for done in self.passed[look:later] for one in done if one.rank == rank]
        others = {as_observed(op, state[MEMORY][op.place : op.place + op.size]) for state in self.states} - {path[0][1]}
        here = self.node(later).number
        for other in others:
            relived = relive(self.model.behaviour, path, here, {0: other})
            if relived.decided and (rejoins or not self._rejoins(rank, relived.node, later)):
                return True
        return False

    def _rejoins(self, rank, number, later):
        """Return whether a process at another node does next what it does in the schedule after a step."""
        state = self.states[min(later, len(self.schedule))]
        actual, instead = (self._next_effect(state, rank, start) for start in (self.node(later).number, number))
        return actual is not None and instead is not None and actual[:3] == instead[:3]

    def _next_effect(self, state, rank, number):
        """Return the next operation of a process, left alone, that is no load; None if it comes to none."""
        for _ in range(LONGEST):
            op = self._nodes[number].op
            if op.kind not in ops.LOADS:
                return op
            raw = state[MEMORY][op.place : op.place + op.size]
            number = following(self.model.behaviour, self._nodes[number], raw)
        return None
