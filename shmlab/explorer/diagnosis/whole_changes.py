"""The repairs of torn read and unsafe publication: others see a change as a whole, or not yet.

A change is what one process stores to several places. What it stores reaches memory when the last of these stores
comes; before that, only the process itself sees it. For a torn read, a process that loads several of the places finds
them as they are at one moment, too: when the last of its loads comes, it is set back as if all had come then.
"""

import sys
import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import LEFT_OUT, LONGEST, Repair, passed, relive, standing_at, touching, writes
from shmlab.explorer.model.state import MEMORY, NODE, PROCESSES


class Change(typing.NamedTuple):
    """What a process has begun to change. `left`: (place, how many stores to it are still to come). `kept`: (offset,
    size, new bytes or number to be added) of the stores that have not reached memory."""

    left: tuple
    kept: tuple = ()


class WholeChanges(Repair):
    """`written`: root of a function -> {place, (offset, size), that it changes together with others: how often}.
    `hidden`: the places of which others see nothing before the change is whole; `together`: those whose loads come
    at one moment."""

    def __init__(self, model, written, hidden, together=()):
        super().__init__(model)
        self._written, self._hidden, self._together = written, hidden, tuple(together)

    def start(self, state):
        return ((None, ()),) * len(state[PROCESSES])  # for each rank: its Change, its path since it began to load

    def follow(self, notes, state, move, after):
        rank = move[0]
        done = passed(self.model, state, move, after)
        if not any(one.rank == rank for one in done):
            return after, self._noted(notes, done, after)
        node = self.node(state, rank)
        back = self._set_back(notes[rank], state[MEMORY], rank, node) if node.op.kind in ops.LOADS else None
        if back == LEFT_OUT:
            return LEFT_OUT
        if back is not None:
            notes = self._with(notes, rank, None, back.path if back.same else ())
            state = standing_at(state, rank, back.node)
            if not back.same:
                return state, notes
        seen = (_written_to(state[MEMORY], notes[rank][0]), *state[1:])
        if self.model.kind != "sc" and not self.is_atomic(notes, state, rank):
            return after, self._noted(notes, done, after)
        instead = self.taken(seen, move)
        if instead is None:
            return after, self._noted(notes, done, after)
        done = passed(self.model, seen, move, instead)
        change, memory = self._changed(notes[rank][0], state[MEMORY], instead[0], node)
        after = (memory, *instead[1:])
        if change is not None and after[PROCESSES][rank][NODE] in self.model.behaviour.ends:
            after, change = (_written_to(memory, change), *after[1:]), None
        return after, self._noted(self._with(notes, rank, change, notes[rank][1]), done, after)

    def is_atomic(self, notes, state, rank):
        node = self.node(state, rank)
        op = node.op
        places = (*self._hidden, *self._together, *self._written.get(node.root, ()))
        return op.kind in ops.MEMORY and any(touching(op.place, op.size, *one) for one in places)

    def private(self, notes, state):
        if self.model.kind != "sc":
            return None
        for rank, (change, _) in enumerate(notes):
            node = self.node(state, rank)
            op = node.op
            places = self._written.get(node.root, {}) if op.kind in ops.STORES else {}
            if op[1:3] in places and any(touching(op.place, op.size, *one) for one in self._hidden):
                left = dict(places if change is None else change.left)
                left[op[1:3]] = left.get(op[1:3], 0) - 1
                if any(count > 0 for count in left.values()):
                    return rank
        return None

    def _changed(self, change, memory, after, node):
        """(the Change, memory) once an operation is over that would have left memory as `after`."""
        op, place = node.op, (node.op.place, node.op.size)
        places = self._written.get(node.root, {})
        if not writes(op) or place not in places:
            if not writes(op):
                return change, memory
            raw = after[op.place : op.place + op.size]
            return change, memory[: op.place] + raw + memory[op.place + op.size :]
        if change is None:
            change = Change(tuple(sorted(places.items())))
        left = [(one, count - (one == place)) for one, count in change.left]
        stored = (*place, op.values[0] if op.kind == "fetch_add" else after[op.place : op.place + op.size])
        if any(touching(*place, *one) for one in self._hidden):
            change = change._replace(kept=(*change.kept, stored))
        else:
            memory = _stored(memory, *stored)
        change = change._replace(left=tuple((one, count) for one, count in left if count > 0))
        return (change, memory) if change.left else (None, _written_to(memory, change))

    def _set_back(self, note, seen, rank, node):
        """The Relived of a process that has loaded other places too early; LEFT_OUT where it has stored what it found;
        None where it has not."""
        path = self._continued(note[1], node.op)
        if not path or note[0] is not None or not self._loads_together(node.op):
            return None
        fresh = {}
        for index, (number, observed) in enumerate(path):
            op = self.nodes[number].op
            if self._loads_together(op):
                now = seen[op.place : op.place + op.size]
                if now != observed:
                    fresh[index] = now
        if not fresh:
            return None
        relived = relive(self.model.behaviour, path, node.number, fresh)
        if relived.derived or any(self.nodes[number].op.kind not in ops.LOADS for number, _ in path[relived.at :]):
            return LEFT_OUT
        return relived

    def _continued(self, path, op):
        """The path since the first of the loads to which an operation belongs; empty where it begins anew."""
        if not self._loads_together(op):
            return path
        loaded = {self.nodes[number].op[1:3] for number, _ in path if self._loads_together(self.nodes[number].op)}
        return () if op[1:3] in loaded or len(loaded) == len(self._together) else path

    def _loads_together(self, op):
        return op.kind in ops.LOADS and any(touching(op.place, op.size, *one) for one in self._together)

    def _noted(self, notes, done, after):
        for rank, number, observed in done:
            op = self.nodes[number].op
            change, path = notes[rank]
            path = self._continued(path, op) if len(path) < LONGEST else ()
            if path or self._loads_together(op):
                path = (*path, (number, observed))
            if change is not None or after[PROCESSES][rank][NODE] in self.model.behaviour.ends:
                path = ()
            notes = self._with(notes, rank, change, path)
        return notes

    def _with(self, notes, rank, change=None, path=()):
        return (*notes[:rank], (change, path), *notes[rank + 1 :])


