"""Repairs for torn read and unsafe publication: other processes see a change as a whole, or not yet.

A change is what one process stores to several places. Its stores reach memory together, when the last of them comes;
before that, only the process itself sees them. A change that does not end, as in a loop, is given up: its stores reach
memory after LONGEST of them. For a torn read, a process that loads several of the places also sees
them as they are at one moment: when the last of its loads comes, it is set back as if all had come then.
"""

import sys
import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import LEFT_OUT, LONGEST, Repair, passed, relive, standing_at, touching, writes
from shmlab.explorer.model.state import MEMORY, NODE, PROCESSES


class Change(typing.NamedTuple):
    """The stores of a change that a process has begun. `left`: ((place, how many stores to it are still to come), …).
    `kept`: ((offset, size, new bytes or number to be added), …) of the stores that have not reached memory."""

    left: tuple
    kept: tuple = ()


class WholeChanges(Repair):
    """Makes changes whole. `written`: {root of a function: {(offset, size) of a place that it changes together with
    others: how often}}. `hidden`: the places that others see only when the change is whole. `together`: those whose
    loads come at one moment."""

    def __init__(self, model, written, hidden, together=()):
        super().__init__(model)
        self._written, self._hidden, self._together = written, hidden, tuple(together)

    def start(self, state):
        return ((None, ()),) * len(state[PROCESSES])  # for each rank: its Change, and its path since it began to load

    def follow(self, notes, state, move, after):
        rank = move[0]
        done = passed(self.model, state, move, after)
        if not any(operation.rank == rank for operation in done):
            return after, self._noted(notes, done, after)
        node = self.node(state, rank)
        relived = self._set_back(notes[rank], state[MEMORY], rank, node) if node.op.kind in ops.LOADS else None
        if relived == LEFT_OUT:
            return LEFT_OUT
        if relived is not None:
            notes = self._with(notes, rank, None, relived.path if relived.same else ())
            state = standing_at(state, rank, relived.node)
            if not relived.same:
                return state, notes
        own_view = (_written_to(state[MEMORY], notes[rank][0]), *state[1:])
        if self.model.kind != "sc" and not self.is_atomic(notes, state, rank):
            return after, self._noted(notes, done, after)
        instead = self.taken(own_view, move)
        if instead is None:
            return after, self._noted(notes, done, after)
        done = passed(self.model, own_view, move, instead)
        change, memory = self._changed(notes[rank][0], state[MEMORY], instead[0], node)
        after = (memory, *instead[1:])
        if change is not None and after[PROCESSES][rank][NODE] in self.model.behaviour.ends:
            after, change = (_written_to(memory, change), *after[1:]), None
        return after, self._noted(self._with(notes, rank, change, notes[rank][1]), done, after)

    def is_atomic(self, notes, state, rank):
        node = self.node(state, rank)
        op = node.op
        places = (*self._hidden, *self._together, *self._written.get(node.root, ()))
        return op.kind in ops.MEMORY and any(touching(op.place, op.size, *place) for place in places)

    def private(self, notes, state):
        if self.model.kind != "sc":
            return None
        for rank, (change, _) in enumerate(notes):
            node = self.node(state, rank)
            op = node.op
            places = self._written.get(node.root, {}) if op.kind in ops.STORES else {}
            if op[1:3] in places and any(touching(op.place, op.size, *place) for place in self._hidden):
                remaining = dict(places if change is None else change.left)
                remaining[op[1:3]] = remaining.get(op[1:3], 0) - 1
                if any(count > 0 for count in remaining.values()):
                    return rank
        return None

    def _changed(self, change, memory, after, node):
        """Return (the Change, memory) after an operation that would have left memory as `after`."""
        op, place = node.op, (node.op.place, node.op.size)
        places = self._written.get(node.root, {})
        if not writes(op) or place not in places:
            if not writes(op):
                return change, memory
            raw = after[op.place : op.place + op.size]
            return change, memory[: op.place] + raw + memory[op.place + op.size :]
        if change is None:
            change = Change(tuple(sorted(places.items())))
        remaining = [(other, count - (other == place)) for other, count in change.left]
        stored = (*place, op.values[0] if op.kind == "fetch_add" else after[op.place : op.place + op.size])
        if any(touching(*place, *other) for other in self._hidden):
            change = change._replace(kept=(*change.kept, stored))
        else:
            memory = _stored(memory, *stored)
        change = change._replace(left=tuple((other, count) for other, count in remaining if count > 0))
        is_over = not change.left or len(change.kept) == LONGEST
        return (None, _written_to(memory, change)) if is_over else (change, memory)

    def _set_back(self, note, memory, rank, node):
        """Return the Relived of a process that has loaded other places too early; LEFT_OUT if it has already stored
        what it found; None if no load was too early."""
        path = self._continued(note[1], node.op)
        if not path or note[0] is not None or not self._loads_together(node.op):
            return None
        fresh = {}
        for index, (number, observed) in enumerate(path):
            op = self.nodes[number].op
            if self._loads_together(op):
                present = memory[op.place : op.place + op.size]
                if present != observed:
                    fresh[index] = present
        if not fresh:
            return None
        relived = relive(self.model.behaviour, path, node.number, fresh)
        if relived.derived or any(self.nodes[number].op.kind not in ops.LOADS for number, _ in path[relived.at :]):
            return LEFT_OUT
        return relived

    def _continued(self, path, op):
        """Return the path since the first of the loads to which an operation belongs; empty if it begins a new group
        of loads."""
        if not self._loads_together(op):
            return path
        loaded = {self.nodes[number].op[1:3] for number, _ in path if self._loads_together(self.nodes[number].op)}
        return () if op[1:3] in loaded or len(loaded) == len(self._together) else path

    def _loads_together(self, op):
        return op.kind in ops.LOADS and any(touching(op.place, op.size, *place) for place in self._together)

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
    """Return memory after all stores that a Change keeps have reached it."""
    for store in change.kept if change is not None else ():
        memory = _stored(memory, *store)
    return memory


