"""Measure what the processes in a sandbox use, and whether they sleep.

Time limits count processor time, not time on the clock: a process that is ready to run and waits for a processor
does not sleep, so a busy host does not change the result.
"""

import time

from shmlab.grading.inside_sandbox import rights
from shmlab.grading.results import Unjudged
from shmlab.processes import proc

LOOK_EVERY_S = 0.5  # seconds of waiting between two looks
CPU_S = 2 * rights.CPU_S  # of all processes together, for one answer
PROCESSES = 2 * rights.PROCESSES  # the most processes in a sandbox
_SLEEP_S = 10.0  # how long a sandbox may sleep while an answer is awaited
_MEMORY_MIB = 2 * rights.MEMORY_MIB  # of all processes together


class Watch:
    """Look at the processes of a sandbox from time to time, and raise Unjudged if they use too much.

    `pid`: process id of the sandbox's first process, which runs no learner code. `used`: seconds of processor time of
    all processes. `works`: True if one of them is running, is ready to run, or waits for a disk.
    """

    def __init__(self, pid):
        self._pid = pid
        self.used, self.works = 0.0, True
        self._scheduled = {}  # (pid, thread) -> seconds that it ran or was ready to run
        self._ran, self._seen = {}, 0.0
        self._before = self._unseen = self._slept = 0.0
        self._own_delay = proc.schedule("/proc/thread-self")[1]

    def begin_answer(self):
        """Start the limit on processor time again: from now on another answer is awaited."""
        self._before = self.used

    def forgive_sleep(self):
        """Set the time slept back to 0: its next caller is not charged for what it slept before."""
        self._slept = 0.0

    def waited(self, seconds):
        """Add `seconds` spent waiting for a message. Raises Unjudged if the processes inside exceed a limit."""
        self._unseen += seconds
        if self._unseen >= LOOK_EVERY_S:
            self.look()

    def look(self):
        """Look at all processes. Raises Unjudged if they exceed a limit."""
        processes = proc.below(self._pid)
        self.works = any(process.state in "RD" for process in processes)
        self._count_sleep(processes)
        self.used = max(self.used, self._processor_time(processes))
        if self.used - self._before > CPU_S:
            raise Unjudged(f"used up {CPU_S} s of processor time together with the processes that it started")
        if self._slept > _SLEEP_S:
            raise Unjudged(f"slept for {_SLEEP_S:.0f} s while its answers were waited for")
        # The kernel's own limit may count the processes of others, too.
        if sum(process.state not in "ZX" for process in processes) > PROCESSES:
            raise Unjudged(f"has more than {PROCESSES} processes, with those that it started")
        files = {place: size for process in processes for place, size in process.memory_files().items()}
        if sum(process.memory() for process in processes) + sum(files.values()) > _MEMORY_MIB << 20:
            raise Unjudged(f"used up {_MEMORY_MIB:,} MiB of memory together with the processes that it started")

    def _count_sleep(self, processes):
        """Count the waiting time in which neither the processes inside nor this one ran or were ready to run.

        No counter includes the time for which the host of a virtual machine has taken a processor away. Therefore
        nothing is counted while a process is ready to run (`works`).
        """
        ran, delay = proc.schedule("/proc/thread-self")
        lost = self._unseen - self._worked(processes) - (delay - self._own_delay)
        if ran and not self.works:  # ran is 0 if this kernel has no /proc/PID/schedstat
            self._slept += max(0.0, lost)
        self._own_delay, self._unseen = delay, 0.0

    def _worked(self, processes):
        """Return the seconds for which threads ran or were ready to run since the last look."""
        before, self._scheduled = self._scheduled, {}
        for process in processes:
            for thread in process.threads():
                self._scheduled[process.pid, thread] = sum(proc.schedule(f"/proc/{process.pid}/task/{thread}"))
        return sum(seconds - before.get(key, 0.0) for key, seconds in self._scheduled.items())

    def _processor_time(self, processes):
        """Return the seconds of processor time of all processes, also of those that have ended.

        For processes that have ended it takes the larger of two sums: what their parents have waited for, and what
        was seen at earlier looks.
        """
        before, self._ran = self._ran, {process.pid: process.ran for process in processes}
        self._seen += sum(max(0.0, ran - before.get(pid, 0.0)) for pid, ran in self._ran.items())
        return max(self._seen, sum(process.ran + process.reaped for process in processes))


class Silence:
    """Measure for how long without a break all processes in a sandbox have done nothing; `most_s` is the limit."""

    def __init__(self, watch, most_s):
        self._watch, self._most_s = watch, most_s
        self._since, self._used = None, 0.0

    def look(self):
        """Look at the processes. Raises TimeoutError after `most_s` seconds of silence, Unjudged as Watch does."""
        now = time.monotonic()
        self._watch.look()
        if self._since is None or self._watch.works or self._watch.used > self._used:
            self._since, self._used = now, self._watch.used
        elif now - self._since >= self._most_s:
            raise TimeoutError
