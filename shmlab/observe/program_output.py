"""The output of a program that is not Python: from a run here and now, or a record of an earlier run."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import threading
from collections.abc import Sequence
from typing import Any

from shmlab.base.interrupts import undisturbed
from shmlab.processes.exits import signal_words

_LONGEST_S = 30
_PIPES: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


@dataclasses.dataclass(frozen=True)
class Told:
    """Text that a notebook shows as it is. `source`: a sentence that says where and when it was printed."""

    text: str
    source: str

    def __repr__(self) -> str:
        return f"({self.source})\n{self.text}"


def recorded(text: str, missing: str) -> Told:
    """Return a Told with the record `text` of what a program prints. `missing`: why it does not run here."""
    return Told(text.strip("\n"), f"{missing}: what follows was recorded on x86-64 Linux.")


def done(command: Sequence[str], *, given: bytes | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; return a CompletedProcess with text.

    It runs in a session of its own, so that Ctrl-C does not end it half done. `given`: the bytes for its standard
    input. `environment`: variables to add to ours. Raises TimeoutError after 30 s.
    """
    late = threading.Event()
    with (
        undisturbed(),
        subprocess.Popen(command, **_PIPES, start_new_session=True, env=os.environ | environment) as process,
    ):

        def end() -> None:
            late.set()
            os.killpg(process.pid, signal.SIGKILL)

        # Not subprocess's own time-out: it sleeps and looks again and again, and in a sandbox a sleep takes no time.
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
    """Return how a process ended, in words: ended with exit code 3; killed by SIGSEGV."""
    if returncode < 0:
        return signal_words(-returncode, out_of_memory=False)
    return f"ended with exit code {returncode}"
