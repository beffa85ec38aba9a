"""The repairs of torn read and unsafe publication: others see a change as a whole, or not yet.

A change is what one process stores to several places. While it has stored a part of them, the loads of other processes
find what was there before. For a torn read, a process that loads several of the places finds them as they are
at one moment, too: when the last of its loads comes, it is set back as if all had come then.
"""

import typing

from shmlab.explorer import ops
from shmlab.explorer.what_if import (
    LEFT_OUT,
    LONGEST,
    Repair,
    passed,
    relive,
    standing_at,
    touching,
    writes,
)


class Change(typing.NamedTuple):
    """What a process has begun to change. `left`: (place, how many stores to it are still to come). `before`: ((place,
    bytes), …) of those that it has stored to, as they were."""

    left: tuple
    before: tuple


class WholeChanges(Repair):
    """`written`: root of a function -> {place, (offset, size), that it changes together with others: how often}.
    `hidden`: the places of which others see nothing before the change is whole; `together`: those whose loads come
    at one moment."""

    def __init__(self, model, written, hidden, together=()):
        super().__init__(model)
        self._written, self._hidden, self._together = written, hidden, tuple(together)

    def start(self, state):
        return ((None, ()),) * len(state[2])  # for each rank: its Change, its path since it began to load

    def follow(self, notes, state, move, after):
        rank = move[0]
        done = passed(self.model, state, move, after)
        node = self.node(state, rank)
        if any(one.rank == rank for one in done) and node.op.kind in ops.LOADS:
            seen = self._seen(notes, state, rank)
            back = self._set_back(notes[rank], seen, rank, node)
            if back == LEFT_OUT:
                return LEFT_OUT
            if back is not None and not back[1]:
                return standing_at(state, rank, back[0]), self._with(notes, rank, path=())
            there = state if back is None else standing_at(state, rank, back[0])
            there = (seen, *there[1:])
            notes = notes if back is None else self._with(notes, rank, path=())
            moves = dict(self.model.successors(there))
            if move in moves:
                after = (state[0], *moves[move][1:])
                done = passed(self.model, there, move, moves[move])
        return after, self._noted(notes, state, done, after)

    def _seen(self, notes, state, rank):
        """Memory as a process sees it."""
        seen = state[0]
        for other, (change, _) in enumerate(notes):
            if other != rank and change is not None:
                for (place, size), raw in change.before:
                    if any(touching(place, size, *one) for one in self._hidden):
                        seen = seen[:place] + raw + seen[place + size :]
        return seen

    def _set_back(self, note, seen, rank, node):
        """(node, whether it stands at the same load) of a process that loaded the others too early; LEFT_OUT where it
        has stored what it found; None where it has not."""
        change, path = note
        if not path or change is not None or not self._loads_together(node.op):
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
        undone = path[relived.at :]
        if relived.derived or any(self.nodes[number].op.kind not in ops.LOADS for number, _ in undone):
            return LEFT_OUT
        return relived.node, relived.same

    def _loads_together(self, op):
        return op.kind in ops.LOADS and any(touching(op.place, op.size, *one) for one in self._together)

    def _noted(self, notes, state, done, after):
        for rank, number, observed in done:
            node = self.nodes[number]
            op = node.op
            change, path = notes[rank]
            path = (*path, (number, observed)) if path and len(path) < LONGEST else ()
            if self._loads_together(op):
                places = {(self.nodes[one].op.place, self.nodes[one].op.size) for one, _ in path[:-1]
                          if self._loads_together(self.nodes[one].op)}  # fmt: skip
                path = path if path and (op.place, op.size) not in places else ((number, observed),)
            if writes(op):
                notes = self._overwritten(notes, rank, op)
                change = self._changed(change, node.root, op, state)
                path = path if change is None else ()
            if after[2][rank][0] in self.model.behaviour.ends:
                change, path = None, ()
            notes = self._with(notes, rank, change, path)
        return notes

    def _changed(self, change, root, op, state):
        place = op.place, op.size
        places = self._written.get(root, {})
        if place not in places:
            return change
        if change is None:
            change = Change(tuple(sorted(places.items())), ())
        left = [(one, count - (one == place)) for one, count in change.left]
        left = tuple((one, count) for one, count in left if count)
        if not left:
            return None
        before = dict(change.before)
        before.setdefault(place, state[0][op.place : op.place + op.size])
        return Change(left, tuple(sorted(before.items())))

    def _overwritten(self, notes, rank, op):
        """What another process stores is seen."""
        for other, (change, path) in enumerate(notes):
            if other != rank and change is not None:
                kept = tuple(one for one in change.before if not touching(op.place, op.size, *one[0]))
                notes = self._with(notes, other, change._replace(before=kept), path)
        return notes

    def _with(self, notes, rank, change=..., path=()):
        change = notes[rank][0] if change is ... else change
        return (*notes[:rank], (change, path), *notes[rank + 1 :])


def together(trail, steps):
    """What is repaired of a torn read at these steps of a Trail: the places that are loaded, and for each function that
    changes them the places that it stores to."""
    accesses = [trail.accesses[index] for index in steps]
    loaded = {(one.offset, one.size) for one in accesses if one.reads and not one.writes}
    loaded = loaded or {(one.offset, one.size) for one in accesses if one.reads}
    writers = {one.rank for one in accesses if one.writes}
    stored = {
        (one.root, one.offset, one.size, _times(trail, steps, one))
        for one in trail.accesses
        if one.rank in writers and one.writes and any(touching(one.offset, one.size, *place) for place in loaded)
    }
    return frozenset({("hidden", *place) for place in loaded} | {("loaded", *place) for place in loaded} | stored)


def _times(trail, steps, store):
    """How often a process stores to a place from the first to the last of some steps; at least once."""
    return max(1, sum(one.writes and one[:4] == store[:4] for one in trail.accesses[steps[0] : steps[-1] + 1]))


def flagged(trail, steps):
    """The same of an unsafe publication: the flag is hidden until what it announces is stored."""
    flag, _, _, late = (trail.accesses[index] for index in steps)
    stored = {(one.root, one.offset, one.size, 1) for one in (flag, late)}
    return frozenset({("hidden", flag.offset, flag.size)} | stored)


def whole_changes(model, parts):
    """The WholeChanges of what `together` and `flagged` say."""
    written = {}
    for root, *rest in sorted(parts, key=repr):
        if root not in ("hidden", "loaded"):
            offset, size, times = rest
            places = written.setdefault(root, {})
            places[offset, size] = max(times, places.get((offset, size), 1))
    hidden, loaded = (sorted(tuple(place) for what, *place in parts if what == kind) for kind in ("hidden", "loaded"))
    return WholeChanges(model, written, hidden, loaded)
