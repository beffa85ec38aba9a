"""Repairs for lost update and check-then-act: a process looks again in the very step that uses what it has looked at.

A look is a load; the act is what its process does because of it. If the place has another value when the act comes,
the process is set back to where it would stand had it loaded that value, as if look and act were one step. No process
waits, and nothing else becomes atomic. Whether a look decides anything is not read from the source: the process is run
with the other value, and either does the same or not.
"""

import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import (
    LEFT_OUT,
    LONGEST,
    Repair,
    alike,
    passed,
    relive,
    source_of,
    standing_at,
    touching,
    writes,
)
from shmlab.explorer.model.state import BUFFER, MEMORY, NODE, PROCESSES

NEXT, WRITE, SAME_PLACE = "next", "write", "same place"  # which operation after a look is its act
ACTS = (NEXT, WRITE, SAME_PLACE)
SLEEPS = ("acquire", "wait", "barrier")  # a process here may have looked long before it goes on


class Look(typing.NamedTuple):
    """A load, and what its process has done since. `place`, `size`: of the load. `path`: ((node, observation), …),
    beginning with the load. `claimed`: whether another process that had also looked there has written there since."""

    place: int
    size: int
    path: tuple
    claimed: bool = False


class Stale(typing.NamedTuple):
    """An act on looks that are no longer true. `looks`: these. `relived`: the Relived of its process, had it looked
    now."""

    looks: tuple
    relived: object


class SecondLooks(Repair):
    """Repeats looks when their acts come. `wanted`: the looks that are repeated, by (place, size) or by source_of
    their node; None for all. `locks`: the numbers of the objects that are no signals."""

    def __init__(self, model, locks, wanted=None):
        super().__init__(model)
        self._locks, self._wanted = locks, wanted

    def start(self, state):
        return ((),) * len(state[PROCESSES])

    def stale(self, looks, state, rank):
        """Return the Stale of the operation before which a process stands, or None."""
        raise NotImplementedError

    def open_after(self, looks, node):
        """Return the looks whose act is still to come after the operation of a node."""
        raise NotImplementedError

    def may_leave_out(self, stale):
        """Return whether schedules with this act are left out if it cannot be undone. They are if the stores in
        between were made from the look, too, or if the process has done no more in between than acquire and release
        locks."""
        return stale.relived.derived or not any(writes(op) or self.signals(op) for op in self.undone(stale))

    def undone(self, stale):
        """Return the operations that a process would not have done had it looked now."""
        return [self.nodes[number].op for number, _ in stale.looks[0].path[stale.relived.at :]]

    def signals(self, op):
        """Return whether an operation concerns a synchronization object that is no lock."""
        if op.kind in ("acquire", "try_acquire", "release"):
            return op.place not in self._locks
        return op.kind in ("wait", "notify", "notify_all", "barrier")

    def follow(self, notes, state, move, after):
        rank = move[0]
        done = passed(self.model, state, move, after)
        stale = self.stale(notes[rank], state, rank) if any(operation.rank == rank for operation in done) else None
        if stale is not None:
            relived, path = stale.relived, stale.looks[0].path
            afresh = (*notes[:rank], (), *notes[rank + 1 :])
            if relived.same and not relived.derived:
                set_back = standing_at(state, rank, relived.node)
                instead = self.taken(set_back, move)
                if instead is not None:
                    return instead, self.noted(afresh, set_back, move, instead)
            elif not relived.same and _without_effect(self.nodes, path[relived.at :]):
                return standing_at(state, rank, relived.node), afresh
            elif self.may_leave_out(stale):
                return LEFT_OUT
        return after, self.noted(notes, state, move, after)

    def is_atomic(self, notes, state, rank):
        node = self.node(state, rank)
        looks = node.op.kind in ops.LOADS and self._is_wanted(node)
        return looks or (node.op.kind in ops.MEMORY and any(_touches(node.op, look) for look in notes[rank]))

    def noted(self, notes, state, move, after):
        """Return the looks after a move of the model."""
        notes = list(notes)
        for rank, number, observed in passed(self.model, state, move, after):
            node = self.nodes[number]
            op = node.op
            looks = [look._replace(path=(*look.path, (number, observed))) for look in notes[rank]
                     if len(look.path) < LONGEST]  # fmt: skip
            looks = self.open_after(looks, node)
            if writes(op):
                self._claim(notes, rank, op)
            if op.kind in ops.LOADS and self._is_wanted(node):
                expression = source_of(node)
                looks = [look for look in looks if not self._is_again(look, op, expression)]
                looks.append(Look(op.place, op.size, ((number, observed),)))
            notes[rank] = tuple(looks)
        for rank, process in enumerate(after[PROCESSES]):
            if process[NODE] in self.model.behaviour.ends:
                notes[rank] = ()
        return tuple(notes)

    def _claim(self, notes, rank, op):
        if any(touching(look.place, look.size, op.place, op.size) for look in notes[rank]):
            for other, looks in enumerate(notes):
                if other != rank:
                    notes[other] = tuple(
                        look._replace(claimed=look.claimed or touching(look.place, look.size, op.place, op.size))
                        for look in looks
                    )

    def _is_wanted(self, node):
        op = node.op
        return self._wanted is None or (op.place, op.size) in self._wanted or source_of(node) in self._wanted

    def _is_again(self, look, op, source):
        return (look.place, look.size) == (op.place, op.size) and source_of(self.nodes[look.path[0][0]]) == source

    def changed(self, look, state):
        return state[MEMORY][look.place : look.place + look.size] != look.path[0][1]


