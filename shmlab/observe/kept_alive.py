"""Fresh programs that stay alive while they are looked at: for memory maps, attach counts, open files."""

from __future__ import annotations

import contextlib
import os
import pathlib
import select
import signal
import tempfile
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from shmlab.processes.workers import start

if TYPE_CHECKING:
    from shmlab.processes.worker import Worker

_LOOK_EVERY_S = 0.1  # how often to look whether it is still alive
_DEADLINE_S = 60


@contextlib.contextmanager
def living(
    function: Callable[..., object], *arguments: object, names: Sequence[str] = ("A", "B")
) -> Iterator[list[Worker]]:
    """Start programs, each when the one before is ready; a context manager that gives a list of their Workers.

    There is one program for each of the `names`. It is a fresh interpreter, calls `function(*arguments)`, keeps what
    that returns, and stays alive until the end of the with-block, at most 60 s. Raises what the function raises, or
    ChildProcessError.
    """
    programs: list[Worker] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                told = pathlib.Path(folder, name)
                os.mkfifo(told)
                programs.append(
                    start(_stay, function, arguments, told, name=name, method="spawn", deadline_s=_DEADLINE_S)
                )
                _await(programs[-1], told)
        yield programs
    finally:
        for one in programs:
            one.kill()


def _stay(function: Callable[..., Any], arguments: tuple[object, ...], told: pathlib.Path) -> Any:
    kept = function(*arguments)
    told.write_bytes(b"!")  # it is ready
    signal.pause()  # until it is ended
    return kept


def _await(program: Worker, told: pathlib.Path) -> None:
    """Wait until the program has said that it is ready, and show what it prints."""
    descriptor = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    try:
        while not (select.select([descriptor], [], [], _LOOK_EVERY_S)[0] and os.read(descriptor, 1)):
            if not program.alive:
                program.result()
                raise ChildProcessError(f"{program.name} {program.exit.words} before it was ready")
        program.alive  # noqa: B018 - this shows what it has printed
    finally:
        os.close(descriptor)
