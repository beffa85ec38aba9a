"""Give advice, never a verdict: name pairs of accesses that nothing orders, found by happens-before.

Two plain accesses of one place, at least one of them a store, are a data race if neither happens before the other.
What orders: the program order of each process, a release and the acquire that takes what it gave, the end of a process
and whoever takes what the kernel gives back then, a notification and the process it wakes, a barrier, and atomic
operations on one place. Source: Lamport, CACM 21 (1978); vector clocks after Fidge and Mattern.
"""

import linecache
import random

from shmlab.explorer import ops
from shmlab.explorer.explain.field_names import field_at
from shmlab.explorer.model.state import HOLDS, NODE, PHASE, PROCESSES
from shmlab.explorer.model.synchronization import WAITING

_WALKS = 6  # schedules looked at besides the failing one
_LONGEST = 600
_MOST = 4  # pieces of advice given
_PLAIN = ("load", "store")


def advice(model, question, schedule=()):
    """Return sentences on the races in a schedule and in some random ones: each race once, in a fixed order."""
    races = {}
    _Watch(model, races).follow(iter(schedule))
    for seed in range(_WALKS):
        chooser = random.Random(seed)
        _Watch(model, races).follow(None, chooser)
    sentences = dict.fromkeys(_sentence(question, *pair) for pair in sorted(races, key=str))
    return tuple(sentences)[:_MOST]


class _Watch:
    """Follow one schedule with a vector clock for each process and for each thing that orders. `races`: a dict; takes
    the races as keys."""

    def __init__(self, model, races):
        self._model, self._races = model, races
        count = len(model.initial[PROCESSES])
        self._clocks = [[int(rank == other) for other in range(count)] for rank in range(count)]
        self._carried = {}  # a thing that orders -> the clock that it carries
        self._last = {}  # (offset, size) -> {(rank, kind): (clock of that access, place)}

    def follow(self, moves, chooser=None):
        state = self._model.initial
        for _ in range(_LONGEST):
            possible = self._model.successors(state)
            if not possible:
                return
            move = next(moves, None) if chooser is None else chooser.choice(possible)[0]
            if move is None:
                return
            after = dict(possible)[move]
            self._step(state, move, after)
            state = after

    def _step(self, state, move, after):
        rank, action = move
        if action.startswith("flush"):
            return
        node = self._model.behaviour.nodes[state[PROCESSES][rank][NODE]]
        if action == "crash" or node.op.kind in ops.ENDS:
            self._given_back(rank, state)
            return
        kind, place = node.op.kind, node.op.place
        if kind in _PLAIN:
            self._access(rank, node)
        elif kind in ops.MEMORY:
            self._order(rank, ("atomic", place))
        elif kind == "barrier":
            self._order(rank, ("object", place))
            for other in range(len(self._clocks)):  # the last to arrive lets all go on, with the clocks of all
                if state[PROCESSES][other][PHASE] != after[PROCESSES][other][PHASE] or other == rank:
                    self._take(other, ("object", place))
        elif kind not in ops.WITHOUT_PLACE:
            self._order(rank, ("object", place))
            if kind == "wait" and action == "go":  # it gives the mutex back, or has it again
                self._order(rank, ("object", self._model.mutex_of(place)))
            if kind == "wait" or (kind.startswith("notify") and state[PROCESSES] != after[PROCESSES]):
                self._wake(rank, state, after)
        self._clocks[rank][rank] += 1

    def _given_back(self, rank, state):
        """Leave the clock of a process that ends with everything that the kernel gives back for it."""
        for number, _ in state[PROCESSES][rank][HOLDS]:
            self._order(rank, ("object", number))

    def _wake(self, rank, state, after):
        for other, (before, now) in enumerate(zip(state[PROCESSES], after[PROCESSES], strict=True)):
            if other != rank and before[PHASE] == WAITING != now[PHASE]:
                self._clocks[other] = list(map(max, self._clocks[other], self._clocks[rank]))

    def _order(self, rank, ordering):
        """Merge the clock that this thing carries into the process's, and leave the result with it."""
        self._take(rank, ordering)
        self._carried[ordering] = list(self._clocks[rank])

    def _take(self, rank, ordering):
        self._clocks[rank] = list(map(max, self._clocks[rank], self._carried.get(ordering, self._clocks[rank])))

    def _access(self, rank, node):
        op = node.op
        key = op.place, op.size
        for (offset, size), accesses in self._last.items():
            if offset < op.place + op.size and op.place < offset + size:
                for (other, kind), (clock, place) in accesses.items():
                    writes = kind == "store" or op.kind == "store"
                    if other != rank and writes and clock > self._clocks[rank][other]:
                        self._races[self._pair(other, kind, place, rank, op.kind, node.stop.place, op)] = None
        self._last.setdefault(key, {})[rank, op.kind] = self._clocks[rank][rank], node.stop.place

    @staticmethod
    def _pair(rank, kind, place, other, other_kind, other_place, op):
        first, second = sorted(
            [(place and place.line, kind, place and place.file), (other_place and other_place.line, other_kind,
             other_place and other_place.file)], key=str)  # fmt: skip
        return op.place, op.size, first, second


def _sentence(question, offset, size, first, second):
    field = field_at(question.layout, offset, size).rpartition(" of ")[2]  # the whole field, also for a part of it
    one, other = (f"the {kind} in line {line} ({_text(file, line)})" for line, kind, file in (first, second))
    return f"{field}: nothing orders {one} and {other} of another process: a data race"


def _text(file, line):
    return linecache.getline(file, line).strip() if file else "no source"
