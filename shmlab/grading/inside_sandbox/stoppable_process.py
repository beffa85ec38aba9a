"""Run one function of a scene (see scenes/world) in a process of its own, and stop it where the parent wants.

A check wants to see what a function does between two steps: kill it there, or let another process run first. So the
process can stop before each call and each access to an item or an attribute in the author's own lines (a "point").
What happens between two points no other process can notice. Source: sys.settrace, dis.
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
from shmlab.grading.inside_sandbox.line_limit import LineLimit, goes_to_itself, trace_opcodes
from shmlab.grading.messages.answers import describe_exception
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import packed
from shmlab.grading.messages.wire import Channel, Closed, Tampered

_REPORT_BYTES = 8192  # for the report of a forked child
_MOST_LINES = 250_000  # more than _MOST_TURNS of world; tracing each instruction, far below the limit on time
_POINTS_A_SLEEP = 50  # a sleeping process lets others go on
_LINES_A_SLEEP = 150  # so that endless sleeping ends by the limit on lines, and does not look like waiting
_ACCESSES = {
    "STORE_SUBSCR", "STORE_ATTR", "STORE_SLICE", "DELETE_SUBSCR", "BINARY_SUBSCR", "BINARY_SLICE", "LOAD_ATTR",
    "LOAD_METHOD", "BEFORE_WITH", "LOAD_SPECIAL",
}  # fmt: skip
# C functions with which a process polls for something -> how much each call counts. Those that can wait for a while
# count more, because they are called less often.
_POLLS = {
    "waitpid": 1, "wait3": 1, "wait4": 1, "waitid": 1, "kill": 1, "stat": 1,
    "select": 15, "poll": 15, "acquire": 15, "sigtimedwait": 15,
}  # fmt: skip
_POLLS_IF_FAILED = {
    "read",
    "readv",
    "recv",
    "recvfrom",
    "recvmsg",
    "open",
    "accept",
}  # they fail if nothing has come yet


class Unbuilt(Exception):
    """A process could not be prepared to run untrusted code. The learner's code is not the cause."""


class ForkedProcesses:
    """Fork stoppable processes, and remember their pids until their wait status was read."""

    def __init__(self):
        self._pids = set()

    def start(self, descriptor, umask, prepare):
        """Fork a process and return its pid.

        `descriptor`: of its socket to the parent. `prepare()`: called in the new process, returns (function,
        arguments).
        """
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # otherwise the kernel might discard its wait status
        pid = os.fork()
        if pid:
            os.close(descriptor)
            self._pids.add(pid)
            return pid
        channel = Channel(socket.socket(fileno=descriptor))
        try:
            os.umask(umask)
            os.register_at_fork(after_in_child=channel.close)  # or a child that outlives it would keep the socket open
            run_stoppable(channel, *prepare())
        except Unbuilt as error:
            channel.send(["unbuilt", shortened(str(error), 300)])
        except BaseException as error:
            channel.send([*_raised_message(error), None, False])
        finally:
            os._exit(1)

    def __contains__(self, pid):
        return pid in self._pids

    def pids(self):
        """Return the pids of processes whose wait status was not read yet."""
        return set(self._pids)

    def status(self, pid):
        """Wait for a process to end and return its wait status. Raises KeyError if it was not forked here."""
        self._pids.remove(pid)
        return os.waitpid(pid, 0)[1]

    def reap(self):
        """Wait for processes that have ended and discard their wait status."""
        for pid in self.pids():
            if os.waitpid(pid, os.WNOHANG)[0]:
                self._pids.remove(pid)


def run_stoppable(channel, function, arguments):
    """Run `function(*arguments)`, starting and stopping when the parent says so. Never returns.

    The process stays until the parent has closed the channel.
    """
    pid, report = os.getpid(), mmap.mmap(-1, 1 + _REPORT_BYTES)  # shared with all processes that the function forks
    signal.signal(signal.SIGINT, signal.default_int_handler)  # an interrupt shows where a process waits for ever
    stepper = _Stepper(channel)
    stepper.obey()
    try:
        with stepper:
            result = function(*arguments)
        answer = _returned_message(result)
    except BaseException as error:  # also SystemExit
        answer = _raised_message(error)
    if os.getpid() != pid:  # a child that the function forked: it may not answer for this process
        _write_report(report, answer)
        os._exit(0)
    channel.send([*answer, *_read_report(report)])
    stepper.obey()
    os._exit(0)