class Updates(SecondLooks):
    """Lost update: a store whose value was made from a load of the same place uses the value that is there now."""

    def stale(self, looks, state, rank):
        node = self.node(state, rank)
        op = node.op
        if op.kind not in ("store", "store_release", "exchange"):
            return None
        looks = [look for look in looks if (look.place, look.size) == (op.place, op.size)]
        present = state[MEMORY][op.place : op.place + op.size]
        others = {look.path[0][1] for look in looks} - {present}
        for look in reversed(looks):
            stale = self.changed(look, state)
            for value in [present] if stale else others:
                relived = relive(self.model.behaviour, look.path, node.number, {0: value})
                if not (relived.same and relived.equal):  # the value was made from this look
                    return Stale((look,), relived) if stale else None
        return None

    def private(self, notes, state):
        """Return a rank whose look is followed at once by its act, so that the two can be one step; or None."""
        for rank, looks in enumerate(notes):
            op = self.node(state, rank).op
            is_next = bool(looks) and len(looks[-1].path) == 1 and op.kind in ("store", "store_release")
            if is_next and self.kind_of(looks[-1]) in self._wanted and looks[-1][:2] == (op.place, op.size):
                return None if state[PROCESSES][rank][BUFFER] else rank
        return None

    def kind_of(self, look):
        return source_of(self.nodes[look.path[0][0]])

    def is_pattern(self, stale, here, values):
        """Return whether the stored value was made from the look: with another value loaded it would be another."""
        path = stale.looks[0].path
        relived = [relive(self.model.behaviour, path, here, {0: value}) for value in values]
        return any(life.same and not life.equal for life in relived)

    def open_after(self, looks, node):
        return [look for look in looks if not (writes(node.op) and _touches(node.op, look))]


class ChecksAndActs(SecondLooks):
    """Check-then-act: what a look decides is decided again when it is done. `act`: one of ACTS."""

    def __init__(self, model, act, locks, wanted=None):
        super().__init__(model, locks, wanted)
        self._act = act

    def _is_act(self, node, look):
        if node.op.kind in SLEEPS:
            return False
        if self._act == NEXT:
            return len(look.path) == 1 and source_of(node) != source_of(self.nodes[look.path[0][0]])
        if self._act == WRITE:
            return writes(node.op) or self.signals(node.op)
        return node.op.kind in ops.MEMORY and _touches(node.op, look)

    def stale(self, looks, state, rank):
        node = self.node(state, rank)
        due = [look for look in looks if self._is_act(node, look)]
        due = due[next((at for at, look in enumerate(due) if self._is_old(look, state)), len(due)) :]
        if not due:
            return None
        path, places = due[0].path, {(look.place, look.size) for look in due}
        loads = [(index, self.nodes[number].op) for index, (number, _) in enumerate(path)]
        fresh = {
            index: state[MEMORY][op.place : op.place + op.size]
            for index, op in loads
            if op.kind in ops.LOADS and (op.place, op.size) in places
        }
        relived = relive(self.model.behaviour, path, node.number, fresh)
        if relived.decided and self._comes_to(standing_at(state, rank, relived.node), rank, node):
            return None
        return Stale(tuple(due), relived) if relived.decided or (relived.same and not relived.equal) else None

    def _is_old(self, look, state):
        """Return whether a look, or a later one at the same place, is no longer true."""
        now = state[MEMORY][look.place : look.place + look.size]
        loads = [observed for number, observed in look.path if self._loads(number, look)]
        return any(observed != now for observed in loads)

    def _loads(self, number, look):
        op = self.nodes[number].op
        return op.kind in ops.LOADS and (op.place, op.size) == (look.place, look.size)

    def _comes_to(self, state, rank, act):
        """Return whether a process, left alone, comes to the act all the same: then its look does not decide it."""
        seen = set()
        while state[PROCESSES][rank][NODE] not in seen and len(seen) < LONGEST:
            node = self.node(state, rank)
            if alike(node, act):
                return True
            seen.add(node.number)
            followings = [after for move, after in self.model.successors(state) if move == (rank, "go")]
            state = followings[0] if followings else state
        return False

    def is_pattern(self, stale, here, values):
        return stale.relived.decided

    def may_leave_out(self, stale):
        """Return the same as other repairs; but stores in between belong to the act, too, if all processes write to
        the places that they have looked at."""
        if any(self.signals(op) for op in self.undone(stale)):
            return False
        claimed = self._act == SAME_PLACE and all(look.claimed for look in stale.looks)
        return claimed or super().may_leave_out(stale)

    def open_after(self, looks, node):
        if self._act == NEXT or (node.op.kind in SLEEPS and self.signals(node.op)):
            return []
        return [look for look in looks if not self._is_act(node, look._replace(path=look.path[:-1]))]


def _touches(op, look):
    return op.kind in ops.MEMORY and touching(op.place, op.size, look.place, look.size)


def _without_effect(nodes, path):
    return all(nodes[number].op.kind in ops.LOADS for number, _ in path)
