"""What if: the same program, with some of its interleavings forbidden.

A diagnosis is certain when the program is right as soon as what it names cannot happen. So each is put
to the test on a model in which one kind of interruption is left out: within a read-modify-write,
between a test and the act that follows it, within a run of loads or of stores.
"""

from shmlab.explorer import ops
from shmlab.explorer.model import IDLE_MOVES
from shmlab.explorer.rewrite import source_of


class Restricted:
    """A Model in which a process goes on alone while `keeps_on(op before, stop after)` says so.

    It goes alone no longer than it can, and not a second time past a place where it has been alone (it
    spins there). Its states have a fifth part: (rank, nodes visited alone) or None.
    """

    def __init__(self, model, keeps_on):
        self._model, self._keeps_on = model, keeps_on
        self.behaviour, self.kind = model.behaviour, model.kind
        self.initial = (*model.initial, None)
        self.over, self.crashed = model.over, model.crashed

    def successors(self, state):
        moves = self._model.successors(state[:4])
        alone = state[4]
        if alone is not None:
            own = [(move, after) for move, after in moves if move[0] == alone[0] and move[1] not in IDLE_MOVES]
            moves = own or moves
        return [(move, (*after, self._alone(state, move, after))) for move, after in moves]

    def _alone(self, state, move, after):
        rank, what = move
        if what != "go":
            return None
        nodes = self.behaviour.nodes
        before, now = nodes[state[2][rank][0]], nodes[after[2][rank][0]]
        visited = state[4][1] if state[4] is not None and state[4][0] == rank else ()
        if now.number in visited or not self._keeps_on(before.stop, now.stop, bool(visited)):
            return None
        return rank, (*visited, now.number)


def facts_at(place):
    """The Facts of the source that a Place is in, or None."""
    source = source_of(place.file) if place is not None else None
    return source and source.facts


def within_update(before, now, alone):
    """Between the load and the store of one read-modify-write."""
    facts = facts_at(now.place)
    if facts is None or now.op.kind not in ops.STORES:
        return False
    if before.op.kind in ops.LOADS and before.op.place == now.op.place:
        return facts.feeds(before.place.span, now.place.span)
    return False


def until_the_act(before, now, alone):
    """Between a test of shared memory and the store, or atomic update, that follows it."""
    if before.op.kind in ops.STORES | ops.UPDATES:
        return False
    if alone:
        return True
    facts = facts_at(before.place)
    return facts is not None and before.op.kind in ops.LOADS and facts.is_tested(before.place.span)


def within_a_run(before, now, alone):
    """Between two loads, or between two stores, that nothing comes between."""
    both = before.op.kind, now.op.kind
    return all(kind in ops.LOADS for kind in both) or all(kind in ops.STORES for kind in both)
