"""How a process ended, in words: exit codes, signals, exceptions with the learner's own lines."""

import contextlib
import dataclasses
import linecache
import os
import pathlib
import pickle
import re
import signal

from shmlab.base import root

_SIGNALS = {
    signal.SIGSEGV: "it used an address that is not mapped, or not mapped for this",
    signal.SIGBUS: "the mapping has no memory behind it: /dev/shm is full, or the segment was made shorter",
    signal.SIGILL: "it met an instruction that this processor does not have",
    signal.SIGFPE: "an arithmetic instruction failed",
    signal.SIGABRT: "it gave up by itself: the C library or Python found its own data damaged",
    signal.SIGTERM: "it was asked to end",
    signal.SIGINT: "it was interrupted",
    signal.SIGXCPU: "it used up its limit of processor time",
    signal.SIGKILL: "somebody ended it with kill -9, or ended the server that watched over it",
}


_CRASH_LINE = re.compile(r'^  File "(.+)", line (\d+) in ', re.MULTILINE)
_NOT_THEIRS = (str(root.PACKAGE), str(pathlib.Path(os.__file__).parent), "<")


@dataclasses.dataclass(frozen=True)
class Exit:
    """How a process ended. `code` is None when a signal ended it, `signal` when none did.

    `words` is a sentence without its subject; `trace` has the learner's own lines of an exception.
    """

    code: int | None
    signal: int | None
    words: str
    trace: str = ""

    @property
    def ok(self):
        return self.code == 0

    def __str__(self):
        return self.words


def signal_words(number, *, out_of_memory):
    """What being killed by signal `number` means. `out_of_memory`: whether the kernel was short of memory."""
    try:
        name = signal.Signals(number).name
    except ValueError:  # the real-time signals have numbers only
        name = f"signal {number}"
    why = _SIGNALS.get(number, "nothing more is known")
    if number == signal.SIGKILL and out_of_memory:
        why = "the kernel ran out of memory and chose it (the out-of-memory killer)"
    return f"was killed by {name}: {why}"


def crash_place(crash_log):
    """Where in the learner's code a process was, from what faulthandler left: " (at Cell In[3], line 2)"."""
    text = os.pread(crash_log, 2**16, 0).decode(errors="replace")
    for filename, number in _CRASH_LINE.findall(text):
        if not filename.startswith(_NOT_THEIRS):
            return f" (at {place(filename)}, line {number})"
    return ""


def rebuilt_error(name, outcome):
    """The exception a worker raised, with a note in the learner's terms; and how it ended, in words."""
    error, words, steps = pickle.loads(outcome)
    if error is None:
        error = RuntimeError(words)
    lines = []
    for filename, number, function in steps:
        source = linecache.getline(filename, number).strip()
        lines.append(f"  {place(filename)}, line {number}, in {function}" + (f"\n    {source}" if source else ""))
    trace = "\n".join(lines)
    error.add_note(f"in process {name}:\n{trace}")
    at = f" (at {place(steps[-1][0])}, line {steps[-1][1]})" if steps else ""
    return error, f"raised {words}{at}", trace


def place(filename):
    """A source file as a person calls it: `Cell In[3]` for a notebook's cell."""
    with contextlib.suppress(ImportError, AttributeError):
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and (label := shell.compile.format_code_name(filename)):
            return " ".join(label)
    return pathlib.Path(filename).name


def oom_kills():
    """How often the kernel's out-of-memory killer has struck so far. Source: proc(5), vmstat."""
    for line in pathlib.Path("/proc/vmstat").read_text().splitlines():
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return 0
