"""What if the same program were repaired in exactly one respect?

A name is certain if the program is right as soon as what it names is mended and nothing else is. So each name has a
repair, and the repaired model is searched as the program was. A repair looks at every move and decides what becomes of
it: it stays as it is; it has another effect (a process looks once more at a place that has changed); it cannot be
made; or the schedule is left out, because the mended program has none like it. Processes still run interleaved:
nothing becomes atomic except the steps that the name is about.
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
IMPOSSIBLE = "impossible"  # returned by a repair that forbids a move for now, so that its process waits
LONGEST = 60  # operations that a repair looks back or ahead, and signals of one object that it keeps


class Repair:
    """Changes nothing; a repair overrides what it changes. `notes`: what a repair must remember, as a part of each
    state."""

    def __init__(self, model):
        self.model, self.nodes = model, model.behaviour.nodes

    def start(self, state):
        """Return the notes in the initial state."""
        return ()

    def follow(self, notes, state, move, after):
        """Return (state, notes) after a move; or LEFT_OUT, or IMPOSSIBLE."""
        return after, notes

    def more(self, notes, state):
        """Return the moves that only the mended program has, as [(move, result of `follow`)]."""
        return ()

    def private(self, notes, state):
        """Return the rank of a process whose next move no other process can notice, so that only this move is
        followed; or None."""

    def is_atomic(self, notes, state, rank):
        """Return whether the repair makes the next operation of a process a part of an atomic step. With store
        buffers, it then waits for the process's earlier stores, and its own store reaches memory at once."""
        return False

    def taken(self, state, move):
        """Return the state after such an atomic operation; None if it cannot be made."""
        after = dict(self.model.successors(state)).get(move)
        return None if after is None else drained(after, move[0])

    def node(self, state, rank):
        return self.nodes[state[PROCESSES][rank][NODE]]


class WhatIf:
    """A Model under a repair. Its states have a fifth part: the notes of the repair."""

    def __init__(self, model, repair):
        self._model, self._repair = model, repair
        self.behaviour, self.kind = model.behaviour, model.kind
        self.initial = (*model.initial, repair.start(model.initial))
        self.over, self.crashed = model.over, model.crashed

    def successors(self, state):
        if state == LEFT_OUT:
            return ()
        plain, notes, moves = state[:4], state[4], []
        private = self._repair.private(notes, plain)
        for move, after in self._model.successors(plain):
            if private is not None and move != (private, "go"):
                continue
            if self.kind != "sc" and move[1] == "go" and self._repair.is_atomic(notes, plain, move[0]):
                if plain[PROCESSES][move[0]][BUFFER]:
                    continue
                after = drained(after, move[0])
            following = self._repair.follow(notes, plain, move, after)
            if following != IMPOSSIBLE:
                moves.append((move, _joined(following)))
        moves += [(move, _joined(following)) for move, following in self._repair.more(notes, plain)]
        return moves

    def states_along(self, schedule):
        """Return the states before each move of a schedule, and the last one."""
        states = [self.initial]
        for move in schedule:
            states.append(dict(self.successors(states[-1]))[move])
        return states


def drained(state, rank):
    """Return the state after all stores in a process's buffer have reached memory."""
    node, buffer, holds, phase = state[PROCESSES][rank]
    if not buffer:
        return state
    memory = state[MEMORY]
    for offset, _, raw, _ in buffer:
        memory = memory_models.written(memory, offset, raw)
    return (
        memory,
        state[SYNC],
        (*state[PROCESSES][:rank], (node, (), holds, phase), *state[PROCESSES][rank + 1 :]),
        state[CRASHES],
    )


def _joined(following):
    return following if following == LEFT_OUT else (*following[0], following[1])


class _Judge:
    """The judge of a program, asked of the states of a WhatIf. `excused(state, fault)`: returns whether a fault does
    not count."""

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
        if fault is None and all(action in IDLE_MOVES for (_, action), _ in moves):
            self.ended_well = True
        return fault


