"""What the processes in a sandbox take, and whether they sleep: told from their processor time, not from the clock.

A process that waits for its turn does not sleep, so that a busy host changes nothing here.
"""

import time

from shmlab.grading.inside_sandbox import rights
from shmlab.grading.results import Unjudged
from shmlab.processes import proc

LOOK_EVERY_S = 0.5  # of waiting
CPU_S = 2 * rights.CPU_S  # of all processes together, while one answer is waited for
PROCESSES = 2 * rights.PROCESSES  # of all together
_SLEEP_S = 10.0  # that a sandbox may cost whoever waits for its answers
_MEMORY_MIB = 2 * rights.MEMORY_MIB  # of all processes together


class Watch:
    """Looks at the processes of a sandbox from time to time. `pid`: of the first of them, which is none of a learner's.

    `used`: seconds of processor time of all of them. `works`: whether one of them ran, or would with a processor."""

    def __init__(self, pid):
        self._pid = pid
        self.used, self.works = 0.0, True
        self._known = {}  # (pid, thread) -> seconds it has run and waited for its turn
        self._ran, self._seen = {}, 0.0
        self._before = self._unseen = self._slept = 0.0
        self._own_delay = proc.schedule("/proc/thread-self")[1]

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
        found = proc.below(self._pid)
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
        ran, delay = proc.schedule("/proc/thread-self")
        lost = self._unseen - self._worked(found) - (delay - self._own_delay)
        if ran and not self.works:  # and this kernel tells
            self._slept += max(0.0, lost)
        self._own_delay, self._unseen = delay, 0.0

    def _worked(self, found):
        """Seconds that threads have run, or have waited for their turn, since the last look."""
        known, self._known = self._known, {}
        for one in found:
            for thread in one.threads():
                self._known[one.pid, thread] = sum(proc.schedule(f"/proc/{one.pid}/task/{thread}"))
        return sum(spent - known.get(who, 0.0) for who, spent in self._known.items())

    def _processor_time(self, found):
        """Seconds of processor time, those of processes that have ended included: as their parents were told of them,
        or as they were seen."""
        before, self._ran = self._ran, {one.pid: one.ran for one in found}
        self._seen += sum(max(0.0, ran - before.get(pid, 0.0)) for pid, ran in self._ran.items())
        return max(self._seen, sum(one.ran + one.reaped for one in found))


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
