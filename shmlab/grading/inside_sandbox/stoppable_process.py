"""A process of a scene (see world): runs one function, and stops in it where the parent wants.

It can stop before each call and each access to an item or an attribute in the lines of who wrote the function: what
happens between two of these no other process can notice. Source: sys.settrace, dis.
"""

import contextlib
import dis
import functools
import json
import mmap
import os
import resource
import signal
import socket
import types

from shmlab.base.pickling import is_learners_file
from shmlab.explorer.execution.greenlet_host import place_of
from shmlab.grading.inside_sandbox.line_limit import Patience, trace_opcodes
from shmlab.grading.messages.answers import described
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import packed
from shmlab.grading.messages.wire import Channel, Closed, Tampered

_MOST_TOLD = 8192  # bytes that a forked child can leave
_MOST_LINES = 500_000  # with a look at each instruction: far below the limit on processor time
_POINTS_A_NAP = 50  # who sleeps lets others go on
_LINES_A_NAP = 300  # so that who sleeps for ever is ended by its lines, and not as one who waits
_ACCESSES = {
    "STORE_SUBSCR", "STORE_ATTR", "STORE_SLICE", "DELETE_SUBSCR", "BINARY_SUBSCR", "BINARY_SLICE", "LOAD_ATTR",
    "LOAD_METHOD", "BEFORE_WITH", "LOAD_SPECIAL",
}  # fmt: skip
# Functions in C by which a process looks for something to come, -> how much each look counts: those that may wait for a
# while are called less often.
_LOOKS = {
    "waitpid": 1, "wait3": 1, "wait4": 1, "waitid": 1, "kill": 1, "stat": 1,
    "select": 15, "poll": 15, "acquire": 15, "sigtimedwait": 15,
}  # fmt: skip
_FAILED_LOOKS = {"read", "readv", "recv", "recvfrom", "recvmsg", "open", "accept"}  # where nothing is there yet


class Unbuilt(Exception):
    """A process could not be made ready for what is not to be trusted: that is nobody's fault in there."""


