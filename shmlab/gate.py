"""The gate of a replay: each process waits at it before every operation until its turn comes.

Two ends of a socket for each process. Turns go out, replies come back, both of fixed form (no pickle from
a child). At its turn a process does its operation on the real segment and the real kernel objects, goes
on to its next, and says what it observed and where it stands. As one process moves at a time, nothing
can come between: the kernel's objects are only asked for what the schedule says they give at once. All
waiting is done here: who waits on a condition has really released its mutex and will really acquire it
again, but between the two, as at a barrier, it waits for its turn.
"""

import contextlib
import errno
import os
import secrets
import socket
import struct
import sys
import typing

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.objects import numbered
from shmlab.explorer.ops import Op
from shmlab.explorer.process import Process, end_of
from shmlab.ipc.slot import SLICE_S

GO, TIME_OUT, WAKE, PASS = range(4)  # turns; PASS: the barrier lets you through, you came as number n
_TURN = struct.Struct("<BQ")
# waits on; kind, size and value of the observation; kind, place, size, values of the operation it stands before
_REPLY = struct.Struct("<?BBQBQIBQQ")
_MOST_TEXT_BYTES = 4096
_NOTHING, _RAW, _NUMBER, _TRUTH, _PROBLEM = range(5)
_PROBLEMS = (ops.TIMED_OUT, ops.HELD_ALREADY, ops.NOT_HELD, ops.OWNER_DIED, ops.NOT_RECOVERABLE,
             ops.CONSISTENT_ALREADY)  # fmt: skip
_SYNC = ("acquire", "try_acquire", "release", "value", "consistent", "wait", "notify", "notify_all", "barrier")
_KINDS = (*sorted(ops.MEMORY), "fence", *_SYNC, *sorted(ops.ENDS))


class Reply(typing.NamedTuple):
    """What a process says. `waits`: it has not observed anything yet, as it waits on a condition or at a barrier.
    `seen`: what its operation observed; `op`: the one it stands before now."""

    waits: bool
    seen: object
    op: Op

    def packed(self):
        kind, size, value = _observation(self.seen)
        text = self.op.values[0] if self.op.kind == ops.RAISE else ""
        numbers = [] if text else [_number(one) for one in self.op.values]
        first, second = [*numbers, 0, 0][:2]
        fixed = _REPLY.pack(self.waits, kind, size, value, _KINDS.index(self.op.kind), self.op.place, self.op.size,
                            len(numbers), first, second)  # fmt: skip
        return fixed + text.encode(errors="backslashreplace")[:_MOST_TEXT_BYTES]


def unpacked(message):
    """The Reply behind a message."""
    waits, seen, size, value, number, place, op_size, count, *numbers = _REPLY.unpack_from(message)
    kind, text = _KINDS[number], message[_REPLY.size :].decode(errors="replace")
    values = tuple(numbers[:count])
    if kind == ops.RAISE:
        values = (text,)
    elif kind in ops.STORES:
        values = (numbers[0].to_bytes(op_size, sys.byteorder),)
    elif kind not in ops.UPDATES:
        values = tuple(map(bool, values))
    return Reply(waits, _observed(seen, size, value), Op(kind, place, op_size, values))


def _number(value):
    return int.from_bytes(value, sys.byteorder) if isinstance(value, bytes) else int(value)


def _observation(seen):
    """(kind, size in bytes, value) of an observation."""
    if seen is None:
        return _NOTHING, 0, 0
    if isinstance(seen, bytes):
        return _RAW, len(seen), _number(seen)
    if isinstance(seen, str):
        return _PROBLEM, 0, _PROBLEMS.index(seen)
    return _TRUTH if isinstance(seen, bool) else _NUMBER, 0, int(seen)


def _observed(kind, size, value):
    if kind == _NOTHING:
        return None
    if kind == _RAW:
        return value.to_bytes(size, sys.byteorder)
    if kind == _PROBLEM:
        return _PROBLEMS[value]
    return bool(value) if kind == _TRUTH else value