def _stored(memory, offset, size, value):
    if isinstance(value, int):
        old = int.from_bytes(memory[offset : offset + size], sys.byteorder)
        value = (old + value & (1 << 8 * size) - 1).to_bytes(size, sys.byteorder)
    return memory[:offset] + value + memory[offset + size :]


def together(trail, steps):
    """Return what is repaired for a torn read at these steps of a Trail: the places that are loaded, and for each
    function that changes them the places that it stores to."""
    accesses = [trail.accesses[index] for index in steps]
    loaded = {(access.offset, access.size) for access in accesses if access.reads and not access.writes}
    loaded = loaded or {(access.offset, access.size) for access in accesses if access.reads}
    writers = {access.rank for access in accesses if access.writes}
    stored = {
        (access.root, access.offset, access.size, _times(trail, access))
        for access in trail.accesses
        if access.rank in writers
        and access.writes
        and any(touching(access.offset, access.size, *place) for place in loaded)
    }
    return frozenset({("hidden", *place) for place in loaded} | {("loaded", *place) for place in loaded} | stored)


def _times(trail, store):
    """Return how often in a row a process stores to a place; struct.pack_into, for example, first stores zeros
    there."""
    longest = run = 0
    for access in trail.accesses:
        if access.rank == store.rank and access.size:
            run = run + 1 if access[1:5] == store[1:5] else 0
            longest = max(longest, run)
    return longest


def flagged(trail, steps):
    """Return the same for an unsafe publication: the flag is hidden until the data that it announces is stored."""
    flag, _, _, late = (trail.accesses[index] for index in steps)
    stored = {(access.root, access.offset, access.size, 1) for access in (flag, late)}
    return frozenset({("hidden", flag.offset, flag.size)} | stored)


def whole_changes(model, wanted):
    """Return the WholeChanges for the result of `together` or `flagged`."""
    written = {}
    for root, *rest in sorted(wanted, key=repr):
        if root not in ("hidden", "loaded"):
            offset, size, times = rest
            places = written.setdefault(root, {})
            places[offset, size] = max(times, places.get((offset, size), 1))
    hidden, loaded = (sorted(tuple(place) for part, *place in wanted if part == kind) for kind in ("hidden", "loaded"))
    return WholeChanges(model, written, hidden, loaded)
