"""What the processes in a sandbox take, and whether they sleep: told from their processor time, not from the clock.

A process that waits for its turn does not sleep, so that a busy host changes nothing here. Source: proc(5), stat,
statm, smaps_rollup; the kernel's Documentation/scheduler/sched-stats, /proc/PID/schedstat.
"""

import contextlib
import os
import pathlib
import time

from shmlab.grading import confine
from shmlab.grading.results import Unjudged

LOOK_EVERY_S = 0.5  # of waiting
CPU_S = 2 * confine.CPU_S  # of all processes together, while one answer is waited for
PROCESSES = 2 * confine.PROCESSES  # of all together
_SLEEP_S = 10.0  # that a sandbox may cost whoever waits for its answers
_MEMORY_MIB = 2 * confine.MEMORY_MIB  # of all processes together
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


class Watch:
    """Looks at the processes of a sandbox from time to time. `pid`: of the first of them, which is none of a learner's.

    `used`: seconds of processor time of all of them. `works`: whether one of them ran, or would with a processor."""

    def __init__(self, pid):
        self._pid = pid
        self.used, self.works = 0.0, True
        self._known = {}  # (pid, thread) -> seconds it has run and waited for its turn
        self._ran, self._seen = {}, 0.0
        self._before = self._unseen = self._slept = 0.0
        self._own_delay = _schedule("/proc/thread-self")[1]

    def asked(self):
        """From here on another answer is waited for."""
        self._before = self.used

    def forgive_sleep(self):
        """Somebody else begins to wait for its answers: what it slept before costs them nothing."""
        self._slept = 0.0

    def waited(self, seconds):
        """So long it was waited for a message. Raises Unjudged when what is inside takes more than it may."""
        self._unseen += seconds
        if self._unseen >= LOOK_EVERY_S:
            self.look()

    def look(self):
        """Look at all of them. Raises Unjudged as `waited`."""
        found = below(self._pid)
        self.works = any(one.state in "RD" for one in found)
        self._count_sleep(found)
        self.used = max(self.used, self._processor_time(found))
        if self.used - self._before > CPU_S:
            raise Unjudged(f"used up {CPU_S} s of processor time together with the processes that it started")
        if self._slept > _SLEEP_S:
            raise Unjudged(f"slept for {_SLEEP_S:.0f} s while its answers were waited for")
        if sum(one.state not in "ZX" for one in found) > PROCESSES:  # the kernel's own limit may be others' too
            raise Unjudged(f"has more than {PROCESSES} processes, with those that it started")
        files = {place: size for one in found for place, size in one.memory_files().items()}
        if sum(one.memory() for one in found) + sum(files.values()) > _MEMORY_MIB << 20:
            raise Unjudged(f"used up {_MEMORY_MIB:,} MiB of memory together with the processes that it started")

    def _count_sleep(self, found):
        """Waiting is lost to sleep where neither those inside nor this process had work to do. A processor that the
        host of a virtual machine has taken away is counted by nobody, so that who is ready to run does not sleep."""
        ran, delay = _schedule("/proc/thread-self")
        lost = self._unseen - self._worked(found) - (delay - self._own_delay)
        if ran and not self.works:  # and this kernel tells
            self._slept += max(0.0, lost)
        self._own_delay, self._unseen = delay, 0.0

    def _worked(self, found):
        """Seconds that threads have run, or have waited for their turn, since the last look."""
        known, self._known = self._known, {}
        for one in found:
            for thread in one.threads():
                self._known[one.pid, thread] = sum(_schedule(f"/proc/{one.pid}/task/{thread}"))
        return sum(spent - known.get(who, 0.0) for who, spent in self._known.items())

    def _processor_time(self, found):
        """Seconds of processor time, those of processes that have ended included: as their parents were told of them,
        or as they were seen."""
        before, self._ran = self._ran, {one.pid: one.ran for one in found}
        self._seen += sum(max(0.0, ran - before.get(pid, 0.0)) for pid, ran in self._ran.items())
        return max(self._seen, sum(one.ran + one.reaped for one in found))


class _Seen:
    """A process. `ran`, `reaped`: seconds of processor time of its own, and of its children that it has waited for."""

    def __init__(self, pid):
        self.pid = pid
        self._place = pathlib.Path("/proc", str(pid))
        fields = (self._place / "stat").read_text().rpartition(")")[2].split()
        self.state = fields[0]
        user, system, their_user, their_system = (int(field) * _TICK_S for field in fields[11:15])
        self.ran, self.reaped = user + system, their_user + their_system

    def children(self):
        return [
            int(pid) for thread in self.threads() for pid in _text(self._place / "task" / thread / "children").split()
        ]

    def threads(self):
        with contextlib.suppress(OSError):
            return os.listdir(self._place / "task")
        return []

    def memory(self):
        """Bytes that it has in memory: of what several processes share, its part (PSS); where nobody may know that, of
        what it shares with none."""
        for line in _text(self._place / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        fields = _text(self._place / "statm").split()
        return (int(fields[1]) - int(fields[2])) * _PAGE if fields else 0

    def memory_files(self):
        """(device, inode) -> bytes of each file in memory that it has open and that has no name: a memfd, say."""
        found = {}
        with contextlib.suppress(OSError):
            for link in (self._place / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link).endswith(" (deleted)"):
                        status = link.stat()
                        found[status.st_dev, status.st_ino] = status.st_blocks * 512
        return found


def below(pid):
    """A process and all that were started by it, directly or not."""
    found, left = [], [pid]
    while left:
        with contextlib.suppress(OSError):
            found.append(_Seen(left.pop()))
            left += found[-1].children()
    return found


def _schedule(place):
    """(seconds it has run, seconds it has waited for its turn) of a thread; zeros where there is none."""
    fields = _text(f"{place}/schedstat").split()
    return (int(fields[0]) / 1e9, int(fields[1]) / 1e9) if fields else (0.0, 0.0)


def _text(path):
    with contextlib.suppress(OSError):
        return pathlib.Path(path).read_text()
    return ""


class Silence:
    """How long all in a sandbox have done nothing, in one piece. `most_s`: more is too long."""

    def __init__(self, watch, most_s):
        self._watch, self._most_s = watch, most_s
        self._since, self._used = None, 0.0

    def look(self):
        """Look at them. Raises TimeoutError when it was too long, Unjudged as a Watch."""
        now = time.monotonic()
        self._watch.look()
        if self._since is None or self._watch.works or self._watch.used > self._used:
            self._since, self._used = now, self._watch.used
        elif now - self._since >= self._most_s:
            raise TimeoutError
