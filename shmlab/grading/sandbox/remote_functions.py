"""Call a learner's functions from the trusted parent, through proxies that a driver or a check calls by name.

During a search one modelled process runs in two places: its driver here, on this interpreter's host, and the learner's
functions in the learner's process. Both stop before the same operations, as if they were one process.
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
from shmlab.grading.messages.answers import checked_exception, describe_exception, rebuilt_exception
from shmlab.grading.messages.operations import checked_op, checked_place
from shmlab.grading.messages.signatures import parameters_of
from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered
from shmlab.grading.results import Ended, Unjudged

_KINDS = {SemaphoreHandle: "Semaphore", MutexHandle: "Mutex", BarrierHandle: "Barrier"}
_TICKS_A_CALL = 100  # a call counts as this many rounds of a loop
_learners = weakref.WeakValueDictionary()
_numbers = itertools.count()


class RemoteFunction:
    """Stand for the learner's function `name`, with its signature; the body runs in the learner's process."""

    def __init__(self, learner, name, signature):
        self._learner = learner
        self.__name__ = self.__qualname__ = name
        self.__signature__ = signature

    @property
    def shmlab_asks_who(self):
        """Tell whether the learner's function asks which process it runs in; see explorer/source/identity."""
        return self.__name__ in self._learner.asking

    @property
    def shmlab_uncalled(self):
        """Return a sentence about a verb that the learner's function names without calling it, or ""."""
        return self._learner.silent.get(self.__name__, "")

    def __call__(self, *arguments, **named):
        process = primitives.HOST.get()
        if process is None:
            bound = self.__signature__.bind(*arguments, **named)
            return self._learner.ask(self.__name__, bound.args)
        self.__signature__.bind(*arguments, **named)
        return self._learner.execution_of(process).call(self.__name__, arguments, named)

    def __reduce__(self):  # an execution copies all that it reaches; a copy of this object is the object itself
        return _function_of, (self._learner.number, self.__name__)

    def content(self):
        """Return what identifies it, for marks. Its execution's own token covers what the function stores."""
        return "remote", self._learner.number, self.__name__

    def __repr__(self):
        return f"<function {self.__name__}>"


def _function_of(number, name):
    return _learners[number].functions[name]


def _unpack_named(pairs):
    """Return name -> value for the arguments that were passed by name. Raises Tampered."""
    if not all(isinstance(pair, list) and len(pair) == 2 and is_text(pair[0], 100) for pair in pairs):
        raise Tampered("arguments of no known form")
    return {name: unpacked(value) for name, value in pairs}


class Learner:
    """Hold the functions of one learner's process, ready to be checked.

    `ask(message)`: sends a message to that process and returns its answer; raises Ended or Unjudged. `signatures`:
    name -> Signature. `files`: the names of the files that contain the learner's code.
    """

    def __init__(self, ask, signatures, files):
        self.number = next(_numbers)
        _learners[self.number] = self
        self.functions = {name: RemoteFunction(self, name, signature) for name, signature in signatures.items()}
        self.files = files
        self.asking = set()  # names of functions that ask which process they run in
        self.silent = {}  # function name -> sentence about a verb that it names and does not call
        self._ask = ask
        self._layouts = {}
        self._executions = weakref.WeakKeyDictionary()
        self._counted = itertools.count()
        self._dropped = []
        self.endless = {}  # call that came first in an execution -> its answer, where it went round for ever

    def ask(self, name, arguments):
        """Call a function outside a search, with plain data, and return its result. Raises what it raised."""
        return self.result_of(self._ask(["ask", name, packed(tuple(arguments))]))

    def result_of(self, answer):
        """Return what a function returned, from its answer. Raises what the function raised, or Tampered."""
        match answer:
            case ["returned", value, _]:
                return unpacked(value)
            case ["raised", *description, place]:
                error = rebuilt_exception(*checked_exception(description))
                setattr(error, PLACE, checked_place(place, self.files))
                raise error
        raise Tampered("an answer of no known form")

    def execution_of(self, process):
        """Return the RemoteExecution of a modelled process; the first call creates it."""
        if process not in self._executions:
            self._executions[process] = RemoteExecution(self, process)
        return self._executions[process]

    def answers(self, message):
        """Ask for steps of an execution and return one answer for each; first drop executions no longer needed."""
        if len(self._dropped) > 100:
            dropped, self._dropped = self._dropped, []
            self.expect_done(["drop", dropped])
        match self._ask(message):
            case ["answers", list(answers)] if answers and all(isinstance(item, list) and item for item in answers):
                return answers
        raise Tampered("an answer of no known form")

    def number_for(self, process):
        """Return a new number for the learner's part of an execution, which its first call will begin."""
        number = next(self._counted)
        weakref.finalize(process, self._dropped.append, number)
        return number

    def load(self, names):
        """Have the learner's process prepare functions for many runs. Raises TypeError if one cannot be copied."""
        self.endless = {}
        match self._ask(["load", names]):
            case ["loaded", list(asking), list(silent)] if all(map(is_text, asking)):
                self.asking = set(asking)
                self.silent = _unpack_named(silent)
                if not all(map(is_text, self.silent.values())):
                    raise Tampered("an answer of no known form")
            case answer:
                self.result_of(answer)
                raise Tampered("an answer of no known form")

    def expect_done(self, message):
        """Send a request whose only answer is "done". Raises what the learner's process reports instead."""
        answer = self._ask(message)
        if answer != ["done"]:
            self.result_of(answer)
            raise Tampered("an answer of no known form")

    def layout_number(self, kind):
        """Return the number of a layout in the learner's process; the first call sends the layout there."""
        if kind not in self._layouts:
            self.expect_done(["layout", layouts.describe(kind)])
            self._layouts[kind] = len(self._layouts)
        return self._layouts[kind]


