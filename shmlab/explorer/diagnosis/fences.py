"""The repairs of the names that are about store buffers: a fence, or a release, exactly where one is missing."""

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import IMPOSSIBLE, Repair, reads, source_of, touching
from shmlab.explorer.model.state import BUFFER, PROCESSES


class Fences(Repair):
    """`wanted`: (kind, source_of its node) of loads before which the buffer of their process must be empty, and of
    stores that reach memory after all that their process stored before."""

    def __init__(self, model, wanted):
        super().__init__(model)
        self._sources = wanted

    def start(self, state):
        return ((),) * len(state[PROCESSES])  # for each rank, for each store in its buffer, whether it is one of those

    def follow(self, notes, state, move, after):
        rank, what = move
        node, mine = self.node(state, rank), notes[rank]
        if what.startswith("flush"):
            index = int(what.split()[1])
            if index and mine[index]:
                return IMPOSSIBLE
            mine = mine[:index] + mine[index + 1 :]
        elif what == "go" and node.op.kind in ops.STORES:
            mine = (*mine, _named(node) in self._sources)
        elif node.op.kind in ops.LOADS and state[PROCESSES][rank][BUFFER] and _named(node) in self._sources:
            return IMPOSSIBLE
        return after, (*notes[:rank], mine, *notes[rank + 1 :])


def _named(node):
    return node.op.kind, source_of(node)


def overtaking(trail):
    """The loads in a Trail that came before an earlier store of their process reached memory, and the stores that
    reached it before an earlier one, as Fences takes them."""
    found = set()
    made = [[] for _ in trail.states[0][PROCESSES]]  # for each rank the stores in its buffer
    for index, (rank, what) in enumerate(trail.schedule):
        node = trail.node(index)
        if what.startswith("flush"):
            at = int(what.split()[1])
            found |= {made[rank][at]} if at else set()
            del made[rank][at]
        elif node.op.kind in ops.STORES:
            made[rank].append(_named(node))
        elif node.op.kind in ops.LOADS and made[rank]:
            found.add(_named(node))
    return found


def seen_early(trail):
    """Whether a process reads a store that has reached memory before an earlier one of the same process, which is still
    on its way."""
    early = []  # (rank, offset, size, how many stores were made before it)
    for index, (rank, what) in enumerate(trail.schedule):
        state, op = trail.states[index], trail.node(index).op
        if what.startswith("flush"):
            at = int(what.split()[1])
            offset, size, *_ = state[PROCESSES][rank][BUFFER][at]
            early = [one for one in early if one[0] != rank or at or len(state[PROCESSES][rank][BUFFER]) > 1]
            if at:
                early.append((rank, offset, size))
        elif reads(op) and any(rank != other and touching(op.place, op.size, *place) for other, *place in early):
            return True
    return False