class Gate:
    """The parent's end: one socket for each process of a group."""

    def __init__(self):
        # An abstract address (unix(7)) has no file that could stay behind.
        self.address = f"\0shmlab-gate-{secrets.token_hex(16)}"
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._sockets = {}
        self._door.bind(self.address)
        self._door.listen(64)
        self._door.settimeout(SLICE_S)

    def welcome(self, group):
        """Wait until every worker of the group has come. Raises as hear does when one ended before."""
        self._group = group
        ranks = {worker.pid: rank for rank, worker in enumerate(group.workers)}
        while len(self._sockets) < len(ranks):
            try:
                came, _ = self._door.accept()
            except TimeoutError:
                self._hear_group()
                continue
            pid, _, _ = struct.unpack("3i", came.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if pid not in ranks:  # a stranger; the address is no secret
                came.close()
                continue
            came.settimeout(SLICE_S)
            self._sockets[ranks[pid]] = came

    def _hear_group(self):
        self._group.hear(0)
        for rank, worker in enumerate(self._group.workers):
            if worker.exit is not None and rank not in self._sockets:
                raise self._ended(rank)

    def _ended(self, rank):
        worker = self._group.workers[rank]
        late = worker.exit.signal is not None and isinstance(worker.error, TimeoutError)
        return (TimeoutError if late else ChildProcessError)(f"P{rank} {worker.exit.words}")

    def turn(self, rank, what, number=0):
        """Tell a process that it is its turn; returns its Reply. Raises as hear does."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # hear says how it ended
            self._sockets[rank].send(_TURN.pack(what, number))
        return self.hear(rank)

    def hear(self, rank):
        """Wait for what a process says. Raises ChildProcessError when it ends instead, TimeoutError when its
        deadline has ended it."""
        while True:
            try:
                message = self._sockets[rank].recv(_REPLY.size + _MOST_TEXT_BYTES)
            except TimeoutError:
                self._group.hear(0)  # who prints much needs a reader, or it never comes to its next operation
                continue
            except ConnectionResetError:
                message = b""
            if message:
                return unpacked(message)
            self._group.wait([self._group.workers[rank]])
            raise self._ended(rank)

    def close(self):
        for one in (self._door, *self._sockets.values()):
            one.close()


def pass_through(address, travelling, wanted, rank, sync, layout_type, memory, objects):
    """What each process of a replay does: run its function, and wait at the gate before every operation.

    `travelling`: the function, from copies.dumps. `memory`: the segment. `objects`: the kernel objects by number.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as parent:
        parent.connect(address)
        Gated(parent, memory.buffer, objects, wanted, rank, layout_type, sync).run(travelling)


class Gated(Process):
    """A process whose operations are real ones, each done when its turn comes."""

    def __init__(self, parent, memory, objects, wanted, rank, layout_type, sync):
        super().__init__(wanted, rank, layout_type, sync)
        self._parent, self._memory, self._objects = parent, memory, objects
        self._mutex_of = _mutexes(sync)
        self._seen = None

    def run(self, travelling):
        """Call the function, and say how it ends."""
        try:
            function, arguments = self.loaded(travelling, 0)
            function(**arguments)
        except BaseException as error:
            op = end_of(error)
            self._say(op)
            if op.kind == ops.ENDLESS:
                self._turn()  # it never comes: who would run for ever is ended from outside
            raise
        self._say(Op(ops.END))

    def do(self, op):
        self._say(op)
        self._seen = getattr(self, f"_{op.kind}")(op, self._turn())
        self._rounds = 0
        return self._seen

    def _say(self, op, waits=False):
        self._parent.send(Reply(waits, None if waits else self._seen, op).packed())

    def _turn(self):
        """Wait for a turn: (what, number)."""
        message = self._parent.recv(_TURN.size)
        if not message:
            os._exit(1)  # the parent is gone, and no except or finally of a learner's shall see that
        return _TURN.unpack(message)

    def _waiting(self, op):
        self._say(op, waits=True)
        return self._turn()

    # Memory.

    def _load(self, op, _):
        return bytes(self._memory[op.place : op.place + op.size])

    def _store(self, op, _):
        self._memory[op.place : op.place + op.size] = op.values[0]

    def _load_acquire(self, op, turn):
        if not primitives.native_atomics():
            return self._load(op, turn)
        loaded = primitives.need_native().load_acquire(self._memory, op.place, op.size)
        return loaded.to_bytes(op.size, sys.byteorder)

    def _store_release(self, op, turn):
        if not primitives.native_atomics():
            self._store(op, turn)
            return
        number = int.from_bytes(op.values[0], sys.byteorder)
        primitives.need_native().store_release(self._memory, op.place, op.size, number)

    def _update(self, op, _):
        if primitives.native_atomics():
            return getattr(primitives.need_native(), op.kind)(self._memory, op.place, op.size, *op.values)
        # Without a compiler it is done plainly: nobody else moves meanwhile.
        place = slice(op.place, op.place + op.size)
        old, new = int.from_bytes(self._memory[place], sys.byteorder), op.values[-1]
        if op.kind == "compare_exchange" and old != op.values[0]:
            return False
        if op.kind == "fetch_add":
            new = (old + new) & ((1 << 8 * op.size) - 1)
        self._memory[place] = new.to_bytes(op.size, sys.byteorder)
        return True if op.kind == "compare_exchange" else old

    _fetch_add = _exchange = _compare_exchange = _update

    def _fence(self, *_):
        if primitives.native_atomics():
            primitives.need_native().fence()

    # Synchronization.

    def _took(self, number):
        """What taking a semaphore or mutex that should be free observes; False when it is not free."""
        try:
            return self._objects[number].try_acquire()
        except primitives.OwnerDied:
            return ops.OWNER_DIED
        except RuntimeError:
            return ops.HELD_ALREADY
        except OSError as error:
            if error.errno != errno.ENOTRECOVERABLE:
                raise
            return ops.NOT_RECOVERABLE

    def _acquire(self, op, turn):
        took = self._took(op.place)
        return ops.TIMED_OUT if took is False and turn[0] == TIME_OUT else took

    def _try_acquire(self, op, _):
        return self._took(op.place)

    def _release(self, op, _):
        return self._asked(self._objects[op.place].release, ops.NOT_HELD)

    def _value(self, op, _):
        return self._objects[op.place].value

    def _consistent(self, op, _):
        return self._asked(self._objects[op.place].consistent, ops.CONSISTENT_ALREADY)

    def _notify(self, op, _):
        return self._asked(getattr(self._objects[op.place], op.kind), ops.NOT_HELD)

    _notify_all = _notify

    @staticmethod
    def _asked(verb, problem):
        """None after a verb that gives nothing back, or the problem that its RuntimeError stands for."""
        try:
            verb()
        except RuntimeError:
            return problem
        return None

    def _wait(self, op, _):
        mutex = self._mutex_of[op.place]
        problem = self._asked(self._objects[mutex].release, ops.NOT_HELD)
        if problem:
            return problem
        expired = False
        while (turn := self._waiting(op))[0] != GO:
            expired = expired or turn[0] == TIME_OUT
        took = self._took(mutex)
        return ops.TIMED_OUT if took is True and expired else took

    def _barrier(self, op, turn):
        while turn[0] == GO:
            turn = self._waiting(op)
        return turn[1] if turn[0] == PASS else ops.TIMED_OUT


def _mutexes(sync):
    """The number of each condition's mutex, by the condition's number."""
    declared = numbered(sync)
    numbers = {name: number for number, (name, _) in enumerate(declared)}
    return {numbers[name]: numbers[one.mutex] for name, one in declared if isinstance(one, primitives.Condition)}
