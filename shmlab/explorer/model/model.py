"""The model: a state of a program under check, and the steps that may come next.

A search visits millions of states and compares them, so a state is an immutable tuple, (memory, sync, processes,
crashes left); `state` names the positions. memory: bytes. sync: one number for each object: a semaphore's units, a
mutex's condition (see synchronization), how many processes have arrived at a barrier, 0 for a condition; and last, in a
program with a specification, the number of what its operations have done so far (see linearization). processes:
for each (node, buffer, holds, phase): where it stands (see behaviour), its store buffer, the ((object, units), …) that
the kernel gives back when it ends, and how it waits.

A move is (rank, action). The action is "go", "time out", "wake" (a spurious wake-up), "crash", "flush n" (store n of
the buffer reaches memory), or "wakes n" (a notification that wakes process n).
"""

import ctypes
import sys

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.model import memory_models as memories
from shmlab.explorer.model.behaviour import CRASHED
from shmlab.explorer.model.linearization import BROKEN
from shmlab.explorer.model.state import BUFFER, CRASHES, HOLDS, MEMORY, NODE, PHASE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import DIED, READY, Synchronization, changed

_MOST_REMEMBERED = 20_000  # states, 1 kB each
IDLE_MOVES = ("wake", "crash")  # actions by which a stuck program does not go on


