"""The state of the naive interpreter, and what every operation may do to it."""

import typing

MOST_PRIVATE = 10_000
FINISHED, RAISED, CRASHED, LEAVING = -1, -2, -3, -4
ENDED = FINISHED, CRASHED


class Entry(typing.NamedTuple):
    """A store that waits in a buffer."""

    address: int
    value: int
    release: bool


class Held(typing.NamedTuple):
    """A mutex: who holds it, and whether it is "sound", "died" (an owner did) or "unusable"."""

    owner: int | None
    health: str


class Label:
    """A place in the code that is known once all of it is."""

    pc = None


class Handler(typing.NamedTuple):
    """Where an exception goes, and the slot that keeps it."""

    label: Label
    slot: int


class World:
    """A state that may be changed: shared memory, synchronization, processes, buffers."""

    def __init__(self, flat, state):
        self.flat = flat
        memory, sync, pcs, local, buffers = state
        self.memory, self.sync, self.pcs = list(memory), list(sync), list(pcs)
        self.local, self.buffers = list(map(list, local)), list(buffers)

    def frozen(self):
        return tuple(self.memory), tuple(self.sync), tuple(self.pcs), tuple(map(tuple, self.local)), tuple(self.buffers)

    def operation(self, p):
        """What process `p` does next, None when it has ended."""
        pc = self.pcs[p]
        return None if pc < 0 else self.flat.code[p][pc]

    def waiting(self, kind, sync):
        """The processes whose next operation is a `kind` on the object `sync`."""
        there = [(p, self.operation(p)) for p in range(len(self.pcs))]
        return [p for p, operation in there if isinstance(operation, kind) and operation.sync == sync]

    def go_on(self, p):
        """Private computation: up to the next visible operation or the end."""
        for _ in range(MOST_PRIVATE):
            operation = self.operation(p)
            if operation is None or operation.visible:
                return
            self.pcs[p] += 1
            operation.compute(self, p)
        raise RuntimeError(f"process {p} computes without end: {self.flat.code[p]}")

    def throw(self, p, exception, handler):
        """Go to the handler with it, or out of the function."""
        if handler is not None:
            self.local[p][handler.slot] = exception
            self.pcs[p] = handler.label.pc
        elif exception == "SystemExit":
            self.end(p)
        else:
            self.pcs[p] = RAISED

    def end(self, p, how=FINISHED):
        """End, or stand before the end while there is something to leave to others."""
        holds = any(isinstance(one, Held) and one.owner == p for one in self.sync)
        self.pcs[p] = LEAVING if holds and how == FINISHED else how

    def leave(self, p):
        """Leave the mutexes to others."""
        for index, one in enumerate(self.sync):
            if isinstance(one, Held) and one.owner == p:
                self.sync[index] = Held(None, "died")

    def read(self, p, address):
        """What `p` finds there: its own newest buffered store, else memory."""
        own = [entry.value for entry in self.buffers[p] if entry.address == address]
        return own[-1] if own else self.memory[address]

    def flushable(self, p):
        """Indexes of the entries of p's buffer that may reach memory now."""
        entries = self.buffers[p]
        if self.flat.memory_model == "tso":
            return range(min(1, len(entries)))
        older = [{entry.address for entry in entries[:index]} for index in range(len(entries))]
        return [i for i, entry in enumerate(entries) if i == 0 or not (entry.release or entry.address in older[i])]

    def flush(self, p, index):
        entry = self.buffers[p][index]
        self.memory[entry.address] = entry.value
        self.buffers[p] = self.buffers[p][:index] + self.buffers[p][index + 1 :]
        if self.pcs[p] == CRASHED and not self.buffers[p]:
            self.leave(p)
