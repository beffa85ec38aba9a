"""The model: a state of a program under check, and the steps that may come next.

A state is a tuple (memory, sync, processes, crashes left), all of it immutable:
memory: bytes. sync: for each object a number; a semaphore's units, a mutex's condition (below), how
many have arrived at a barrier, 0 for a condition. processes: for each (node, buffer, held, phase): where it
stands (see behaviour), its store buffer, what ends with it ((object, units) pairs), whether it waits.

A move is (rank, what): "go", "time out", "wake" (a spurious one), "crash", "flush n", or "wakes n", the
choice of whom a notification wakes.
"""

import ctypes
import sys

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.model import memory_models as memories
from shmlab.explorer.model.behaviour import CRASHED
from shmlab.explorer.model.synchronization import DIED, READY, Synchronization, changed

_MOST_REMEMBERED = 20_000  # states, 1 kB each
IDLE_MOVES = ("wake", "crash")  # none of these makes a stuck program go on


class Model(Synchronization):
    """The moves of a program. `declared`: its synchronization objects, in the order of their numbers."""

    def __init__(self, behaviour, initial, declared, *, memory="sc", spurious=True, crashes=0):
        self.behaviour, self.kind, self.spurious = behaviour, memory, spurious
        self._nodes = behaviour.nodes
        self._extend = behaviour.extend
        self._mutex_of, self._parties, self._undo = {}, {}, set()
        sync = []
        names = [name for name, _ in declared]
        for number, (_, one) in enumerate(declared):
            sync.append(one.initial if isinstance(one, primitives.Semaphore) else 0)
            if isinstance(one, primitives.Condition):
                self._mutex_of[number] = names.index(one.mutex)
            elif isinstance(one, primitives.Barrier):
                self._parties[number] = one.parties
            elif isinstance(one, primitives.Semaphore) and one.undo:
                self._undo.add(number)
        self._mutexes = {number for number, (_, one) in enumerate(declared) if isinstance(one, primitives.Mutex)}
        processes = tuple((start, (), (), READY) for start in behaviour.starts)
        self.initial = (initial, tuple(sync), processes, crashes)
        self._remembered = {}  # state -> successors: the searches of a check go through the same states
        self._go = [(rank, "go") for rank in range(len(processes))]
        self._takes = dict.fromkeys(ops.LOADS, self._load) | dict.fromkeys(ops.STORES, self._store)
        self._takes |= dict.fromkeys(ops.UPDATES, self._update)
        for kind in ("fence", "acquire", "try_acquire", "release", "value", "consistent", "wait", "notify",
                     "notify_all", "barrier"):  # fmt: skip
            self._takes[kind] = getattr(self, f"_{kind}")
        self._takes |= dict.fromkeys((*ops.ENDS, "crashed"), self._nothing)

    def successors(self, state):
        """((move, next state), …) of every step that may come next."""
        found = self._remembered.get(state)
        if found is None:
            found = tuple(self._successors(state))
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[state] = found
        return found

    def _successors(self, state):
        found = []
        crashes, nodes, ends = state[3], self._nodes, self.behaviour.ends
        for rank, process in enumerate(state[2]):
            node = nodes[process[0]]
            self._takes[node.op.kind](found, state, rank, process, node)
            if process[1]:
                self._flush(found, state, rank, process)
            if crashes and process[0] not in ends:
                crashed = self._left(state, rank, (CRASHED, process[1], process[2], READY))
                found.append(((rank, "crash"), (*crashed[:3], crashes - 1)))
        return found

    def move(self, state, move):
        """The state after a move. Raises KeyError when it cannot be made."""
        return dict(self.successors(state))[move]

    def over(self, state):
        """Whether every process has ended and every store has reached memory."""
        ends = self.behaviour.ends
        return all(process[0] in ends and not process[1] for process in state[2])

    def crashed(self, state):
        """The ranks of the processes that were killed."""
        return tuple(rank for rank, process in enumerate(state[2]) if process[0] == CRASHED)

    def waits(self, state, rank, phase, sync=None, held=None):
        """The state in which process `rank` is in another phase of the same operation."""
        node, buffer, before, _ = state[2][rank]
        process = (node, buffer, before if held is None else held, phase)
        processes = state[2]
        sync = state[1] if sync is None else sync
        return (state[0], sync, (*processes[:rank], process, *processes[rank + 1 :]), state[3])

    # How a state goes over into the next.

    def taken(self, state, move):
        """(the state after a move, {rank: what it observed} of those that observed something)."""
        made = {}  # id of a state -> (rank, what it observed to come there, the state before)
        real = self._on

        def noting(state, rank, node, observation, *after, **named):
            following = real(state, rank, node, observation, *after, **named)
            made[id(following)] = rank, observation, state
            return following

        self._on = noting
        try:
            found = self._successors(state)
        finally:
            del self._on
        following = now = dict(found)[move]
        observed = {}
        while id(now) in made:
            rank, observation, now = made[id(now)]
            observed[rank] = observation
        return following, observed

    def _on(self, state, rank, node, observation, memory=None, sync=None, buffer=None, held=None):
        """The state in which process `rank` has observed `observation` and stands before its next operation."""
        following = node.after.get(observation)
        if following is None:
            following = self._extend(node, observation)
        processes = state[2]
        process = processes[rank]
        process = (
            following,
            process[1] if buffer is None else buffer,
            process[2] if held is None else held,
            READY,
        )
        now = (state[0] if memory is None else memory, state[1] if sync is None else sync, processes, state[3])
        if process[2] and following in self.behaviour.ends:
            return self._left(now, rank, process)
        return (now[0], now[1], (*processes[:rank], process, *processes[rank + 1 :]), now[3])

    def _left(self, state, rank, process):
        """The state after a process ended: its mutexes have lost their owner, its undo is done."""
        sync = state[1]
        for number, units in process[2]:
            sync = changed(sync, number, DIED if number in self._mutexes else max(0, sync[number] + units))
        processes = state[2]
        process = (process[0], process[1], (), process[3])
        return (state[0], sync, (*processes[:rank], process, *processes[rank + 1 :]), state[3])

    # Memory.

    def _nothing(self, found, state, rank, process, node):
        """An ended process takes no step."""

    def _load(self, found, state, rank, process, node):
        op = node.op
        if process[1]:
            raw = memories.load(state[0], process[1], op.place, op.size)
            if raw is None:
                return
        else:
            raw = state[0][op.place : op.place + op.size]
        found.append((self._go[rank], self._on(state, rank, node, raw)))

    def _store(self, found, state, rank, process, node):
        op = node.op
        raw = op.values[0]
        if self.kind == "sc":
            memory = state[0]
            memory = memory[: op.place] + raw + memory[op.place + op.size :]
            found.append((self._go[rank], self._on(state, rank, node, None, memory)))
        else:
            waiting = (op.place, op.size, raw, op.kind == "store_release" and self.kind == "pso")
            found.append((self._go[rank], self._on(state, rank, node, None, buffer=(*process[1], waiting))))

    def _flush(self, found, state, rank, process):
        for index in memories.flushable(self.kind, process[1]):
            offset, _, raw, _ = process[1][index]
            memory = memories.written(state[0], offset, raw)
            buffer = process[1][:index] + process[1][index + 1 :]
            after = (process[0], buffer, process[2], process[3])
            processes = (*state[2][:rank], after, *state[2][rank + 1 :])
            found.append(((rank, f"flush {index}"), (memory, state[1], processes, state[3])))

    def _update(self, found, state, rank, process, node):
        if process[1]:
            return
        kind, place, size, values = node.op
        old = int.from_bytes(state[0][place : place + size], sys.byteorder)
        observed, new = old, values[-1]
        if kind == "fetch_add":
            new = (old + values[0]) & ((1 << 8 * size) - 1)
        elif kind == "compare_exchange":
            observed = old == values[0]
            new = values[1] if observed else old
        memory = memories.written(state[0], place, new.to_bytes(size, sys.byteorder))
        found.append((self._go[rank], self._on(state, rank, node, observed, memory)))

    def _fence(self, found, state, rank, process, node):
        if not process[1]:
            found.append((self._go[rank], self._on(state, rank, node, None)))


def as_memory(layout, raw):
    """The bytes of a state as the ctypes Structure that predicates take."""
    return layout.from_buffer_copy(raw) if ctypes.sizeof(layout) else layout()
