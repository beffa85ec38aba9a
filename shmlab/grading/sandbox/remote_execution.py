"""Run the learner's part of an execution in the learner's process, from the trusted parent.

During a search one modelled process runs in two places: its driver here, on this interpreter's host, and the learner's
functions in the learner's process. Both stop before the same operations, as if they were one process.
"""

import collections
import ctypes
import inspect
import itertools
import types
import weakref

from shmlab.explorer.lookalikes.fields import Shared
from shmlab.explorer.lookalikes.sync_objects import BarrierHandle, ConditionHandle, MutexHandle, SemaphoreHandle
from shmlab.explorer.ops import ENDLESS, GIVEN_UP, RAISE, Op, Stop
from shmlab.grading.messages.answers import describe_exception
from shmlab.grading.messages.operations import checked_op, checked_place
from shmlab.grading.messages.signatures import parameters_of
from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.values import packed, unpacked, unpacked_named
from shmlab.grading.messages.wire import Tampered
from shmlab.grading.results import Ended, Unjudged

_KINDS = {SemaphoreHandle: "Semaphore", MutexHandle: "Mutex", BarrierHandle: "Barrier"}
_MOST_AHEAD = 200  # observations that travel with a request: a message holds 128 KiB
_TICKS_A_CALL = 100  # a call counts as this many rounds of a loop


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
        if mark is None or self._process.adrift:
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
        if kind not in {RAISE, ENDLESS} | GIVEN_UP or not fits or (kind == RAISE) != bool(problem):
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
        named = self._or_abandon(lambda: unpacked_named(named))
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
        ahead = [packed(one) for one in itertools.islice(process.ahead, _MOST_AHEAD)] if process.again else []
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
