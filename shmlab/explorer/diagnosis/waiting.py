"""Repairs for names that concern waiting: stale check after wake-up, lost wake-up."""

import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.second_looks import SecondLooks, Stale
from shmlab.explorer.diagnosis.what_if import LEFT_OUT, LONGEST, Repair, alike, passed, relive, standing_at, writes
from shmlab.explorer.model.model import IDLE_MOVES
from shmlab.explorer.model.state import MEMORY, NODE, PHASE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import READY, WAITING, WOKEN, changed


class ChecksAgain(Repair):
    """Stale check: a process that is woken waits again as long as its own look would send it to the same wait.

    The look is what the process loads last before it waits, without a store in between; if it stores just before the
    wait, for instance to say that it waits, it is what it loads before that store. The look is repeated with the
    memory of that moment; only whether it leads to the same wait counts.
    """

    def start(self, state):
        return ((None, None),) * len(state[PROCESSES])  # for each rank the nodes where its last two looks began

    def follow(self, notes, state, move, after):
        rank = move[0]
        node = self.node(state, rank)
        done = passed(self.model, state, move, after)
        if node.op.kind == "wait" and any(operation.rank == rank and operation.observed is True for operation in done):
            last, earlier = notes[rank]
            if self._waits_again(last or earlier, after, rank, node, stores=last is None):
                return self.model.with_phase(state, rank, WAITING), notes
        notes = list(notes)
        for operation in done:
            notes[operation.rank] = self._look(notes[operation.rank], operation, after)
        return after, tuple(notes)

    def _look(self, looks, operation, after):
        """Return the looks of a process after an operation."""
        op, (last, earlier) = self.nodes[operation.node].op, looks
        if after[PROCESSES][operation.rank][NODE] in self.model.behaviour.ends:
            return None, None
        if op.kind in ops.LOADS:
            return last or operation.node, earlier
        if op.kind in ops.STORES or op.kind in ops.UPDATES:
            return None, last or earlier
        return looks if op.kind == "wait" and operation.observed is True else (None, None)

    def _waits_again(self, start, after, rank, wait, stores):
        """Return whether the look, begun again under the mutex, leads to the wait. `stores`: whether it may store."""
        if start is None:
            return False
        state = standing_at(after, rank, start)
        for _ in range(LONGEST):
            node = self.node(state, rank)
            if node.op.kind == "wait" and alike(node, wait):
                return True
            followings = [next_state for move, next_state in self.model.successors(state) if move == (rank, "go")]
            if not followings or not (node.op.kind in ops.LOADS or (stores and node.op.kind in ops.MEMORY)):
                return False
            state = followings[0]
        return False


class Signals(typing.NamedTuple):
    """Signals that still have to be used. `kept`: for each signal that no process has used (object, ranks that it was
    of no use to). `carried`: (rank, (object, whether memory has changed since)) of the processes that a signal has
    woken and that have not used it yet."""

    kept: tuple = ()
    carried: tuple = ()


