"""Run one process of a replay: a learner's function whose operations are real, each done at its turn.

Only one process moves at a time, so nothing can happen between a turn and its operation, and the schedule contains
only operations that do not block. All waiting is done at the gate: a process that waits on a condition has really
released its mutex and will really acquire it again; between the two, as at a barrier, it waits for its turn.
"""

import errno
import os
import socket
import sys

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.execution.process import Process, end_of
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.ops import Op
from shmlab.runs.gate import GO, PASS, TIME_OUT, TURN, Reply


def pass_through(address, travelling, wanted, rank, sync, layout_type, memory, objects):
    """Run a process of a replay: call its function, and wait at the gate before every operation.

    `address`: the gate's. `travelling`: the pickled function. `wanted`: names of its parameters. `memory`: the
    segment. `objects`: the kernel objects by number.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as parent:
        parent.connect(address)
        Gated(parent, memory.buffer, objects, wanted, rank, layout_type, sync).run(travelling)


class Gated(Process):
    """Do a process's operations in reality, each at its turn."""

    refuses = False

    def __init__(self, parent, memory, objects, wanted, rank, layout_type, sync):
        super().__init__(wanted, rank, layout_type, sync)
        self._parent, self._memory, self._objects = parent, memory, objects
        self._mutex_of = _mutexes(sync)
        self._seen = None

    def run(self, travelling):
        """Call the function, report how it ends, and wait for the turn to end: until then the kernel gives nothing
        back that this process holds."""
        try:
            function, arguments = self.loaded(travelling, 0)
            function(**arguments)
        except BaseException as error:
            self.explained(error)
            self._send_reply(end_of(error))
            self._turn()
            raise
        self._send_reply(Op(ops.END))
        self._turn()

    def do(self, op):
        self._send_reply(op)
        self._seen = getattr(self, f"_{op.kind}")(op, self._turn())
        self._rounds = 0
        return self._seen

    def too_long(self, frame):
        self._send_reply(Op(ops.ENDLESS))
        self._turn()  # never comes: the parent ends a process that would run for ever

    def _send_reply(self, op, waits=False):
        seen, self._seen = self._seen, None
        self._parent.send(Reply(waits, seen, op).packed())

    def _turn(self):
        """Wait for a turn and return (kind, number)."""
        message = self._parent.recv(TURN.size)
        if not message:
            os._exit(1)  # the parent is gone; exit without running the learner's except and finally blocks
        return TURN.unpack(message)

    def _wait_at_gate(self, op):
        self._send_reply(op, waits=True)
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
        # Without native atomics, plain steps are enough: no other process moves meanwhile.
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

    # Operations of the program.

    def invoke(self, name, arguments):
        """Wait for the turn in which the operation begins; its arguments stay in this process."""
        self.do(Op(ops.INVOKE))

    def _invoke(self, *_):
        pass

    def respond(self, result):
        """Go on: a response is part of the step before it."""

    # Synchronization.

    def _try_take(self, number):
        """Acquire a semaphore or mutex that should be free. Return what this observes, False if it is not free."""
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
        taken = self._try_take(op.place)
        return ops.TIMED_OUT if taken is False and turn[0] == TIME_OUT else taken

    def _try_acquire(self, op, _):
        return self._try_take(op.place)

    def _release(self, op, _):
        return self._problem_of(self._objects[op.place].release, ops.NOT_HELD)

    def _value(self, op, _):
        return self._objects[op.place].value

    def _consistent(self, op, _):
        return self._problem_of(self._objects[op.place].consistent, ops.CONSISTENT_ALREADY)

    def _notify(self, op, _):
        return self._problem_of(getattr(self._objects[op.place], op.kind), ops.NOT_HELD)

    _notify_all = _notify

    @staticmethod
    def _problem_of(verb, problem):
        """Call a verb without a result. Return None, or `problem` if it raised RuntimeError."""
        try:
            verb()
        except RuntimeError:
            return problem
        return None

    def _wait(self, op, _):
        mutex = self._mutex_of[op.place]
        problem = self._problem_of(self._objects[mutex].release, ops.NOT_HELD)
        if problem:
            return problem
        expired = False
        while (turn := self._wait_at_gate(op))[0] != GO:
            expired = expired or turn[0] == TIME_OUT
        taken = self._try_take(mutex)
        return ops.TIMED_OUT if taken is True and expired else taken

    def _barrier(self, op, turn):
        while turn[0] == GO:
            turn = self._wait_at_gate(op)
        return turn[1] if turn[0] == PASS else ops.TIMED_OUT


def _mutexes(sync):
    """Return number of a condition -> number of its mutex."""
    declared = numbered(sync)
    numbers = {name: number for number, (name, _) in enumerate(declared)}
    return {numbers[name]: numbers[each.mutex] for name, each in declared if isinstance(each, primitives.Condition)}
