"""What a program outside of Python said: here and now, or when it was recorded, and which of the two."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import threading
from collections.abc import Sequence

from shmlab.base.interrupts import undisturbed
from shmlab.processes.exits import signal_words

_LONGEST_S = 30
_PIPES = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@dataclasses.dataclass(frozen=True)
class Told:
    """Text that a notebook shows as it is. `source`: in a sentence, where and when it was said."""

    text: str
    source: str

    def __repr__(self) -> str:
        return f"({self.source})\n{self.text}"


def recorded(text: str, missing: str) -> Told:
    """The record that stands for what a missing program would say."""
    return Told(text.strip("\n"), f"{missing}: what follows was recorded on x86-64 Linux.")


def done(
    command: Sequence[str | None], *, given: bytes | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, in a session of its own, so that Ctrl-C leaves nothing half done: a CompletedProcess
    with text. `given`: the bytes for its standard input. `environment`: variables that it shall have, too. Raises
    TimeoutError."""
    late = threading.Event()
    with (
        undisturbed(),
        subprocess.Popen(command, **_PIPES, start_new_session=True, env=os.environ | environment) as process,
    ):

        def end() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        # Not subprocess's own time-out: it sleeps and looks again, and in a sandbox sleeping is looping.
        alarm = threading.Timer(_LONGEST_S, end)
        alarm.start()
        try:
            said, complained = process.communicate(given)
        finally:
            alarm.cancel()
    if late.is_set():
        raise TimeoutError(f"{command[0]} was ended: it had not finished after {_LONGEST_S} s")
    return subprocess.CompletedProcess(command, process.returncode, said.decode(errors="replace"),
                                       complained.decode(errors="replace"))  # fmt: skip


def how(returncode: int) -> str:
    """How a process ended, in words: with exit code 3; killed by SIGSEGV."""
    if returncode < 0:
        return signal_words(-returncode, out_of_memory=False)
    return f"ended with exit code {returncode}"
