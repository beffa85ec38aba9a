"""Describe how a process ended: exit code, signal, or exception with the learner's own lines."""

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
_NOT_LEARNERS = (str(root.PACKAGE), str(pathlib.Path(os.__file__).parent), "<")


@dataclasses.dataclass(frozen=True)
class Exit:
    """Hold how a process ended.

    `code`: exit code, None if a signal ended it. `signal`: number of that signal, or None. `words`: a sentence without
    its subject. `trace`: the learner's own lines in an exception's traceback, or "".
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
    """Return a text about the end by signal `number`. `out_of_memory`: whether the kernel's OOM killer was active."""
    try:
        name = signal.Signals(number).name
    except ValueError:  # real-time signals have no names
        name = f"signal {number}"
    why = _SIGNALS.get(number, "nothing more is known")
    if number == signal.SIGKILL and out_of_memory:
        why = "the kernel ran out of memory and chose it (the out-of-memory killer)"
    return f"was killed by {name}: {why}"


def crash_place(crash_log):
    """Return where in the learner's code a process was, such as " (at Cell In[3], line 2)", or "".

    `crash_log`: descriptor of the file that faulthandler wrote to.
    """
    text = os.pread(crash_log, 2**16, 0).decode(errors="replace")
    for filename, number in _CRASH_LINE.findall(text):
        if not filename.startswith(_NOT_LEARNERS):
            return f" (at {place(filename)}, line {number})"
    return ""


def rebuilt_error(name, outcome):
    """Return (a worker's exception, with a note about the learner's lines; how it ended, as text; these lines)."""
    error, text, steps = pickle.loads(outcome)
    if error is None:
        error = RuntimeError(text)
    lines = []
    for filename, number, function in steps:
        source = linecache.getline(filename, number).strip()
        lines.append(f"  {place(filename)}, line {number}, in {function}" + (f"\n    {source}" if source else ""))
    trace = "\n".join(lines)
    error.add_note(f"in process {name}:\n{trace}")
    where = f" (at {place(steps[-1][0])}, line {steps[-1][1]})" if steps else ""
    return error, f"raised {text}{where}", trace


def place(filename):
    """Return a source file's name for people: `Cell In[3]` for a notebook's cell, otherwise the file's name."""
    with contextlib.suppress(ImportError, AttributeError):
        from IPython import get_ipython

        shell = get_ipython()
        if shell is not None and (label := shell.compile.format_code_name(filename)):
            return " ".join(label)
    return pathlib.Path(filename).name


def oom_kills():
    """Return how many processes the kernel's out-of-memory killer has killed since boot. Source: proc(5), vmstat."""
    for line in pathlib.Path("/proc/vmstat").read_text().splitlines():
        if line.startswith("oom_kill "):
            return int(line.split()[1])
    return 0