def _written_to(memory, change):
    """Memory once all that a Change keeps has reached it."""
    for one in change.kept if change is not None else ():
        memory = _stored(memory, *one)
    return memory


def _stored(memory, offset, size, value):
    if isinstance(value, int):
        old = int.from_bytes(memory[offset : offset + size], sys.byteorder)
        value = (old + value & (1 << 8 * size) - 1).to_bytes(size, sys.byteorder)
    return memory[:offset] + value + memory[offset + size :]


def together(trail, steps):
    """What is repaired of a torn read at these steps of a Trail: the places that are loaded, and for each function that
    changes them the places that it stores to."""
    accesses = [trail.accesses[index] for index in steps]
    loaded = {(one.offset, one.size) for one in accesses if one.reads and not one.writes}
    loaded = loaded or {(one.offset, one.size) for one in accesses if one.reads}
    writers = {one.rank for one in accesses if one.writes}
    stored = {
        (one.root, one.offset, one.size, _times(trail, one))
        for one in trail.accesses
        if one.rank in writers and one.writes and any(touching(one.offset, one.size, *place) for place in loaded)
    }
    return frozenset({("hidden", *place) for place in loaded} | {("loaded", *place) for place in loaded} | stored)


def _times(trail, store):
    """How often a process stores to a place in a row, as struct.pack_into does, which puts zeros there first."""
    longest = run = 0
    for one in trail.accesses:
        if one.rank == store.rank and one.size:
            run = run + 1 if one[1:5] == store[1:5] else 0
            longest = max(longest, run)
    return longest


def flagged(trail, steps):
    """The same of an unsafe publication: the flag is hidden until what it announces is stored."""
    flag, _, _, late = (trail.accesses[index] for index in steps)
    stored = {(one.root, one.offset, one.size, 1) for one in (flag, late)}
    return frozenset({("hidden", flag.offset, flag.size)} | stored)


def whole_changes(model, wanted):
    """The WholeChanges of what `together` and `flagged` say."""
    written = {}
    for root, *rest in sorted(wanted, key=repr):
        if root not in ("hidden", "loaded"):
            offset, size, times = rest
            places = written.setdefault(root, {})
            places[offset, size] = max(times, places.get((offset, size), 1))
    hidden, loaded = (sorted(tuple(place) for what, *place in wanted if what == kind) for kind in ("hidden", "loaded"))
    return WholeChanges(model, written, hidden, loaded)
