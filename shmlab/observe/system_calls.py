"""The system calls that a function makes, as strace(1) sees them."""

from __future__ import annotations

import base64
import functools
import itertools
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator

from shmlab.base.pickling import dumps_call
from shmlab.observe import program_output

_RUN = (
    "import sys, base64, pickle; function, arguments = pickle.loads(base64.b64decode(sys.stdin.read())); "
    "function(*arguments)"
)


def trace(function: Callable[..., object], *arguments: object, calls: str, recorded: str = "") -> program_output.Told:
    """Run `function(*arguments)` in a fresh Python process; return the system calls that it made, as Told.

    `calls`: which ones, as "shmget,shmat". `recorded`: returned instead, and marked as recorded, where strace is
    missing or forbidden. Raises RuntimeError when the function fails, TimeoutError after 30 s. Source: strace(1).
    """
    missing = _why_not()
    if missing:
        return program_output.recorded(recorded, missing)
    call = base64.b64encode(dumps_call(function, arguments, function.__name__))
    with tempfile.NamedTemporaryFile("r") as written:
        strace = ["strace", "-f", "-qq", "-e", f"trace={calls}", "-e", "signal=none", "-o", written.name]
        ended = program_output.done([*strace, sys.executable, "-c", _RUN], given=call)
        if ended.returncode:
            raise RuntimeError(f"{function.__name__} {program_output.how(ended.returncode)}: {ended.stderr.strip()}")
        lines = map(_shortened, written.read().splitlines())
    return program_output.Told("\n".join(_once(lines)), "Traced by strace, here and now.")


def _shortened(line: str) -> str:
    """Return a line of strace without the process id, and of the record that shmctl fills in only three fields."""
    line = re.sub(r"^\d+ +", "", line)
    line = re.sub(r" +(= \S+)$", r" \1", line)
    kept = (r"mode=0\d+", r"shm_segsz=\d+", r"shm_nattch=\d+")
    filled = re.search(r"\{.*\}", line)
    if filled is None or "shm_perm" not in filled.group():
        return line
    known = [found.group() for found in (re.search(one, filled.group()) for one in kept) if found]
    return line.replace(filled.group(), "{" + ", ".join(known) + ", …}")


def _once(lines: Iterable[str]) -> Iterator[str]:
    """Yield lines; one that comes several times in a row is given once, with the number of times."""
    for line, same in itertools.groupby(lines):
        times = len(list(same))
        yield line if times == 1 else f"{line}    ({times} times)"


@functools.cache
def _why_not() -> str:
    """Return why nothing can be traced here, or ""."""
    if shutil.which("strace") is None:
        return "There is no strace here"
    ended = program_output.done(["strace", "-qq", "-o", os.devnull, "true"])
    return "" if ended.returncode == 0 else "strace may not look into processes here"
