"""A learner's functions as the trusted parent sees them: proxies that a driver, or a check, calls by name.

In a check, the driver's part of a process runs here, on the host of this interpreter, and the learner's
part in the learner's process; both stand still before the same operations as if they were one.
"""

import collections
import ctypes
import inspect
import itertools
import types
import weakref

from shmlab import primitives
from shmlab.explorer.execution.greenlet_host import PLACE
from shmlab.explorer.lookalikes.fields import Shared
from shmlab.explorer.lookalikes.sync_objects import BarrierHandle, ConditionHandle, MutexHandle, SemaphoreHandle
from shmlab.explorer.ops import ENDLESS, RAISE, Op, Stop
from shmlab.grading.messages import layouts
from shmlab.grading.messages.answers import checked_exception, described, raised_again
from shmlab.grading.messages.operations import checked_op, checked_place
from shmlab.grading.messages.signatures import parameters_of
from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered
from shmlab.grading.results import Ended, Unjudged

_KINDS = {SemaphoreHandle: "Semaphore", MutexHandle: "Mutex", BarrierHandle: "Barrier"}
_TICKS_A_CALL = 100  # a call costs as much as so many rounds of a loop
_learners = weakref.WeakValueDictionary()
_numbers = itertools.count()


class RemoteFunction:
    """The learner's function `name`: its signature is the learner's, its body runs in the learner's process."""

    def __init__(self, learner, name, signature):
        self._learner = learner
        self.__name__ = self.__qualname__ = name
        self.__signature__ = signature

    @property
    def shmlab_asks_who(self):
        """Whether the learner's function asks which process it is in, see explorer.identity."""
        return self.__name__ in self._learner.asking

    @property
    def shmlab_uncalled(self):
        """What is said of a verb that the learner's function names and does not call, or "", see explorer.uncalled."""
        return self._learner.silent.get(self.__name__, "")

    def __call__(self, *arguments, **named):
        process = primitives.HOST.get()
        if process is None:
            bound = self.__signature__.bind(*arguments, **named)
            return self._learner.ask(self.__name__, bound.args)
        self.__signature__.bind(*arguments, **named)
        return self._learner.on(process).call(self.__name__, arguments, named)

    def __reduce__(self):  # executions get copies of all they reach, and of this the same again
        return _function_of, (self._learner.number, self.__name__)

    def content(self):
        """What tells it from others, for marks: what it keeps, its execution says itself."""
        return "remote", self._learner.number, self.__name__

    def __repr__(self):
        return f"<function {self.__name__}>"


def _function_of(number, name):
    return _learners[number].functions[name]


def _named(found):
    """name -> value of arguments that are given by name. Raises Tampered."""
    if not all(isinstance(one, list) and len(one) == 2 and is_text(one[0], 100) for one in found):
        raise Tampered("arguments of no known form")
    return {name: unpacked(value) for name, value in found}


class Learner:
    """The functions of one learner's process, ready to be checked. `ask(message)`: asks that process, returns its
    answer, and raises Ended or Unjudged. `signatures`: of each function. `files`: in which its code stands."""

    def __init__(self, ask, signatures, files):
        self.number = next(_numbers)
        _learners[self.number] = self
        self.functions = {name: RemoteFunction(self, name, signature) for name, signature in signatures.items()}
        self.files = files
        self.asking = set()  # names of those that ask which process they are in
        self.silent = {}  # name -> what is said of a verb that is not called
        self._ask = ask
        self._layouts = {}
        self._executions = weakref.WeakKeyDictionary()
        self._counted = itertools.count()
        self._dropped = []

    def ask(self, name, arguments):
        """Call a function as it is, with plain data. Raises what it raised."""
        return self.result_of(self._ask(["ask", name, packed(tuple(arguments))]))

    def result_of(self, answer):
        """What a function returned. Raises what it raised, or Tampered."""
        match answer:
            case ["returned", value, _]:
                return unpacked(value)
            case ["raised", *found, place]:
                error = raised_again(*checked_exception(found))
                setattr(error, PLACE, checked_place(place, self.files))
                raise error
        raise Tampered("an answer of no known form")

    def on(self, process):
        """The learner's part of an execution, begun when it is asked for first."""
        if process not in self._executions:
            self._executions[process] = RemoteExecution(self, process)
        return self._executions[process]

    def answers(self, message):
        """Ask for steps of an execution, after telling what can be forgotten; the answers, one for each step."""
        if len(self._dropped) > 100:
            dropped, self._dropped = self._dropped, []
            self.expect_done(["drop", dropped])
        match self._ask(message):
            case ["answers", list(found)] if found and all(isinstance(one, list) and one for one in found):
                return found
        raise Tampered("an answer of no known form")

    def number_for(self, process):
        """A number for the learner's part of an execution; it is begun when something is asked of it."""
        number = next(self._counted)
        weakref.finalize(process, self._dropped.append, number)
        return number

    def load(self, names):
        """Have functions made ready to be run. Raises TypeError for those that cannot be copied."""
        match self._ask(["load", names]):
            case ["loaded", list(asking), list(silent)] if all(map(is_text, asking)):
                self.asking = set(asking)
                self.silent = _named(silent)
                if not all(map(is_text, self.silent.values())):
                    raise Tampered("an answer of no known form")
            case answer:
                self.result_of(answer)
                raise Tampered("an answer of no known form")

    def expect_done(self, message):
        """Ask for something that has no answer. Raises TypeError with the learner's process's own words."""
        answer = self._ask(message)
        if answer != ["done"]:
            self.result_of(answer)
            raise Tampered("an answer of no known form")

    def layout_number(self, kind):
        """The number under which the learner's process knows a layout."""
        if kind not in self._layouts:
            self.expect_done(["layout", layouts.described(kind)])
            self._layouts[kind] = len(self._layouts)
        return self._layouts[kind]


