"""What a program outside of Python said: here and now, or when it was recorded, and which of the two."""

import dataclasses
import subprocess

from shmlab.exits import signal_words
from shmlab.interrupts import undisturbed

_LONGEST_S = 30


@dataclasses.dataclass(frozen=True)
class Told:
    """Text that a notebook shows as it is. `source`: in a sentence, where and when it was said."""

    text: str
    source: str

    def __repr__(self):
        return f"({self.source})\n{self.text}"


def recorded(text, missing):
    """The record that stands for what a missing program would say."""
    return Told(text.strip("\n"), f"{missing}: what follows was recorded on x86-64 Linux.")


def done(command, *, given=None):
    """Run a command to its end, in a session of its own, so that Ctrl-C leaves nothing half done: a CompletedProcess
    with text. `given`: the bytes for its standard input. Raises TimeoutError."""
    with undisturbed():
        try:
            ended = subprocess.run(command, input=given, capture_output=True, start_new_session=True,
                                   timeout=_LONGEST_S)  # fmt: skip
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{command[0]} was ended: it had not finished after {_LONGEST_S} s") from None
    return subprocess.CompletedProcess(command, ended.returncode, ended.stdout.decode(errors="replace"),
                                       ended.stderr.decode(errors="replace"))  # fmt: skip


def how(returncode):
    """How a process ended, in words: with exit code 3; killed by SIGSEGV."""
    if returncode < 0:
        return signal_words(-returncode, out_of_memory=False)
    return f"ended with exit code {returncode}"
