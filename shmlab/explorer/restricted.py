"""What if: the same program, with some of its interleavings forbidden.

A diagnosis is certain when the program is right as soon as what it names cannot happen. So each is put
to the test on a model in which one kind of interruption is left out: within a read-modify-write,
between a test and the act that follows it, within a run of loads or of stores.
"""

from shmlab.explorer import ops
from shmlab.explorer.model import IDLE_MOVES
from shmlab.explorer.rewrite import source_of


class Restricted:
    """A Model in which a process goes on alone while `keeps_on(stops alone so far, stop now)` says so.

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
        start, now = state[2][rank][0], after[2][rank][0]
        visited = state[4][1] if state[4] is not None and state[4][0] == rank else (start,)
        if now in visited or not self._keeps_on([nodes[number].stop for number in visited], nodes[now].stop):
            return None
        return rank, (*visited, now)


def facts_at(place):
    """The Facts of the source that a Place is in, or None."""
    source = source_of(place.file) if place is not None else None
    return source and source.facts


def within_update(stops, now):
    """From the load of a read-modify-write to the next store."""
    facts = _facts_of_load(stops[0])
    return facts is not None and not _writes(stops[-1].op) and facts.is_fed_back(stops[0].place.span)


def until_the_act(stops, now):
    """From a test of shared memory to the store, or atomic update, that follows it."""
    return _is_tested(stops[0]) and not _writes(stops[-1].op)


def until_written(place):
    """From a test of `place`, (offset, size), until the process writes there itself."""

    def keeps_on(stops, now):
        first, last = stops[0], stops[-1].op
        return _touches(first.op, place) and _is_tested(first) and not (_writes(last) and _touches(last, place))

    return keeps_on


def within_a_run(stops, now):
    """Between two loads, or between two stores, that nothing comes between."""
    both = stops[-1].op.kind, now.op.kind
    return all(kind in ops.LOADS for kind in both) or all(kind in ops.STORES for kind in both)


def until_all_touched(places):
    """From the first of several places, (offset, size) each, until each of them has been loaded or stored."""

    def keeps_on(stops, now):
        touched = {place for place in places for stop in stops if _touches(stop.op, place)}
        return bool(touched) and len(touched) < len(places) and _touches(stops[0].op, *touched)

    return keeps_on


def _touches(op, *places):
    return op.kind in ops.MEMORY and any(
        op.place < offset + size and offset < op.place + op.size for offset, size in places
    )


def _writes(op):
    return op.kind in ops.STORES or op.kind in ops.UPDATES


def _facts_of_load(stop):
    """The Facts of the source that a load stands in; None where it is no load, or has none."""
    return facts_at(stop.place) if stop.op.kind in ops.LOADS else None


def _is_tested(stop):
    """Whether a stop is a load that a test looks at."""
    facts = _facts_of_load(stop)
    return facts is not None and facts.is_tested(stop.place.span)
