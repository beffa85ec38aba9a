"""An end to endless loops in a cell, counted in lines and not in seconds: load must not change a grade.

Source: sys.settrace.
"""

import contextlib
import dis
import signal
import sys
import time

from shmlab.base.pickling import is_learners_file

MOST_LINES = 1_000_000
_TRACING = ("sys.settrace", "sys.setprofile")
_LINES_A_NAP = 1_000  # sleeping takes no time in a sandbox, but it is no way to loop for ever either
_TO_FINISH_S = 0.2  # of processor time, for what handles the exception
# `while True: pass` in one line is one instruction that leads to itself: for the interpreter no line ever begins there.
_TO_ITSELF = next(
    bytes([instruction.opcode, instruction.arg])
    for instruction in dis.get_instructions(compile("while True: pass", "", "exec"))
    if instruction.argval == instruction.offset and instruction.opname.startswith("JUMP")
)


class EndlessCell(BaseException):
    """A cell went on for too many lines. No `except Exception` of a learner catches it."""

    def __str__(self):
        return f"went on for more than {self.args[0]:,} lines: it seems to have no end"


class Patience:
    """While it is entered, the learner's lines are counted, and the one too many raises EndlessCell.

    `give_up`: called when that was swallowed and the code still goes on; it does not return."""

    now = None
    _setting = False  # whether it is this class that changes what is traced

    def __init__(self, give_up, most_lines=None):
        self._give_up = give_up
        self._most = self._left = most_lines or MOST_LINES

    def __enter__(self):
        Patience.now = self
        sys._getframe().f_trace_opcodes = True  # Python 3.12 asks for it before anything is traced
        self._set(self._trace)

    def __exit__(self, *_):
        self._set(None)
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        Patience.now = None

    def _set(self, trace, profile=None):
        with _allowed():
            sys.settrace(trace)
        set_profile(profile)

    def _trace(self, frame, event, argument):
        if not is_learners_file(frame.f_code.co_filename):
            return None
        if event == "call" and _TO_ITSELF in frame.f_code.co_code:
            trace_opcodes(frame, self._trace)
        if event != "opcode" or goes_to_itself(frame):
            self.count(1)
        return self._trace

    def count(self, lines):
        """Count so many lines. Raises EndlessCell when there were too many, once: Python does not call a trace
        function again that has raised."""
        self._left -= lines
        if self._left < 0:
            signal.signal(signal.SIGVTALRM, lambda *_: self._give_up())
            signal.setitimer(signal.ITIMER_VIRTUAL, _TO_FINISH_S)
            Patience._setting = True  # Python itself ends the tracing now
            raise EndlessCell(self._most)

    def nap(self):
        """Somebody sleeps."""
        self.count(_LINES_A_NAP)


@contextlib.contextmanager
def _allowed():
    Patience._setting = True
    try:
        yield
    finally:
        Patience._setting = False


def set_profile(function):
    """sys.setprofile for the code of checks, also where keep_tracing refuses it to others."""
    with _allowed():
        sys.setprofile(function)


def trace_opcodes(frame, trace):
    """Have `trace` called before each instruction of a frame. The order matters since Python 3.13."""
    frame.f_trace = trace
    frame.f_trace_opcodes = True


def keep_tracing():
    """Refuse sys.settrace and sys.setprofile to whatever runs under a Patience, in this process and those forked from
    it: without its trace function nothing would stop where a scene wants. Source: sys.addaudithook, audit events."""
    sys.addaudithook(_refuse)


def _refuse(event, _):
    if event in _TRACING and Patience.now is not None and not Patience._setting:
        raise RuntimeError(f"{event} is not for the code that is graded: the check counts your lines with it")


def goes_to_itself(frame):
    """Whether the instruction that a frame stands before leads to itself."""
    return frame.f_code.co_code[frame.f_lasti : frame.f_lasti + len(_TO_ITSELF)] == _TO_ITSELF


def take_no_naps():
    """Let time.sleep take no time in this process and those forked from it, but count."""

    def sleep(seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        if Patience.now is not None:
            Patience.now.nap()

    time.sleep = sleep
