"""Run the learner's functions in their own process, one operation at a time, as the parent asks.

During a search the parent decides what happens next: here a function runs up to its next operation and waits for the
parent to say what it observes. The parent keeps memory, schedule and verdict; this process only runs the code.
"""

import hashlib
import sys

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.execution import copies
from shmlab.explorer.execution.greenlet_host import MOST_CALLS, Execution
from shmlab.explorer.lookalikes.fields import standing_for
from shmlab.explorer.lookalikes.sync_objects import BarrierHandle, ConditionHandle, MutexHandle, SemaphoreHandle
from shmlab.explorer.marks.reachable_state import ReachableState
from shmlab.grading.messages.answers import raised_message, rebuilt_exception, returned_message
from shmlab.grading.messages.operations import packed_op, packed_place
from shmlab.grading.messages.signatures import signature_of
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import packed, unpacked

_HANDLES = {"Semaphore": SemaphoreHandle, "Mutex": MutexHandle, "Barrier": BarrierHandle}
_MARK_BYTES = 16


class LearnersExecution(Execution):
    """Run the learner's part of one execution: calls of functions, one after the other, on copies of its own."""

    def __init__(self, travelling, layouts, seed, rank, retraced):
        super().__init__(travelling, (), rank, None, {}, seed)
        self._layouts, self.retraced = layouts, retraced
        self._semaphores = set()
        self.deepest = MOST_CALLS
        self.root = LearnersExecution._call.__code__

    def _run(self, _):
        primitives.HOST.set(self)
        self._functions = copies.load(self._travelling, self, self.stand_ins(self.seed))
        self._state = ReachableState()
        message = self._greenlet.parent.switch(["done"])
        while True:
            _, name, arguments, named = message
            message = self._greenlet.parent.switch(self._answer(name, arguments, named))

    def _answer(self, name, arguments, named):
        try:
            arguments = [unpacked(argument, self._unpack_handle) for argument in arguments]
            named = {key: unpacked(value, self._unpack_handle) for key, value in named}
            if not self.retraced:
                self._state.begin(self._functions[name])
            return self._call(self._functions[name], name, arguments, named)
        except BaseException as error:
            if self._dying:
                raise
            self.explained(error)
            return raised_message(error)

    def _call(self, function, name, arguments, named):
        result = function(*arguments, **named)
        return returned_message(name, result, self.token(sys._getframe()))

    def token(self, frame, callee=None):
        """Return the mark of the learner's part as a digest of fixed length, or None; see marks."""
        known = self.adrift or self.retraced
        mark = None if known else self.mark_here(frame, callee)
        return None if mark is None else _digest(mark)

    def has_one_result(self, op):
        """Tell whether an operation has only one possible result, so that the parent need not be asked.

        False for operations that can fail or be given up.
        """
        if op.kind in ("acquire", "release"):
            return op.place in self._semaphores and not any(op.values)
        return op.kind in ops.SURE

    def stop_message(self, stop):
        """Return a Stop as a message."""
        if stop.op.kind in ops.ENDS | ops.GIVEN_UP:
            return ["ended", stop.op.kind, [shortened(text) for text in stop.problem], packed_place(stop.place)]
        mark = None if stop.mark is None else _digest(stop.mark)
        return ["stop", packed_op(stop.op), mark, packed_place(stop.place), self.drew]

    def _unpack_handle(self, name, content):
        """Return what stands for an object of the parent that was passed to a function."""
        match name, content:
            case "shm", [address, number]:
                return standing_for(self._layouts[number], self, address)
            case "object", ["Condition", number, what, mutex, mutex_what]:
                return ConditionHandle(self, number, what, MutexHandle(self, mutex, mutex_what))
            case "object", [kind, number, what]:
                if kind == "Semaphore":
                    self._semaphores.add(number)
                return _HANDLES[kind](self, number, what)
            case "callback", [number, name, doc, parameters]:
                return Callback(self, number, name, doc, parameters)
        raise ValueError(f"{name!r} stands for nothing")

    def call_back(self, number, arguments, named, frame, name):
        """Have the parent call a function of its own. Returns or raises what that function did.

        `frame`: the frame of the learner's function that calls it. `name`: its name there, or None.
        """
        mark = None if name is None else self.token(frame, name)
        named = [[key, packed(value)] for key, value in named.items()]
        request = ["callback", number, [packed(argument) for argument in arguments], named, mark]
        answer = self._greenlet.parent.switch(request)
        if answer[0] == "value":
            return answer[1]
        raise rebuilt_exception(*answer[1:])


class Callback:
    """Stand for a function of the trusted parent that was passed to a learner's function.

    It has the name and the signature of that function.
    """

    def __init__(self, execution, number, name="", doc=None, parameters=()):
        self._execution, self._number = execution, number
        self.__name__ = self.__qualname__ = name
        self.__module__, self.__doc__ = "__main__", doc
        self.__signature__ = signature_of(parameters)

    def __call__(self, *arguments, **named):
        frame = sys._getframe(1)
        variables = {**frame.f_globals, **frame.f_locals}
        name = next((name for name, value in variables.items() if value is self), None)
        return self._execution.call_back(self._number, arguments, named, frame, name)

    def __repr__(self):
        return f"<function {self.__name__}>"

    def content(self):
        """Return what identifies it, for marks."""
        return "callback", self._number


def _digest(mark):
    return hashlib.blake2b(mark, digest_size=_MARK_BYTES).hexdigest()