class RemoteExecution:
    """Run the learner's part of one execution of one modelled process."""

    def __init__(self, learner, process):
        self._learner = learner
        self._process = weakref.proxy(process)
        self._regions, self._objects = set(), {}
        self._callbacks = []
        self._number = learner.number_for(process)
        self._prefetched = collections.deque()  # answers that arrived ahead of their requests
        self._begun = False

    def call(self, name, arguments, named):
        """Call a function, and stop this process at each of its operations. Returns or raises what it did."""
        process = self._process
        for _ in range(_TICKS_A_CALL):
            process.tick()
        frame = inspect.currentframe().f_back.f_back
        arguments = [packed(argument, self._pack_handle) for argument in arguments]
        named = [[key, packed(value, self._pack_handle)] for key, value in named.items()]
        answer = self._first_answer(name, arguments, named)
        while (reply := self._reply_to(answer, frame, name)) is not None:
            answer = self._request(*reply)
        process.elsewhere = self._token(answer)
        return self._or_abandon(lambda: self._learner.result_of(answer))

    def _first_answer(self, name, arguments, named):
        """Return the first answer to a call. A loop without an end is run once for each process.

        Where nothing was called before, what a function does up to its first step depends on process and arguments
        alone: the functions are fresh copies, and the clock and random numbers are stood in for.
        """
        known = self._learner.endless
        key = None if self._begun else repr((self._process.rank, name, arguments, named))
        self._begun = True
        if key in known:
            return known[key]
        answer = self._request("call", name, arguments, named)
        if key is not None and answer[:2] == ["ended", ENDLESS]:
            known[key] = answer
        return answer

    def _reply_to(self, answer, frame, name):
        """Do what an answer asks for and return the next request, or None if the function has ended."""
        process = self._process
        match answer:
            case ["stop", op, mark, place, drew]:
                return "go", packed(
                    process.stand(self._or_abandon(lambda: self._stop(op, mark, place, drew, frame, name)))
                )
            case ["callback", int(number), list(arguments), list(named), mark]:
                mark = self._or_abandon(lambda: self._together(mark, frame, name))
                return self._call_back(number, arguments, named, mark)
            case ["ended", kind, problem, place]:
                process.stand(self._or_abandon(lambda: self._end(kind, problem, place)))
        return None

    def _stop(self, op, mark, place, drew, frame, name):
        process = self._process
        op = checked_op(op, self._may_touch, self._objects)
        process.drew = process.drew or bool(drew)
        place = checked_place(place, self._learner.files)
        return Stop(op, None if process.again else self._together(mark, frame, name), place)

    def _together(self, mark, frame, name):
        """Return the mark of the whole process: the driver's part, which calls `name` in `frame`, and the learner's.

        `mark`: the mark of the learner's part. Returns None if one of the two is unknown.
        """
        if mark is None or self._process.drew:
            return None
        if not is_text(mark, 64):
            raise Tampered("a mark of no known form")
        around = self._process.mark_around(frame, name)
        return None if around is None else around + mark.encode()

    def _token(self, answer):
        """Return the token for what the learner's part stores after a function ended, or None if it is unknown."""
        return answer[2].encode() if answer[0] == "returned" and is_text(answer[2], 64) else None

    def _end(self, kind, problem, place):
        """Return the last Stop of a process: it ends here, whatever its driver would do next."""
        fits = isinstance(problem, list) and len(problem) in (0, 2) and all(is_text(text) for text in problem)
        if kind not in (RAISE, ENDLESS) or not fits or (kind == RAISE) != bool(problem):
            raise Tampered("an end of no known form")
        return Stop(
            Op(kind, values=tuple(problem[:1])), None, checked_place(place, self._learner.files), tuple(problem)
        )

    def _call_back(self, number, arguments, named, mark):
        """Call a function of the driver for the learner's function. `mark`: the mark of all callers that wait."""
        process = self._process
        if not 0 <= number < len(self._callbacks):
            process.abandon(Tampered("a call of a function that was not handed over"))
        arguments = self._or_abandon(lambda: [unpacked(argument) for argument in arguments])
        named = self._or_abandon(lambda: _unpack_named(named))
        before = process.elsewhere, process.root
        process.elsewhere, process.root = mark, self._call_back.__code__
        try:
            return "value", packed(self._callbacks[number](*arguments, **named))
        except Exception as error:
            return "threw", *describe_exception(error)
        finally:
            process.elsewhere, process.root = before

    def _request(self, name, *content):
        """Send a message and return its answer.

        While a known path is retraced, one message fetches the answers of all following steps that the learner's
        function takes by itself.
        """
        process = self._process
        if self._prefetched:
            return self._prefetched.popleft()
        ahead = [packed(observation) for observation in process.ahead] if process.again else []
        message = [name, self._number, process.again, process.seed, process.rank, process.retraced, ahead, *content]
        answers = self._or_abandon(lambda: self._learner.answers(message))
        self._prefetched.extend(answers[1:])
        return answers[0]

    def _or_abandon(self, act):
        """Return `act()`. If the learner's process ended or sent something false, end the whole search, not only this
        execution."""
        try:
            return act()
        except (Ended, Unjudged) as error:
            self._process.abandon(error)

    def _pack_handle(self, value):
        """Return the message form of shared memory, a synchronization object or a function; None for other values."""
        if isinstance(value, Shared):
            kind = type(value).layout_of
            self._regions.add((value._at, value._at + ctypes.sizeof(kind)))
            return {"shm": [value._at, self._or_abandon(lambda: self._learner.layout_number(kind))]}
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
