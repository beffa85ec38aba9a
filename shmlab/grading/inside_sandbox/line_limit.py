"""End endless loops in a cell by a limit on executed lines.

The limit counts lines and not seconds, because the load of the host must not change a grade. A trace function counts
them, so the learner's code may not replace it, and time.sleep counts as lines instead of taking time: only clocks
notice it.
Source: sys.settrace.
"""

import contextlib
import dis
import functools
import signal
import sys
import time

from shmlab.base.pickling import is_learners_file

MOST_LINES = 1_000_000
_REFUSED = ("sys.settrace", "sys.setprofile", "sys.addaudithook")
_LINES_A_SLEEP = 1_000  # time.sleep takes no time in a sandbox; it counts, so that a loop around it ends too
_LINES_A_JUMP = 10  # of a loop without a line: it does nothing, and each round costs as much time as ten lines
_CLOCKS = ("time", "monotonic", "perf_counter")
_TO_FINISH_S = 0.2  # processor time for the handlers of EndlessCell
# `while True: pass` in one line is one jump to itself: the interpreter reports no new line there.
_TO_ITSELF = next(
    bytes([instruction.opcode, instruction.arg])
    for instruction in dis.get_instructions(compile("while True: pass", "", "exec"))
    if instruction.argval == instruction.offset and instruction.opname.startswith("JUMP")
)


class EndlessCell(BaseException):
    """A cell executed too many lines. A learner's `except Exception` does not catch it."""

    def __str__(self):
        return f"went on for more than {self.args[0]:,} lines: it seems to have no end"


class LineLimit:
    """Count the learner's lines while it is entered, and raise EndlessCell at the first line over the limit.

    `give_up`: called if the code swallowed that exception and still goes on; it must not return.
    """

    active = None  # the one that is entered
    _setting = False  # True while this class itself changes the trace function

    def __init__(self, give_up, most_lines=None):
        self._give_up = give_up
        self._most = self._left = most_lines or MOST_LINES

    def __enter__(self):
        LineLimit.active = self
        sys._getframe().f_trace_opcodes = True  # Python 3.12 requires this before tracing starts
        self._set(self._trace)

    def __exit__(self, *_):
        self._set(None)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        LineLimit.active = None

    def _set(self, trace, profile=None):
        with _allowed():
            sys.settrace(trace)
        set_profile(profile)

    def _trace(self, frame, event, argument):
        """Trace a function that is called, if it is the learner's: from now on by one of the two below."""
        if not is_learners_file(frame.f_code.co_filename):
            return None
        self.count(1)
        if _TO_ITSELF not in frame.f_code.co_code:
            return self._line
        trace_opcodes(frame, self._instruction)
        return self._instruction

    def _line(self, frame, event, argument):
        """Count a line. It is called for each, so it calls `count` only over the limit."""
        self._left -= 1
        if self._left < 0:
            self.count(0)
        return self._line

    def _instruction(self, frame, event, argument):
        """Count a line, or a jump that is a line of its own, in a function that has one."""
        if event != "opcode":
            self.count(1)
        elif goes_to_itself(frame):
            self.count(_LINES_A_JUMP)
        return self._instruction

    def count(self, lines):
        """Count `lines` more lines. Raises EndlessCell over the limit.

        It raises only once: Python stops calling a trace function that has raised.
        """
        self._left -= lines
        if self._left < 0:
            signal.signal(signal.SIGVTALRM, lambda *_: self._give_up())
            signal.setitimer(signal.ITIMER_VIRTUAL, _TO_FINISH_S)
            LineLimit._setting = True  # Python itself now removes the trace function
            raise EndlessCell(self._most)

    def count_sleep(self):
        """Count one call of time.sleep."""
        self.count(_LINES_A_SLEEP)


@contextlib.contextmanager
def _allowed():
    LineLimit._setting = True
    try:
        yield
    finally:
        LineLimit._setting = False


def set_profile(function):
    """Call sys.setprofile for a check's own code, which protect_tracing refuses to the learner's code."""
    with _allowed():
        sys.setprofile(function)


def trace_opcodes(frame, trace):
    """Have `trace` called before each instruction of a frame.

    The order of the two assignments matters since Python 3.13.
    """
    frame.f_trace = trace
    frame.f_trace_opcodes = True


def protect_tracing():
    """Refuse sys.settrace and sys.setprofile to code under a LineLimit, in this process and those forked from it.

    Without the trace function no line is counted, and no process stops where a scene wants it to. Audit hooks are
    refused as well, in silence: nothing can remove one, and it may refuse what a later answer needs. Source:
    sys.addaudithook, audit events.
    """
    sys.addaudithook(_refuse)


def _refuse(event, _):
    if event in _REFUSED and LineLimit.active is not None and not LineLimit._setting:
        raise RuntimeError(f"{event} is not for the code that is graded: the check counts your lines with it")


def goes_to_itself(frame):
    """Tell whether the next instruction of a frame is a jump to itself."""
    return frame.f_code.co_code.startswith(_TO_ITSELF, frame.f_lasti)


def replace_sleep():
    """Replace time.sleep, in this process and those forked from it: it takes no time and counts as lines. The clocks of
    `time` go on as if it had taken its time, so that a deadline comes."""
    slept_ns = 0

    def sleep(seconds):
        nonlocal slept_ns
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        slept_ns += int(seconds * 1e9)
        if LineLimit.active is not None:
            LineLimit.active.count_sleep()

    def advanced(clock, slept):
        return functools.wraps(clock)(lambda: clock() + slept())

    time.sleep = sleep
    for name in _CLOCKS:
        setattr(time, name, advanced(getattr(time, name), lambda: slept_ns / 1e9))
        setattr(time, f"{name}_ns", advanced(getattr(time, f"{name}_ns"), lambda: slept_ns))
