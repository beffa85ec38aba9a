"""What if: the same program, repaired in exactly one respect.

A name is certain when the program is right as soon as what it names is mended, and nothing else is. So each name
has a repair, and the repaired model is searched as the program was. A repair looks at every move and says what
becomes of it: it stays, it has another effect (a process looks once more at what has changed), it cannot be made,
or the schedule is left out, since the mended program has none like it. A process keeps running as it did before:
nothing runs alone but the steps that the name is about.
"""

import sys
import typing

from shmlab.explorer import ops
from shmlab.explorer.model import memory_models
from shmlab.explorer.model.model import IDLE_MOVES
from shmlab.explorer.model.state import BUFFER, CRASHES, MEMORY, NODE, PHASE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import ARRIVED, READY
from shmlab.explorer.search import livelocks, search

LEFT_OUT = "left out"  # the state after a move that the mended program does not make
IMPOSSIBLE = "impossible"  # the answer of a repair that forbids a move for now, so that its process waits
LONGEST = 60  # operations that a repair looks back at, or ahead


class Repair:
    """Changes nothing. A repair overrides what it changes; `notes` is what it must remember, a part of each state."""

    def __init__(self, model):
        self.model, self.nodes = model, model.behaviour.nodes

    def start(self, state):
        """The notes in the initial state."""
        return ()

    def follow(self, notes, state, move, after):
        """(state, notes) after a move; or LEFT_OUT, or IMPOSSIBLE."""
        return after, notes

    def more(self, notes, state):
        """Moves that only the mended program has: [(move, what comes of it, as `follow` says)]."""
        return ()

    def private(self, notes, state):
        """The rank of a process whose next move nobody can notice, so that no other need be followed; or None."""

    def is_atomic(self, notes, state, rank):
        """Whether the next operation of a process is one that the repair makes a part of an atomic step: where stores
        wait in buffers, it waits for those before it, and none of its own stays behind."""
        return False

    def taken(self, state, move):
        """The state after a move with such an operation, or None where it cannot be made."""
        after = dict(self.model.successors(state)).get(move)
        return None if after is None else drained(after, move[0])

    def node(self, state, rank):
        return self.nodes[state[PROCESSES][rank][NODE]]


class WhatIf:
    """A Model under a repair. Its states have the notes of the repair for a fifth part."""

    def __init__(self, model, repair):
        self._model, self._repair = model, repair
        self.behaviour, self.kind = model.behaviour, model.kind
        self.initial = (*model.initial, repair.start(model.initial))
        self.over, self.crashed = model.over, model.crashed

    def successors(self, state):
        if state == LEFT_OUT:
            return ()
        now, notes, found = state[:4], state[4], []
        private = self._repair.private(notes, now)
        for move, after in self._model.successors(now):
            if private is not None and move != (private, "go"):
                continue
            if self.kind != "sc" and move[1] == "go" and self._repair.is_atomic(notes, now, move[0]):
                if now[PROCESSES][move[0]][BUFFER]:
                    continue
                after = drained(after, move[0])
            following = self._repair.follow(notes, now, move, after)
            if following != IMPOSSIBLE:
                found.append((move, _joined(following)))
        found += [(move, _joined(following)) for move, following in self._repair.more(notes, now)]
        return found

    def states_along(self, schedule):
        """The states before each move of a schedule, and the last one."""
        states = [self.initial]
        for move in schedule:
            states.append(dict(self.successors(states[-1]))[move])
        return states


def drained(state, rank):
    """The state once all that waits in the buffer of a process has reached memory."""
    node, buffer, held, phase = state[PROCESSES][rank]
    if not buffer:
        return state
    seen = state[MEMORY]
    for offset, _, raw, _ in buffer:
        seen = memory_models.written(seen, offset, raw)
    return (
        seen,
        state[SYNC],
        (*state[PROCESSES][:rank], (node, (), held, phase), *state[PROCESSES][rank + 1 :]),
        state[CRASHES],
    )


def _joined(following):
    return following if following == LEFT_OUT else (*following[0], following[1])


class _Judge:
    """The judge of a program, asked of states of a WhatIf. `excused(state, fault)`: a fault that counts for none."""

    def __init__(self, judge, excused):
        self._judge, self._excused = judge, excused
        self.missing = {}
        self.ended_well = False

    def fault(self, state, moves):
        if state == LEFT_OUT:
            return None
        fault = self._judge.fault(state[:4], moves)
        if fault is not None and self._excused(state, fault):
            return None
        if fault is None and all(what in IDLE_MOVES for (_, what), _ in moves):
            self.ended_well = True
        return fault


