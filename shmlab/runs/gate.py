"""The gate of a replay: each process waits at it before every operation until its turn comes.

Two ends of a socket for each process: turns go out, replies come back, both of fixed form (no pickle from
a child). This is the parent's end, and the form of the messages; gated has the other end.
"""

import contextlib
import secrets
import socket
import struct
import sys
import typing

from shmlab.explorer import ops
from shmlab.explorer.ops import Op
from shmlab.ipc.slot import SLICE_S

GO, TIME_OUT, WAKE, PASS = range(4)  # turns; PASS: the barrier lets you through, you came as number n
TURN = struct.Struct("<BQ")
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
            self._sockets[rank].send(TURN.pack(what, number))
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
