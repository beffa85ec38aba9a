"""Implement the gate of a replay: before every operation each process waits at the gate until its turn.

Each process has a socket to the parent: turns go out, replies come back, both in a fixed format, so that the parent
unpickles nothing from a child. This module has the parent's end and the format; stepped_process has the other end.
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

GO, TIME_OUT, WAKE, PASS = range(4)  # turns; PASS: leave the barrier, with your number of arrival
TURN = struct.Struct("<BQ")
# waits; observation: kind, size, value; next operation: kind, place, size, number of values, two values
_REPLY = struct.Struct("<?BBQBQIBQQ")
_MOST_TEXT_BYTES = 4096
_NOTHING, _RAW, _NUMBER, _TRUTH, _PROBLEM = range(5)
_PROBLEMS = (ops.TIMED_OUT, ops.HELD_ALREADY, ops.NOT_HELD, ops.OWNER_DIED, ops.NOT_RECOVERABLE,
             ops.CONSISTENT_ALREADY)  # fmt: skip
_SYNC = ("acquire", "try_acquire", "release", "value", "consistent", "wait", "notify", "notify_all", "barrier")
_KINDS = (*sorted(ops.MEMORY), "fence", ops.INVOKE, *_SYNC, *sorted(ops.ENDS))


class Reply(typing.NamedTuple):
    """Hold a process's reply to a turn.

    `waits`: True if its operation has no result yet because it waits on a condition or at a barrier. `seen`: what its
    operation observed. `op`: its next operation.
    """

    waits: bool
    seen: object
    op: Op

    def packed(self):
        """Return the reply as a message."""
        kind, size, value = _observation(self.seen)
        text = self.op.values[0] if self.op.kind == ops.RAISE else ""
        numbers = [] if text else [_number(operand) for operand in self.op.values]
        first, second = [*numbers, 0, 0][:2]
        fixed = _REPLY.pack(self.waits, kind, size, value, _KINDS.index(self.op.kind), self.op.place, self.op.size,
                            len(numbers), first, second)  # fmt: skip
        return fixed + text.encode(errors="backslashreplace")[:_MOST_TEXT_BYTES]


def unpacked(message):
    """Return the Reply for a message."""
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
    """Return (kind, size in bytes, value) of an observation."""
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
    """Hold the parent's ends of the sockets, one for each process of a group."""

    def __init__(self):
        # An abstract address (unix(7)) leaves no file behind.
        self.address = f"\0shmlab-gate-{secrets.token_hex(16)}"
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._sockets = {}
        self._listener.bind(self.address)
        self._listener.listen(64)
        self._listener.settimeout(SLICE_S)

    def accept_all(self, group):
        """Wait until every worker of the group has connected. Raises as `hear` if one ended before."""
        self._group = group
        ranks = {worker.pid: rank for rank, worker in enumerate(group.workers)}
        while len(self._sockets) < len(ranks):
            try:
                connection, _ = self._listener.accept()
            except TimeoutError:
                self._hear_group()
                continue
            pid, _, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
            if pid not in ranks:  # another process: any process can read the address
                connection.close()
                continue
            connection.settimeout(SLICE_S)
            self._sockets[ranks[pid]] = connection

    def _hear_group(self):
        self._group.hear(0)
        for rank, worker in enumerate(self._group.workers):
            if worker.exit is not None and rank not in self._sockets:
                raise self._ended(rank)

    def _ended(self, rank):
        worker = self._group.workers[rank]
        late = worker.exit.signal is not None and isinstance(worker.error, TimeoutError)
        return (TimeoutError if late else ChildProcessError)(f"P{rank} {worker.exit.words}")

    def turn(self, rank, kind, number=0):
        """Give a process its turn and return its Reply. Raises as `hear`.

        `kind`: GO, TIME_OUT, WAKE or PASS. `number`: for PASS, the number of arrival.
        """
        self.send(rank, kind, number)
        return self.hear(rank)

    def send(self, rank, kind, number=0):
        """Give a process its turn, and do not wait for its reply."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # `hear` reports how it ended
            self._sockets[rank].send(TURN.pack(kind, number))

    def hear(self, rank):
        """Wait for a process's Reply. Raises ChildProcessError if it ended, TimeoutError if its deadline ended it."""
        while True:
            try:
                message = self._sockets[rank].recv(_REPLY.size + _MOST_TEXT_BYTES)
            except TimeoutError:
                self._group.hear(0)  # read what the workers print: a full pipe would block them
                continue
            except ConnectionResetError:
                message = b""
            if message:
                return unpacked(message)
            self._group.wait([self._group.workers[rank]])
            raise self._ended(rank)

    def close(self):
        for end in (self._listener, *self._sockets.values()):
            end.close()