class Budget:
    """The states that all what-ifs of one diagnosis may visit together. `fairness`: of what counts as a livelock."""

    def __init__(self, states, fairness):
        self.left, self._fairness = states, fairness

    def try_out(self, what_if, judge, excused=lambda *_: False):
        """(whether the repaired program is right, the schedule of its first fault or None)."""
        if self.left <= 0:
            return False, None
        judge = _Judge(judge, excused)
        sweep = search.Sweep(what_if, judge, self.left).run()
        self.left -= len(sweep.visited)
        if sweep.first is not None:
            return False, sweep.first.schedule
        if not sweep.complete or not judge.ended_well:
            return False, None
        known = [state for state in sweep.visited if state != LEFT_OUT]
        return not (sweep.cyclic and livelocks.Graph(what_if, known).livelocked(self._fairness)), None


class Passed(typing.NamedTuple):
    """An operation that is over: who did it, before which node it stood, what it observed."""

    rank: int
    node: int
    observed: object


def passed(model, state, move, after):
    """Each operation that a move completes, as Passed."""
    rank, what = move
    found = []
    if not what.startswith("flush") and what not in IDLE_MOVES and after[PROCESSES][rank][PHASE] == READY:
        number = state[PROCESSES][rank][NODE]
        node = model.behaviour.nodes[number]
        found.append(Passed(rank, number, _observed(node, state, rank, after)))
    for other, process in enumerate(state[PROCESSES]):  # the last to come to a barrier lets the others go on
        if other != rank and process[PHASE] >= ARRIVED and after[PROCESSES][other][PHASE] == READY:
            found.append(Passed(other, process[NODE], process[PHASE] - ARRIVED))
    return found


def _observed(node, state, rank, after):
    kind, place, size, _ = node.op
    number, seen = after[PROCESSES][rank][NODE], None
    if kind in ops.MEMORY and kind not in ops.STORES:
        raw = memory_models.load(state[MEMORY], state[PROCESSES][rank][BUFFER], place, size)
        seen = as_observed(node.op, raw)
    if node.after.get(seen) == number:
        return seen
    return next((other for other, then in node.after.items() if then == number), seen)


def as_observed(op, raw):
    """What an operation on memory observes where these bytes are."""
    if op.kind in ops.LOADS:
        return raw
    old = int.from_bytes(raw, sys.byteorder)
    return old == op.values[0] if op.kind == "compare_exchange" else old


class Relived(typing.NamedTuple):
    """How a process would have come along with other observations. `node`: where it would stand. `at`: how many of its
    operations stay as they were. `same`: whether it stands at the same operation of its source. `equal`: whether
    this has the same place and values, too. `derived`: whether a store on the way would have had another value.
    `decided`: whether it would have gone another way through its source. `path`: the one that it would have gone."""

    node: int
    at: int
    same: bool
    equal: bool
    derived: bool
    decided: bool
    path: tuple


def relive(behaviour, path, here, fresh):
    """The Relived of a process that went `path`, ((node, observation), …), to node `here`, had it observed
    fresh[index] there."""
    nodes, number, derived, gone = behaviour.nodes, path[0][0], False, []
    for index, (known, observed) in enumerate(path):
        node, was = nodes[number], nodes[known]
        if not alike(node, was) or (node.op != was.op and node.op.kind in ops.LOADS):
            return Relived(number, index, False, False, derived, not alike(node, was), tuple(gone))
        derived = derived or node.op != was.op
        gone.append((number, fresh.get(index, observed)))
        number = following(behaviour, node, gone[-1][1])
    node, was = nodes[number], nodes[here]
    same = alike(node, was)
    return Relived(number, len(path), same, node.op == was.op, derived, not same, tuple(gone))


def following(behaviour, node, observation):
    """The number of the node after `node` has observed something."""
    number = node.after.get(observation)
    return behaviour.extend(node, observation) if number is None else number


def alike(one, other):
    """Whether two nodes stand at the same operation of the source, wherever it goes and whatever it stores."""
    return one.op.kind == other.op.kind and source_of(one) == source_of(other)


def source_of(node):
    """The expression that a node stands at: (file, span)."""
    place = node.stop.place
    return (place.file, place.span) if place is not None else node.number


def standing_at(state, rank, number):
    """The state with process `rank` before another node."""
    process = (number, *state[PROCESSES][rank][1:])
    return (
        state[MEMORY],
        state[SYNC],
        (*state[PROCESSES][:rank], process, *state[PROCESSES][rank + 1 :]),
        state[CRASHES],
    )


def touching(place, size, other, length):
    return place < other + length and other < place + size


def writes(op):
    return op.kind in ops.STORES or op.kind in ops.UPDATES


def reads(op):
    return op.kind in ops.LOADS or op.kind in ops.UPDATES