class RemoteExecution:
    """The learner's part of one execution of one process."""

    def __init__(self, learner, process):
        self._learner = learner
        self._process = weakref.proxy(process)
        self._regions, self._objects = set(), {}
        self._callbacks = []
        self._number = learner.number_for(process)
        self._coming = collections.deque()  # answers that came before they were asked for

    def call(self, name, arguments, named):
        """Call a function: its operations are stops of this process. Returns or raises what it did."""
        process = self._process
        for _ in range(_TICKS_A_CALL):
            process.tick()
        frame = inspect.currentframe().f_back.f_back
        arguments = [packed(one, self._handed) for one in arguments]
        named = [[key, packed(value, self._handed)] for key, value in named.items()]
        answer = self._asked("call", name, arguments, named)
        while (following := self._followed(answer, frame, name)) is not None:
            answer = self._asked(*following)
        process.elsewhere = self._token(answer)
        return self._said(lambda: self._learner.result_of(answer))

    def _followed(self, answer, frame, name):
        """What to say after an answer, or None when the function has ended."""
        process = self._process
        match answer:
            case ["stop", op, mark, place, drew]:
                return "go", packed(process.stand(self._said(lambda: self._stop(op, mark, place, drew, frame, name))))
            case ["callback", int(number), list(arguments), list(named), mark]:
                mark = self._said(lambda: self._together(mark, frame, name))
                return self._called_back(number, arguments, named, mark)
            case ["ended", kind, problem, place]:
                process.stand(self._said(lambda: self._end(kind, problem, place)))
        return None

    def _stop(self, op, mark, place, drew, frame, name):
        process = self._process
        op = checked_op(op, self._may_touch, self._objects)
        process.drew = process.drew or bool(drew)
        place = checked_place(place, self._learner.files)
        return Stop(op, None if process.again else self._together(mark, frame, name), place)

    def _together(self, mark, frame, name):
        """The mark of the whole process, which stands in the learner's part: `mark` tells that one, and the driver's
        stands in `frame`, calling `name`. None where one of the two cannot be told."""
        if mark is None or self._process.drew:
            return None
        if not is_text(mark, 64):
            raise Tampered("a mark of no known form")
        around = self._process.mark_around(frame, name)
        return None if around is None else around + mark.encode()

    def _token(self, answer):
        """What the learner's part has kept when a function has ended, or None where that cannot be told."""
        return answer[2].encode() if answer[0] == "returned" and is_text(answer[2], 64) else None

    def _end(self, kind, problem, place):
        """The Stop of a process that goes no further, whatever its driver would say."""
        fits = isinstance(problem, list) and len(problem) in (0, 2) and all(is_text(text) for text in problem)
        if kind not in (RAISE, ENDLESS) or not fits or (kind == RAISE) != bool(problem):
            raise Tampered("an end of no known form")
        return Stop(
            Op(kind, values=tuple(problem[:1])), None, checked_place(place, self._learner.files), tuple(problem)
        )

    def _called_back(self, number, arguments, named, mark):
        """Call a function of the driver's, as the learner's function asked. `mark`: of all that waits for it."""
        process = self._process
        if not 0 <= number < len(self._callbacks):
            process.abandon(Tampered("a call of a function that was not handed over"))
        arguments = self._said(lambda: [unpacked(one) for one in arguments])
        named = self._said(lambda: _named(named))
        kept, process.elsewhere, process.root = (process.elsewhere, process.root), mark, self._called_back.__code__
        try:
            return "value", packed(self._callbacks[number](*arguments, **named))
        except Exception as error:
            return "threw", *described(error)
        finally:
            process.elsewhere, process.root = kept

    def _asked(self, name, *content):
        """The answer to a message. On a way gone before it is asked for together with all that follow it, as far as
        these come from the learner's function itself."""
        process = self._process
        if self._coming:
            return self._coming.popleft()
        ahead = [packed(one) for one in process.ahead] if process.again else []
        told = process.again, process.seed, process.rank, process.retraced
        message = [name, self._number, *told, ahead, *content]
        answers = self._said(lambda: self._learner.answers(message))
        self._coming.extend(answers[1:])
        return answers[0]

    def _said(self, act):
        """`act()`; when the learner's process ends or lies, the whole search ends, and not just this execution."""
        try:
            return act()
        except (Ended, Unjudged) as error:
            self._process.abandon(error)

    def _handed(self, value):
        """How something of this process's own is passed to a function of the learner's; None for what cannot be."""
        if isinstance(value, Shared):
            kind = type(value).layout_of
            self._regions.add((value._at, value._at + ctypes.sizeof(kind)))
            return {"shm": [value._at, self._said(lambda: self._learner.layout_number(kind))]}
        if isinstance(value, ConditionHandle):
            mutex = value._mutex
            self._objects |= {value.number: "Condition", mutex.number: "Mutex"}
            return {"object": ["Condition", value.number, value.what, mutex.number, mutex.what]}
        if type(value) in _KINDS:
            self._objects[value.number] = _KINDS[type(value)]
            return {"object": [_KINDS[type(value)], value.number, value.what]}
        if isinstance(value, types.FunctionType | types.MethodType):
            if value not in self._callbacks:
                self._callbacks.append(value)
            return {"callback": [self._callbacks.index(value), value.__name__, value.__doc__, parameters_of(value)]}
        return None

    def _may_touch(self, place, size):
        return any(start <= place and place + size <= end for start, end in self._regions)
