"""Repairs for names that concern store buffers: a fence, or a release store, exactly where one is missing."""

from shmlab.explorer import ops
from shmlab.explorer.diagnosis.what_if import IMPOSSIBLE, Repair, reads, source_of, touching
from shmlab.explorer.model.state import BUFFER, PROCESSES


class Fences(Repair):
    """Adds fences. `wanted`: (kind, source_of its node) of loads before which their process's buffer must be empty,
    and of stores that must reach memory after all earlier stores of their process."""

    def __init__(self, model, wanted):
        super().__init__(model)
        self._sources = wanted

    def start(self, state):
        return ((),) * len(state[PROCESSES])  # for each rank, for each store in its buffer, whether it is wanted

    def follow(self, notes, state, move, after):
        rank, action = move
        node, buffered = self.node(state, rank), notes[rank]
        if action.startswith("flush"):
            index = int(action.split()[1])
            if index and buffered[index]:
                return IMPOSSIBLE
            buffered = buffered[:index] + buffered[index + 1 :]
        elif action == "go" and node.op.kind in ops.STORES:
            buffered = (*buffered, _key(node) in self._sources)
        elif node.op.kind in ops.LOADS and state[PROCESSES][rank][BUFFER] and _key(node) in self._sources:
            return IMPOSSIBLE
        return after, (*notes[:rank], buffered, *notes[rank + 1 :])


def _key(node):
    return node.op.kind, source_of(node)


def overtaking(trail):
    """Return the loads in a Trail that came before an earlier store of their process reached memory, and the stores
    that reached memory before an earlier one, as Fences takes them."""
    early = set()
    buffered = [[] for _ in trail.states[0][PROCESSES]]  # for each rank the keys of the stores in its buffer
    for index, (rank, action) in enumerate(trail.schedule):
        node = trail.node(index)
        if action.startswith("flush"):
            position = int(action.split()[1])
            early |= {buffered[rank][position]} if position else set()
            del buffered[rank][position]
        elif node.op.kind in ops.STORES:
            buffered[rank].append(_key(node))
        elif node.op.kind in ops.LOADS and buffered[rank]:
            early.add(_key(node))
    return early


def seen_early(trail):
    """Return whether a process reads a store that has reached memory before an earlier store of the same process,
    which is still in its buffer."""
    early = []  # (rank, offset, size) of stores that have overtaken an earlier one
    for index, (rank, action) in enumerate(trail.schedule):
        state, op = trail.states[index], trail.node(index).op
        if action.startswith("flush"):
            position = int(action.split()[1])
            offset, size, *_ = state[PROCESSES][rank][BUFFER][position]
            early = [
                store for store in early if store[0] != rank or position or len(state[PROCESSES][rank][BUFFER]) > 1
            ]
            if position:
                early.append((rank, offset, size))
        elif reads(op) and any(rank != other and touching(op.place, op.size, *place) for other, *place in early):
            return True
    return False
