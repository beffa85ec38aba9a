"""The repairs of lost update and check-then-act: what was looked at is looked at again in the step that uses it.

A look is a load; the act is what its process does because of it. When the act comes and the place has another value
by then, the process is set back to where it would stand had it found that value, as if look and act were one step.
Nobody waits, and nothing else becomes atomic. Whether a look decides anything is not read off the source: the process
is run with the other value, and either does the same or not.
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
SLEEPS = ("acquire", "wait", "barrier")  # who has come here may have looked long before it goes on


class Look(typing.NamedTuple):
    """A load, and what its process has done since. `path`: ((node, observation), …), the load first. `claimed`:
    whether another process that had looked there itself has written there since."""

    place: int
    size: int
    path: tuple
    claimed: bool = False


class Stale(typing.NamedTuple):
    """An act on looks that are no longer true: the looks, and the Relived of its process had it looked now."""

    looks: tuple
    relived: object


class SecondLooks(Repair):
    """`wanted`: the looks that are repeated, by (place, size) or by source_of their node; None: all. `locks`: the
    numbers of the objects that are no signals."""

    def __init__(self, model, locks, wanted=None):
        super().__init__(model)
        self._locks, self._wanted = locks, wanted

    def start(self, state):
        return ((),) * len(state[PROCESSES])

    def stale(self, looks, state, rank):
        """The Stale of the operation before which a process stands, or None."""
        raise NotImplementedError

    def open_after(self, looks, node):
        """The looks whose act is still to come once the operation at a node is over."""
        raise NotImplementedError

    def may_leave_out(self, stale):
        """Whether schedules with this act are left out where it cannot be undone: where what was done in between was
        made from the look, too, and where that was no more than to take and give back locks."""
        return stale.relived.derived or not any(writes(op) or self.signals(op) for op in self.undone(stale))

    def undone(self, stale):
        """The operations that a process would not have done had it looked now."""
        return [self.nodes[number].op for number, _ in stale.looks[0].path[stale.relived.at :]]

    def signals(self, op):
        """Whether an operation concerns a synchronization object that is no lock."""
        if op.kind in ("acquire", "try_acquire", "release"):
            return op.place not in self._locks
        return op.kind in ("wait", "notify", "notify_all", "barrier")

    def follow(self, notes, state, move, after):
        rank = move[0]
        done = passed(self.model, state, move, after)
        stale = self.stale(notes[rank], state, rank) if any(one.rank == rank for one in done) else None
        if stale is not None:
            relived, path = stale.relived, stale.looks[0].path
            afresh = (*notes[:rank], (), *notes[rank + 1 :])
            if relived.same and not relived.derived:
                there = standing_at(state, rank, relived.node)
                instead = self.taken(there, move)
                if instead is not None:
                    return instead, self.noted(afresh, there, move, instead)
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
        """The looks after a move of the model."""
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
                source = source_of(node)
                looks = [look for look in looks if not self._is_again(look, op, source)]
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
    """Lost update: a store whose value comes from a load of the same place uses what is there now."""

    def stale(self, looks, state, rank):
        node = self.node(state, rank)
        op = node.op
        if op.kind not in ("store", "store_release", "exchange"):
            return None
        looks = [look for look in looks if (look.place, look.size) == (op.place, op.size)]
        now = state[MEMORY][op.place : op.place + op.size]
        others = {look.path[0][1] for look in looks} - {now}
        for look in reversed(looks):
            stale = self.changed(look, state)
            for value in [now] if stale else others:
                relived = relive(self.model.behaviour, look.path, node.number, {0: value})
                if not (relived.same and relived.equal):  # this is the look that the value was made from
                    return Stale((look,), relived) if stale else None
        return None

    def private(self, notes, state):
        """A look whose act comes next is no step of its own."""
        for rank, looks in enumerate(notes):
            op = self.node(state, rank).op
            now = bool(looks) and len(looks[-1].path) == 1 and op.kind in ("store", "store_release")
            if now and self.kind_of(looks[-1]) in self._wanted and looks[-1][:2] == (op.place, op.size):
                return None if state[PROCESSES][rank][BUFFER] else rank
        return None

    def kind_of(self, look):
        return source_of(self.nodes[look.path[0][0]])

    def is_pattern(self, stale, here, values):
        """Whether the value that is stored was made from the look: with another one it would be another."""
        path = stale.looks[0].path
        relived = [relive(self.model.behaviour, path, here, {0: value}) for value in values]
        return any(one.same and not one.equal for one in relived)

    def open_after(self, looks, node):
        return [look for look in looks if not (writes(node.op) and _touches(node.op, look))]


class ChecksAndActs(SecondLooks):
    """Check-then-act: what a look decides on is decided anew when it is done. `act`: one of ACTS."""

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
        """Whether a look, or one at the same place that came after it, is no longer true."""
        now = state[MEMORY][look.place : look.place + look.size]
        loads = [observed for number, observed in look.path if self._loads(number, look)]
        return any(observed != now for observed in loads)

    def _loads(self, number, look):
        op = self.nodes[number].op
        return op.kind in ops.LOADS and (op.place, op.size) == (look.place, look.size)

    def _comes_to(self, state, rank, act):
        """Whether a process, left alone, comes to the act all the same: then its look does not decide on it."""
        seen = set()
        while state[PROCESSES][rank][NODE] not in seen and len(seen) < LONGEST:
            node = self.node(state, rank)
            if alike(node, act):
                return True
            seen.add(node.number)
            own = [then for move, then in self.model.successors(state) if move == (rank, "go")]
            state = own[0] if own else state
        return False

    def is_pattern(self, stale, here, values):
        return stale.relived.decided

    def may_leave_out(self, stale):
        """Stores in between belong to the act, too, where all write what they have looked at."""
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
