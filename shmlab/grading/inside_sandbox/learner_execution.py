"""The learner's functions in their own process, stopped before each operation, as the parent asks for it."""

import hashlib
import sys

from shmlab import primitives
from shmlab.explorer import ops
from shmlab.explorer.execution import copies
from shmlab.explorer.execution.greenlet_host import Execution
from shmlab.explorer.lookalikes.fields import standing_for
from shmlab.explorer.lookalikes.sync_objects import BarrierHandle, ConditionHandle, MutexHandle, SemaphoreHandle
from shmlab.explorer.marks import marks
from shmlab.explorer.marks.reachable_state import ReachableState
from shmlab.grading.messages.answers import raised, raised_again, returned
from shmlab.grading.messages.operations import packed_op, packed_place
from shmlab.grading.messages.signatures import signature_of
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import packed, unpacked

_HANDLES = {"Semaphore": SemaphoreHandle, "Mutex": MutexHandle, "Barrier": BarrierHandle}
_MARK_BYTES = 16


class LearnersExecution(Execution):
    """The learner's part of one execution: functions called one after the other, on copies made for it alone."""

    def __init__(self, travelling, layouts, seed, rank, retraced):
        super().__init__(travelling, (), rank, None, {}, seed)
        self._layouts, self.retraced = layouts, retraced
        self._semaphores = set()
        self.root = LearnersExecution._called.__code__

    def _run(self, _):
        primitives.HOST.set(self)
        self._functions = copies.load(self._travelling, self, self.stand_ins(self.seed))
        self._state = ReachableState()
        message = self._greenlet.parent.switch(["done"])
        while True:
            _, name, arguments, named = message
            message = self._greenlet.parent.switch(self._answered(name, arguments, named))

    def _answered(self, name, arguments, named):
        try:
            arguments = [unpacked(one, self._handed) for one in arguments]
            named = {key: unpacked(one, self._handed) for key, one in named}
            if not self.retraced:
                self._state.begin(self._functions[name])
            return self._called(self._functions[name], name, arguments, named)
        except BaseException as error:
            if self._dying:
                raise
            self.explained(error)
            return raised(error)

    def _called(self, function, name, arguments, named):
        result = function(*arguments, **named)
        return returned(name, result, self.token(sys._getframe()))

    def token(self, frame, callee=None):
        """The mark of the learner's part, of fixed length, or None; see marks."""
        found = None if self.drew or self.retraced else marks.mark_at(frame, self.root, self._state, callee)
        return None if found is None else _digest(found)

    def is_sure_of(self, op):
        """Whether an operation can be observed in one way only, so that nobody needs to be asked: what can also fail,
        or be given up, is left out."""
        if op.kind in ("acquire", "release"):
            return op.place in self._semaphores and not any(op.values)
        return op.kind in ops.SURE

    def told(self, stop):
        """A Stop as a message."""
        if stop.op.kind in ops.ENDS:
            return ["ended", stop.op.kind, [shortened(text) for text in stop.problem], packed_place(stop.place)]
        mark = None if stop.mark is None else _digest(stop.mark)
        return ["stop", packed_op(stop.op), mark, packed_place(stop.place), self.drew]

    def _handed(self, name, content):
        """What stands for something of the parent's that was passed to a function."""
        match name, content:
            case "shm", [at, number]:
                return standing_for(self._layouts[number], self, at)
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
        """Have the parent call a function of its own; returns or raises what that did. `frame`: the learner's, which
        calls it by its `name`, or None."""
        mark = None if name is None else self.token(frame, name)
        named = [[key, packed(value)] for key, value in named.items()]
        asked = ["callback", number, [packed(one) for one in arguments], named, mark]
        answer = self._greenlet.parent.switch(asked)
        if answer[0] == "value":
            return answer[1]
        raise raised_again(*answer[1:])


class Callback:
    """A function of the trusted parent's that was passed to the learner's, with that one's name and signature."""

    def __init__(self, execution, number, name="", doc=None, parameters=()):
        self._execution, self._number = execution, number
        self.__name__ = self.__qualname__ = name
        self.__module__, self.__doc__ = "__main__", doc
        self.__signature__ = signature_of(parameters)

    def __call__(self, *arguments, **named):
        frame = sys._getframe(1)
        known = {**frame.f_globals, **frame.f_locals}
        name = next((name for name, value in known.items() if value is self), None)
        return self._execution.call_back(self._number, arguments, named, frame, name)

    def __repr__(self):
        return f"<function {self.__name__}>"

    def content(self):
        """What tells it from others, for marks."""
        return "callback", self._number


def _digest(mark):
    return hashlib.blake2b(mark, digest_size=_MARK_BYTES).hexdigest()