class Forked:
    """The processes that were forked here, by pid."""

    def __init__(self):
        self._pids = set()

    def start(self, descriptor, umask, prepared):
        """Fork a process that serves the socket `descriptor`; `prepared()` gives its (function, arguments), over there.
        Returns its pid."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # else nobody would learn how it ends
        pid = os.fork()
        if pid:
            os.close(descriptor)
            self._pids.add(pid)
            return pid
        channel = Channel(socket.socket(fileno=descriptor))
        try:
            os.umask(umask)
            os.register_at_fork(after_in_child=channel.close)  # its end is to be noticed, whoever it leaves behind
            serve(channel, *prepared())
        except Unbuilt as error:
            channel.send(["unbuilt", shortened(str(error), 300)])
        except BaseException as error:
            channel.send([*_raised(error), None, False])
        finally:
            os._exit(1)

    def __contains__(self, pid):
        return pid in self._pids

    def pids(self):
        """Those that have not ended, or whose end was not asked for."""
        return set(self._pids)

    def status(self, pid):
        """How a process has ended, or ends now: its wait status. Raises KeyError for one that was not forked here."""
        self._pids.remove(pid)
        return os.waitpid(pid, 0)[1]

    def reap(self):
        """Wait for those that have ended; nobody asks how any more."""
        for pid in self.pids():
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._pids.remove(pid)


def serve(channel, function, arguments):
    """Run `function(*arguments)` when the parent says so, as far as it says; be there until it has closed the channel.
    Never returns."""
    me, family = os.getpid(), mmap.mmap(-1, 1 + _MOST_TOLD)  # one for this process and for all that the function forks
    signal.signal(signal.SIGINT, signal.default_int_handler)  # who waits for ever is interrupted, and says where
    stepper = _Stepper(channel)
    stepper.obey()
    try:
        with stepper:
            result = function(*arguments)
        answer = _returned(result)
    except BaseException as error:  # SystemExit, say: it is an answer too
        answer = _raised(error)
    if os.getpid() != me:  # a child that the function forked: it does not speak for us
        _tell_family(family, answer)
        os._exit(0)
    channel.send([*answer, *_told_by_family(family)])
    stepper.obey()
    os._exit(0)


def _returned(result):
    try:
        return ["returned", packed(result)]
    except TypeError as error:
        return ["untold", shortened(str(error), 200)]


def _raised(error):
    place = place_of(error)
    where = [shortened(place.file, 200), place.line] if place else None
    return ["raised", described(error), where]


def _tell_family(family, answer):
    """Leave word of how a forked child left the function: it came back from it, or raised something there."""
    if answer[0] == "raised":
        _, (kind, words, *_), where = answer
        if kind == "SystemExit":
            return
        if not family[0]:  # the first one's words stay
            told = json.dumps([kind, shortened(words, 200), where]).encode()
            family[1:] = told.ljust(_MOST_TOLD, b"\0")
    family[0] = 1  # last: whoever sees it finds the words whole


def _told_by_family(family):
    """[what a forked child raised, or None; whether one left the function]."""
    if not family[0]:
        return [None, False]
    with contextlib.suppress(ValueError):  # two that wrote at the same moment
        return [json.loads(family[1:].rstrip(b"\0") or "null"), True]
    return [None, True]


class _Stepper(Patience):
    """While it is entered, the points at which the function can stop are counted, and its lines (see line_limit).

    Counted are its looks, too: how often it came to one point with all its variables as they were, or called what a
    process calls to see whether something has come. Who looks again and again waits, though no system call says so."""

    def __init__(self, channel):
        super().__init__(lambda: os._exit(1), _MOST_LINES)
        self._channel = channel
        self._until_stop = None
        self._looks = 0
        self._stood = {}  # (frame, offset) -> its variables when it stood there last
        os.register_at_fork(after_in_child=self._let_go)

    def __enter__(self):
        super().__enter__()
        self._set(self._trace, self._profile)

    def _let_go(self):
        """A child that the function forks stops nowhere: there is nobody to say when it may go on."""
        self._until_stop = None

    def obey(self):
        """Do what the parent says: go on, for so many points, die, or go on with fewer descriptors when it says so."""
        try:
            match self._channel.receive():
                case ["go", int() | None as points]:
                    self._until_stop = points
                case ["limit", int(most)]:
                    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
                    self.obey()
                case ["die"]:
                    os.kill(os.getpid(), signal.SIGKILL)
        except (Closed, Tampered):
            os._exit(0)

    def _trace(self, frame, event, argument):
        if not is_learners_file(frame.f_code.co_filename):
            return None
        if event == "call" or not frame.f_trace_opcodes:
            trace_opcodes(frame, self._trace)
        if event == "line":
            self.count(1)
        elif event == "opcode" and _is_point(frame):
            self._pass(frame)
        return self._trace

    def _profile(self, frame, event, function):
        name = getattr(function, "__name__", None)
        if event == "c_call":
            self._looks += _LOOKS.get(name, 0)
        elif event == "c_exception" and name in _FAILED_LOOKS:
            self._looks += 1

    def nap(self):
        self.count(_LINES_A_NAP)
        self._looks += 1
        if self._until_stop is not None:
            self._until_stop = max(0, self._until_stop - _POINTS_A_NAP)

    def _pass(self, frame):
        if self._until_stop == 0:
            variables = tuple(map(id, frame.f_locals.values()))
            self._looks += self._stood.get((id(frame), frame.f_lasti)) == variables
            self._stood[id(frame), frame.f_lasti] = variables
            self._channel.send(["stopped", shortened(frame.f_code.co_filename, 200), frame.f_lineno, self._looks])
            self.obey()
        if self._until_stop:
            self._until_stop -= 1


def _is_point(frame):
    """Whether the function can stop here; to take something from a module is no step."""
    source = _points(frame.f_code).get(frame.f_lasti)
    return source is not None and not isinstance(frame.f_globals.get(source), types.ModuleType)


def points_of(function):
    """Find the points of a function, and of those inside it, once: whoever is forked from here knows them."""
    codes = [getattr(function, "__code__", None)]
    while codes:
        code = codes.pop()
        if isinstance(code, types.CodeType):
            _points(code)
            codes += code.co_consts


@functools.cache
def _points(code):
    """Offset of each instruction before which a function can stop -> the global that it takes something from, or ""."""
    found, source = {}, ""
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if (
            name in _ACCESSES
            or (name.startswith("CALL") and not name.startswith("CALL_INTRINSIC"))
            or (name == "BINARY_OP" and instruction.argrepr == "[]")  # an access to an item since Python 3.14
        ):
            found[instruction.offset] = source
        source = instruction.argval if name == "LOAD_GLOBAL" else ""
    return found