def _returned_message(result):
    try:
        return ["returned", packed(result)]
    except TypeError as error:
        return ["untold", shortened(str(error), 200)]


def _raised_message(error):
    place = place_of(error)
    where = [shortened(place.file, 200), place.line] if place else None
    return ["raised", describe_exception(error), where]


def _write_report(report, answer):
    """Record how a forked child left the function: it returned or raised."""
    if answer[0] == "raised":
        _, (kind, message, *_), where = answer
        if kind == "SystemExit":
            return
        if not report[0]:  # the first child's report stays
            data = json.dumps([kind, shortened(message, 200), where]).encode()
            report[1:] = data.ljust(_REPORT_BYTES, b"\0")
    report[0] = 1  # set last: the report is complete when this is seen


def _read_report(report):
    """Return [what a forked child raised, or None; whether a child left the function]."""
    if not report[0]:
        return [None, False]
    with contextlib.suppress(ValueError):  # two children wrote at the same moment
        return [json.loads(report[1:].rstrip(b"\0") or "null"), True]
    return [None, True]


class _Stepper(LineLimit):
    """Count the function's points and lines while it is entered (see line_limit), and stop where the parent wants.

    It also counts "looks": how often the function came back to a point with all its variables unchanged, or called a
    function that polls. A process with many looks is waiting, although no system call shows it.
    """

    def __init__(self, channel):
        super().__init__(lambda: os._exit(1), _MOST_LINES)
        self._channel = channel
        self._until_stop = None
        self._looks = 0
        self._variables_at = {}  # (frame, offset) -> ids of its variables at the last visit
        os.register_at_fork(after_in_child=self._never_stop)

    def __enter__(self):
        super().__enter__()
        self._set(self._trace, self._profile)

    def _never_stop(self):
        """Let a child that the function forks run freely: no parent would let it go on."""
        self._until_stop = None

    def obey(self):
        """Receive and do the parent's next order: go on (for a number of points), die, or limit open descriptors.

        After a limit it waits for the next order.
        """
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
        if event == "line" or (event == "opcode" and goes_to_itself(frame)):
            self.count(1)
        elif event == "opcode" and _is_point(frame):
            self._reach_point(frame)
        return self._trace

    def _profile(self, frame, event, function):
        name = getattr(function, "__name__", None)
        if event == "c_call":
            self._looks += _POLLS.get(name, 0)
        elif event == "c_exception" and name in _POLLS_IF_FAILED:
            self._looks += 1

    def count_sleep(self):
        self.count(_LINES_A_SLEEP)
        self._looks += 1
        if self._until_stop is not None:
            self._until_stop = max(0, self._until_stop - _POINTS_A_SLEEP)

    def _reach_point(self, frame):
        if self._until_stop == 0:
            variables = tuple(map(id, frame.f_locals.values()))
            self._looks += self._variables_at.get((id(frame), frame.f_lasti)) == variables
            self._variables_at[id(frame), frame.f_lasti] = variables
            self._channel.send(["stopped", shortened(frame.f_code.co_filename, 200), frame.f_lineno, self._looks])
            self.obey()
        if self._until_stop:
            self._until_stop -= 1


def _is_point(frame):
    """Tell whether the function can stop here. An access to a module's attribute is not a point."""
    source = _points(frame.f_code).get(frame.f_lasti)
    return source is not None and not isinstance(frame.f_globals.get(source), types.ModuleType)


def compute_points(function):
    """Compute the points of a function and its inner functions once, before forking, so that no child repeats it."""
    codes = [getattr(function, "__code__", None)]
    while codes:
        code = codes.pop()
        if isinstance(code, types.CodeType):
            _points(code)
            codes += code.co_consts


@functools.cache
def _points(code):
    """Return offset of each instruction before which a function can stop -> the global that it accesses, or ""."""
    points, source = {}, ""
    for instruction in dis.get_instructions(code):
        name = instruction.opname
        if (
            name in _ACCESSES
            or (name.startswith("CALL") and not name.startswith("CALL_INTRINSIC"))
            or (name == "BINARY_OP" and instruction.argrepr == "[]")  # an access to an item since Python 3.14
        ):
            points[instruction.offset] = source
        source = instruction.argval if name == "LOAD_GLOBAL" else ""
    return points
