"""Run a function where /dev/shm is small and its own, so that it can be filled without harm to anybody.

Source: namespaces(7), tmpfs(5).
"""

from __future__ import annotations

import base64
import sys
from collections.abc import Callable

from shmlab.base import root
from shmlab.base.pickling import dumps_call
from shmlab.observe import program_output
from shmlab.processes import namespaces

_REFUSED = 77
_SMALL = 2**20


def in_small_dev_shm(
    function: Callable[..., object], *arguments: object, size_bytes: int = _SMALL, recorded: str = ""
) -> program_output.Told:
    """Run `function(*arguments)` in a fresh process that has a /dev/shm of its own; return what it prints, as Told.

    When the process has ended, all that it put there has gone. Its last line says how it ended, if a signal killed it.
    `size_bytes`: of that /dev/shm. `recorded`: returned instead, and marked as recorded, where this host refuses
    namespaces. Raises RuntimeError when the function fails, TimeoutError after 30 s.
    """
    call = base64.b64encode(dumps_call(function, arguments, function.__name__))
    ended = program_output.done(root.command(__name__, "inside", size_bytes), given=call)
    if ended.returncode == _REFUSED:
        return program_output.recorded(recorded, "This system refuses a /dev/shm of one's own")
    if ended.returncode > 0:
        raise RuntimeError(f"{function.__name__} {program_output.how(ended.returncode)}: {ended.stderr.strip()}")
    text = ended.stdout.rstrip("\n")
    if ended.returncode:
        text = f"{text}\nThe process {program_output.how(ended.returncode)}.".lstrip("\n")
    return program_output.Told(text, "Run in a process with a /dev/shm of its own, here and now.")


def inside(size_bytes: int) -> None:
    """Call the function that comes through standard input, in a /dev/shm of its own."""
    import pickle

    try:
        namespaces.own_objects(size_bytes)
    except OSError:
        sys.exit(_REFUSED)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a signal may end it at any line
    function, arguments = pickle.loads(base64.b64decode(sys.stdin.read()))
    function(*arguments)
