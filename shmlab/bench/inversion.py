"""Watch priority inversion: three processes on one processor, and a mutex that the lowest and the highest need.

The processes are in C, as their priorities are those of SCHED_FIFO and the mutex may inherit them, which Python's
libraries do not offer. The program is `shmlab/native/inversion.c`. An ordinary user is seldom allowed SCHED_FIFO, so
there is a record of a run.
"""

from __future__ import annotations

import dataclasses
import tempfile

from shmlab.base import root
from shmlab.base.table import Table, Tabled
from shmlab.observe import c_programs, program_output

WHO = ("high", "medium", "low")
PLAIN, INHERITS = "none", "inherit"
_SOURCE = root.PACKAGE / "native" / "inversion.c"
_RECORD = {
    PLAIN: """
0 low has the mutex
5032 high wants the mutex
5051 medium computes
125057 medium is done
140207 low releases it
140229 high has the mutex
""",
    INHERITS: """
0 low has the mutex
5036 high wants the mutex
20069 low releases it
20087 high has the mutex
20210 medium computes
140309 medium is done
""",
}
_WHERE = "what follows was recorded as root on x86-64 Linux 6.18, gcc 12, in November 2026."


@dataclasses.dataclass(frozen=True)
class Event:
    """Hold what one process did, and when: microseconds after the first event."""

    at_us: int
    who: str
    what: str


@dataclasses.dataclass(frozen=True, repr=False)
class Inversion(Tabled):
    """Hold the events of a run with a plain mutex, and of one whose owner inherits priority. `source`: where they come
    from."""

    plain: tuple[Event, ...]
    inherits: tuple[Event, ...]
    source: str

    def waited_ms(self, events: tuple[Event, ...]) -> float:
        """Return how long the process of high priority waited for the mutex, in milliseconds."""
        return (_when(events, "high", "has the mutex") - _when(events, "high", "wants the mutex")) / 1000

    def table(self) -> Table:
        """Return a Table with a row for each event of both runs."""
        rows = [
            (name, f"{event.at_us / 1000:.1f}", event.who, event.what)
            for name, events in (("plain", self.plain), ("inherits priority", self.inherits))
            for event in events
        ]
        return Table("Who runs when", ("mutex", "ms", "process", "what it does"), tuple(rows), self.source)


def priority_inversion() -> Inversion:
    """Run the three processes with either kind of mutex; return an Inversion.

    Where there is no C compiler, or this user may not have SCHED_FIFO, or the system does not keep to it, return what
    was recorded; the result says so and why. Raises RuntimeError when the program fails, TimeoutError after 30 s.
    """
    if c_programs.compiler() is None:
        return _recorded("There is no C compiler here")
    with tempfile.TemporaryDirectory() as folder:
        program = c_programs.compiled(_SOURCE.read_text(), folder)
        told = {protocol: _told(program, protocol) for protocol in (PLAIN, INHERITS)}
    for text in told.values():
        if text.startswith("refused"):
            return _recorded(f"This system {text.strip()}")
    plain, inherits = (_events(told[protocol]) for protocol in (PLAIN, INHERITS))
    if not (_is_inverted(plain) and not _is_inverted(inherits)):
        return _recorded("This system accepts SCHED_FIFO, and did not keep to it in this run")
    return Inversion(plain, inherits, "Compiled and run, here and now.")


def _told(program: str, protocol: str) -> str:
    ended = program_output.done([program, protocol])
    if ended.returncode:
        raise RuntimeError(f"inversion {program_output.how(ended.returncode)}: {ended.stderr.strip()}")
    return ended.stdout


def _events(text: str) -> tuple[Event, ...]:
    lines = (line.split(maxsplit=2) for line in text.strip().splitlines())
    return tuple(Event(int(at_us), who, what) for at_us, who, what in lines)


def _when(events: tuple[Event, ...], who: str, what: str) -> int:
    return next(event.at_us for event in events if (event.who, event.what) == (who, what))


def _is_inverted(events: tuple[Event, ...]) -> bool:
    """Return whether the process of middle priority was done before the one of high priority had the mutex."""
    return _when(events, "medium", "is done") < _when(events, "high", "has the mutex")


def _recorded(why: str) -> Inversion:
    return Inversion(_events(_RECORD[PLAIN]), _events(_RECORD[INHERITS]), f"{why}: {_WHERE}")