class Model(Synchronization):
    """The moves of a program. `declared`: its synchronization objects as (name, declaration), in the order of their
    numbers."""

    def __init__(self, behaviour, initial, declared, *, memory="sc", spurious=True, crashes=0, linearization=None):
        self.behaviour, self.kind, self.spurious = behaviour, memory, spurious
        self.linearization = linearization
        self._nodes, self._responding = behaviour.nodes, behaviour.responding
        self._extend = behaviour.extend
        self._mutex_of, self._parties, self._undo = {}, {}, set()
        sync = []
        names = [name for name, _ in declared]
        for number, (_, obj) in enumerate(declared):
            sync.append(obj.initial if isinstance(obj, primitives.Semaphore) else 0)
            if isinstance(obj, primitives.Condition):
                self._mutex_of[number] = names.index(obj.mutex)
            elif isinstance(obj, primitives.Barrier):
                self._parties[number] = obj.parties
            elif isinstance(obj, primitives.Semaphore) and obj.undo:
                self._undo.add(number)
        self.mutexes = {number for number, (_, obj) in enumerate(declared) if isinstance(obj, primitives.Mutex)}
        if linearization is not None:
            sync.append(linearization.first)
        processes = tuple((start, (), (), READY) for start in behaviour.starts)
        self.initial = (initial, tuple(sync), processes, crashes)
        self._remembered = {}  # state -> successors: the searches of a check go through the same states
        self._go = [(rank, "go") for rank in range(len(processes))]
        self._moves_of = dict.fromkeys(ops.LOADS, self._load) | dict.fromkeys(ops.STORES, self._store)
        self._moves_of |= dict.fromkeys(ops.UPDATES, self._update)
        for kind in ("fence", "invoke", "respond", "acquire", "try_acquire", "release", "value", "consistent", "wait",
                     "notify", "notify_all", "barrier"):  # fmt: skip
            self._moves_of[kind] = getattr(self, f"_{kind}")
        self._moves_of |= dict.fromkeys((ops.END, ops.RAISE), self._exit)
        self._moves_of |= dict.fromkeys((ops.ENDLESS, "crashed"), self._nothing)

    def successors(self, state):
        """Return ((move, next state), …) for every step that may come next."""
        following = self._remembered.get(state)
        if following is None:
            following = tuple(self._successors(state))
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[state] = following
        return following

    def _successors(self, state):
        moves = []
        crashes, nodes, ends = state[CRASHES], self._nodes, self.behaviour.ends
        for rank, process in enumerate(state[PROCESSES]):
            node = nodes[process[NODE]]
            self._moves_of[node.op.kind](moves, state, rank, process, node)
            if process[BUFFER]:
                self._flush(moves, state, rank, process)
            if crashes and process[NODE] not in ends:
                crashed = self._end(state, rank, (CRASHED, *process[1:PHASE], READY))
                moves.append(((rank, "crash"), (*crashed[:3], crashes - 1)))
        return moves

    def move(self, state, move):
        """Return the state after a move. Raise KeyError if it cannot be made."""
        return dict(self.successors(state))[move]

    def broken(self, state):
        """Return whether no order of the operations explains what they have returned."""
        return self.linearization is not None and state[SYNC][-1] == BROKEN

    def over(self, state):
        """Return whether every process has ended, with all that its end brings about."""
        ends = self.behaviour.ends
        return all(process[NODE] in ends and not process[BUFFER] and not process[HOLDS] for process in state[PROCESSES])

    def crashed(self, state):
        """Return the ranks of the processes that were killed."""
        return tuple(rank for rank, process in enumerate(state[PROCESSES]) if process[NODE] == CRASHED)

    def with_phase(self, state, rank, phase, sync=None, holds=None):
        """Return the state in which process `rank` is in another phase of the same operation."""
        node, buffer, before, _ = state[PROCESSES][rank]
        process = (node, buffer, before if holds is None else holds, phase)
        processes = state[PROCESSES]
        sync = state[SYNC] if sync is None else sync
        return (state[MEMORY], sync, (*processes[:rank], process, *processes[rank + 1 :]), state[CRASHES])

    # From a state to the next.

    def move_and_observe(self, state, move):
        """Return (the state after a move, {rank: what it observed} for each process that observed something)."""
        made = {}  # id of a state -> (rank, its observation, the state before)
        real = self._on

        def recording(state, rank, node, observation, *after, **named):
            following = real(state, rank, node, observation, *after, **named)
            made[id(following)] = rank, observation, state
            return following

        self._on = recording
        try:
            moves = self._successors(state)
        finally:
            del self._on
        following = now = dict(moves)[move]
        observed = {}
        while id(now) in made:
            rank, observation, now = made[id(now)]
            observed[rank] = observation
        return following, observed

    def _on(self, state, rank, node, observation, memory=None, sync=None, buffer=None, holds=None):
        """Return the state in which process `rank` has observed `observation` and stands before its next operation."""
        following = node.after.get(observation)
        if following is None:
            following = self._extend(node, observation)
        if self._responding and following in self._responding:
            following, sync = self._responded(following, state[SYNC] if sync is None else sync, rank)
        processes = state[PROCESSES]
        process = processes[rank]
        process = (
            following,
            process[BUFFER] if buffer is None else buffer,
            process[HOLDS] if holds is None else holds,
            READY,
        )
        return (
            state[MEMORY] if memory is None else memory,
            state[SYNC] if sync is None else sync,
            (*processes[:rank], process, *processes[rank + 1 :]),
            state[CRASHES],
        )

    def _responded(self, number, sync, rank):
        """Return (node, sync) after all responses at a node. They belong to the step before: the earlier a response
        comes, the fewer orders can explain it, so a later one finds nothing more."""
        while number in self._responding:
            node = self._nodes[number]
            if self.linearization is not None:
                sync = (*sync[:-1], self.linearization.responded(sync[-1], rank, *node.op.values))
            number = node.after.get(None)
            if number is None:
                number = self._extend(node, None)
        return number, sync

    def settled(self, number):
        """Return the node where a process stands that came to this node: responses are part of the step before."""
        return self._responded(number, (*self.initial[SYNC][:-1], BROKEN), 0)[0]

    def _end(self, state, rank, process):
        """Return the state after a process has ended: its mutexes have lost their owner, and its semaphore undo is
        done, once its stores have reached memory."""
        sync = state[SYNC]
        if not process[BUFFER]:
            for number, units in process[HOLDS]:
                sync = changed(sync, number, DIED if number in self.mutexes else max(0, sync[number] + units))
            process = (process[NODE], (), (), process[PHASE])
        processes = state[PROCESSES]
        return (state[MEMORY], sync, (*processes[:rank], process, *processes[rank + 1 :]), state[CRASHES])

    # Operations of the program.

    def _invoke(self, moves, state, rank, process, node):
        sync = state[SYNC]
        if self.linearization is not None:
            sync = (*sync[:-1], self.linearization.invoked(sync[-1], rank, *node.op.values))
        moves.append((self._go[rank], self._on(state, rank, node, None, sync=sync)))

    def _respond(self, moves, state, rank, process, node):
        """Stand at a response, which only a process does that has done nothing before it: there is no operation."""
        number, sync = self._responded(process[NODE], state[SYNC], rank)
        process = (number, *process[1:])
        moves.append((self._go[rank], (state[MEMORY], sync, (*state[PROCESSES][:rank], process,
                      *state[PROCESSES][rank + 1 :]), state[CRASHES])))  # fmt: skip

    # Memory.

    def _exit(self, moves, state, rank, process, node):
        """End, after the last operation, in a step of its own: until then others find the process alive."""
        if process[HOLDS] and not process[BUFFER]:
            moves.append((self._go[rank], self._end(state, rank, process)))

    def _nothing(self, moves, state, rank, process, node):
        """Add no move: the process does nothing more."""

    def _load(self, moves, state, rank, process, node):
        op = node.op
        if process[BUFFER]:
            raw = memories.load(state[MEMORY], process[BUFFER], op.place, op.size)
            if raw is None:
                return
        else:
            raw = state[MEMORY][op.place : op.place + op.size]
        moves.append((self._go[rank], self._on(state, rank, node, raw)))

    def _store(self, moves, state, rank, process, node):
        op = node.op
        raw = op.values[0]
        if self.kind == "sc":
            memory = state[MEMORY]
            memory = memory[: op.place] + raw + memory[op.place + op.size :]
            moves.append((self._go[rank], self._on(state, rank, node, None, memory)))
        else:
            waiting = (op.place, op.size, raw, op.kind == "store_release" and self.kind == "pso")
            moves.append((self._go[rank], self._on(state, rank, node, None, buffer=(*process[BUFFER], waiting))))

    def _flush(self, moves, state, rank, process):
        for index in memories.flushable(self.kind, process[BUFFER]):
            offset, _, raw, _ = process[BUFFER][index]
            memory = memories.written(state[MEMORY], offset, raw)
            buffer = process[BUFFER][:index] + process[BUFFER][index + 1 :]
            after = (process[NODE], buffer, *process[HOLDS:])
            flushed = (memory, state[SYNC], (*state[PROCESSES][:rank], after, *state[PROCESSES][rank + 1 :]),
                       state[CRASHES])  # fmt: skip
            if process[NODE] == CRASHED:
                flushed = self._end(flushed, rank, after)
            moves.append(((rank, f"flush {index}"), flushed))

    def _update(self, moves, state, rank, process, node):
        if process[BUFFER]:
            return
        kind, place, size, values = node.op
        old = int.from_bytes(state[MEMORY][place : place + size], sys.byteorder)
        observed, new = old, values[-1]
        if kind == "fetch_add":
            new = (old + values[0]) & ((1 << 8 * size) - 1)
        elif kind == "compare_exchange":
            observed = old == values[0]
            new = values[1] if observed else old
        memory = memories.written(state[MEMORY], place, new.to_bytes(size, sys.byteorder))
        moves.append((self._go[rank], self._on(state, rank, node, observed, memory)))

    def _fence(self, moves, state, rank, process, node):
        if not process[BUFFER]:
            moves.append((self._go[rank], self._on(state, rank, node, None)))


def as_memory(layout, raw):
    """Return the bytes of a state as the ctypes Structure that predicates take."""
    return layout.from_buffer_copy(raw) if ctypes.sizeof(layout) else layout()