class KeptSignals(Repair):
    """Lost wake-up: a signal is kept until a waiting process uses it, that is, does more than wait again. A process
    that could not use it gets it again once memory has changed. `semaphores`: those that are no locks."""

    def __init__(self, model, semaphores):
        super().__init__(model)
        self._semaphores = semaphores

    def start(self, state):
        return Signals()

    def follow(self, notes, state, move, after):
        rank = move[0]
        kept, carried = list(notes.kept), dict(notes.carried)
        node = self.node(state, rank)
        op = node.op
        if after[MEMORY] != state[MEMORY]:
            kept = [(number, ()) for number, _ in kept]
            carried = {other: (number, True) for other, (number, _) in carried.items()}
        mine = [one for one in passed(self.model, state, move, after) if one.rank == rank]
        if mine and op.kind.startswith("notify") and after[SYNC] == state[SYNC]:
            room = max(0, LONGEST - sum(number == op.place for number, _ in kept))  # a loop may signal without an end
            kept += self._unused(op, state, rank, after, carried)[:room]
        if mine and op.kind == "acquire" and op.place in self._semaphores and mine[0].observed is True:
            carried[rank] = op.place, False
        elif rank in carried and mine and (writes(op) or op.kind not in (*ops.LOADS, "wait")):
            del carried[rank]  # it has used the signal
        if rank in carried and self._waits_again(after, rank, carried[rank][0]):
            number, is_changed = carried.pop(rank)
            kept.append((number, () if is_changed else (rank,)))
        after, kept = self._delivered(after, kept, carried)
        return after, Signals(tuple(sorted(kept)), tuple(sorted(carried.items())))

    def _waits_again(self, state, rank, number):
        op = self.node(state, rank).op
        return op.place == number and (
            op.kind == "acquire" or (op.kind == "wait" and state[PROCESSES][rank][PHASE] == WAITING)
        )

    def _unused(self, op, state, rank, after, carried):
        """Return the notifications that wake no process, and add those that do to `carried`."""
        woken = [other for other, process in enumerate(state[PROCESSES])
                 if process[PHASE] == WAITING and after[PROCESSES][other][PHASE] == WOKEN]  # fmt: skip
        carried.update(dict.fromkeys(woken, (op.place, False)))
        if op.kind == "notify":
            return [] if woken else [(op.place, ())]
        others = len(state[PROCESSES]) - 1 - len(woken)
        return [(op.place, ())] * others

    def _delivered(self, state, kept, carried):
        remaining = []
        for number, useless in kept:
            if number in self._semaphores and not useless:
                state = (state[MEMORY], changed(state[SYNC], number, state[SYNC][number] + 1), *state[2:])
                continue
            waiting = [rank for rank in self._waiting(state, number) if rank not in useless]
            if waiting:
                state = self.model.with_phase(state, waiting[0], WOKEN)
                carried[waiting[0]] = number, False
            else:
                remaining.append((number, useless))
        return state, remaining

    def _waiting(self, state, number):
        for rank, process in enumerate(state[PROCESSES]):
            op = self.nodes[process[NODE]].op
            if process[PHASE] == WAITING and op.kind == "wait" and op.place == number:
                yield rank


class LooksBeforeSleeping(SecondLooks):
    """Lost wake-up: a process that is about to sleep on one of `objects` looks once more, in the same step, at what
    sent it to sleep."""

    def __init__(self, model, locks, objects, wanted=None):
        super().__init__(model, locks, wanted)
        self._objects = objects

    def stale(self, looks, state, rank):
        node = self.node(state, rank)
        if not self._falls_asleep(node, state, rank):
            return None
        for look in looks:
            if self.changed(look, state):
                fresh = {0: state[MEMORY][look.place : look.place + look.size]}
                relived = relive(self.model.behaviour, look.path, node.number, fresh)
                if relived.decided:
                    return Stale((look,), relived)
        return None

    def is_pattern(self, stale, here, values):
        return True

    def _falls_asleep(self, node, state, rank):
        if node.op.place not in self._objects:
            return False
        if node.op.kind == "wait":
            return state[PROCESSES][rank][PHASE] == READY
        blocked = not any(who == rank and what not in IDLE_MOVES for (who, what), _ in self.model.successors(state))
        return node.op.kind == "acquire" and blocked

    def open_after(self, looks, node):
        return [look for look in looks if not (node.op.kind == "acquire" and node.op.place in self._objects)]

    def follow(self, notes, state, move, after):
        rank, what = move
        if what == "go" and self.node(state, rank).op.kind == "wait":
            stale = self.stale(notes[rank], state, rank)
            if stale is not None:
                return self._set_back(notes, state, rank, stale) or LEFT_OUT
        return after, self.noted(notes, state, move, after)

    def more(self, notes, state):
        for rank in range(len(state[PROCESSES])):
            if self.node(state, rank).op.kind == "acquire":
                stale = self.stale(notes[rank], state, rank)
                following = stale and self._set_back(notes, state, rank, stale)
                if stale is not None:
                    yield (rank, "go"), following or LEFT_OUT

    def _set_back(self, notes, state, rank, stale):
        """Return (state, notes) in which a process does not sleep; None if it has acquired a lock on the way."""
        relived = stale.relived
        undone = [self.nodes[number].op for number, _ in stale.looks[0].path[relived.at :]]
        if any(op.kind not in ops.MEMORY for op in undone):
            return None
        return standing_at(state, rank, relived.node), (*notes[:rank], (), *notes[rank + 1 :])