class Budget:
    """The number of states that all repaired programs of one diagnosis may visit together. `fairness`: see
    livelocks."""

    def __init__(self, states, fairness):
        self.left, self._fairness = states, fairness

    def try_out(self, what_if, judge, excused=lambda *_: False):
        """Return (whether the repaired program is right, the schedule of its first fault or None)."""
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
    """An operation that is complete: its process, the node before which that stood, and what it observed."""

    rank: int
    node: int
    observed: object


def passed(model, state, move, after):
    """Return the operations that a move completes, each as a Passed."""
    rank, action = move
    operations = []
    if not action.startswith("flush") and action not in IDLE_MOVES and after[PROCESSES][rank][PHASE] == READY:
        number = state[PROCESSES][rank][NODE]
        node = model.behaviour.nodes[number]
        if node.op.kind not in ops.ENDS:
            operations.append(Passed(rank, number, _observed(node, state, rank, after)))
    for other, process in enumerate(state[PROCESSES]):  # the last to arrive at a barrier lets the others go on
        if other != rank and process[PHASE] >= ARRIVED and after[PROCESSES][other][PHASE] == READY:
            operations.append(Passed(other, process[NODE], process[PHASE] - ARRIVED))
    return operations


def _observed(node, state, rank, after):
    kind, place, size, _ = node.op
    number, observation = after[PROCESSES][rank][NODE], None
    if kind in ops.MEMORY and kind not in ops.STORES:
        raw = memory_models.load(state[MEMORY], state[PROCESSES][rank][BUFFER], place, size)
        observation = as_observed(node.op, raw)
    if node.after.get(observation) == number:
        return observation
    return next((other for other, following_number in node.after.items() if following_number == number), observation)


def as_observed(op, raw):
    """Return what an operation on memory observes if these bytes are there."""
    if op.kind in ops.LOADS:
        return raw
    old = int.from_bytes(raw, sys.byteorder)
    return old == op.values[0] if op.kind == "compare_exchange" else old


class Relived(typing.NamedTuple):
    """How a process would have gone on with other observations. `node`: where it would stand. `at`: how many of its
    operations stay as they were. `same`: whether it stands at the same operation of its source; `equal`: and that has
    the same place and values. `derived`: whether a store on the way would have another value. `decided`: whether it
    would have taken another way through its source. `path`: that way."""

    node: int
    at: int
    same: bool
    equal: bool
    derived: bool
    decided: bool
    path: tuple


def relive(behaviour, path, here, fresh):
    """Return the Relived of a process that went `path`, ((node, observation), …), to node `here`, had it observed
    fresh[index] instead at these indexes."""
    nodes, number, derived, new_path = behaviour.nodes, path[0][0], False, []
    for index, (old_number, observed) in enumerate(path):
        node, old_node = nodes[number], nodes[old_number]
        if not alike(node, old_node) or (node.op != old_node.op and node.op.kind in ops.LOADS):
            return Relived(number, index, False, False, derived, not alike(node, old_node), tuple(new_path))
        derived = derived or node.op != old_node.op
        new_path.append((number, fresh.get(index, observed)))
        number = following(behaviour, node, new_path[-1][1])
    node, old_node = nodes[number], nodes[here]
    same = alike(node, old_node)
    return Relived(number, len(path), same, node.op == old_node.op, derived, not same, tuple(new_path))


def following(behaviour, node, observation):
    """Return the number of the node after `node` has observed something."""
    number = node.after.get(observation)
    return behaviour.extend(node, observation) if number is None else number


def alike(one, other):
    """Return whether two nodes stand at the same operation of the source, whatever place it touches and whatever it
    stores."""
    return one.op.kind == other.op.kind and source_of(one) == source_of(other)


def source_of(node):
    """Return the expression that a node stands at: (file, span)."""
    place = node.stop.place
    return (place.file, place.span) if place is not None else node.number


def standing_at(state, rank, number):
    """Return the state with process `rank` before another node."""
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
