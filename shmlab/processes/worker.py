"""A process that runs one function, as seen from the one that started it."""

from __future__ import annotations

import functools
import os
import pickle
from typing import Any

from shmlab.ipc import cleaning
from shmlab.processes import exits, forkserver


class Worker:
    """A process that runs one function. Made by `start`."""

    def __init__(self, name, group, output, raw, report, crash_log):
        self.name = name
        self.exit = None
        self.error = None
        self.killed = ""  # why we ended it, if we did
        self._raised = False
        self._group = group
        self._output = output
        self._raw = raw
        self._report = report
        self._crash_log = crash_log
        self._outcome = bytearray()
        self._oom_before = exits.oom_kills()

    @property
    def output(self) -> str:
        """What it has printed, as far as has been heard."""
        return self._output.text

    @functools.cached_property
    def pid(self) -> int:
        """Its process id, which arrives when it has been forked; 0 when that could not be done."""
        message = os.read(self._report, forkserver.STARTED.size)
        return forkserver.STARTED.unpack(message)[0] if message else 0

    @property
    def alive(self) -> bool:
        """Whether it still runs, as far as has been heard."""
        self._group.hear(0)
        return self.exit is None

    def join(self, timeout: float | None = None) -> Worker:
        """Wait until it has ended, showing what it prints; returns the Worker.

        Raises TimeoutError after `timeout` seconds, with the process still running.
        """
        self._group.wait([self], timeout)
        return self

    def result(self, timeout: float | None = None) -> Any:
        """Wait, and return what the function returned.

        Raises what the function raised, with its own lines as a note; TimeoutError when the deadline
        ended it; ChildProcessError, in words, when it ended in any other way.
        """
        self.join(timeout)
        if self.error is not None:
            raise self.error
        if not self.exit.ok:
            raise ChildProcessError(f"{self.name} {self.exit.words}")
        return pickle.loads(self._outcome) if self._outcome else None

    def kill(self) -> None:
        """End it and every process it started, at once (SIGKILL); waits until that is done."""
        if self.exit is None:
            self._group.kill(self)

    def _end(self, status, expired, deadline_s):
        code, trace, at = os.waitstatus_to_exitcode(status), "", exits.crash_place(self._crash_log)
        if self.pid and (expired or self.killed):
            cleaning.clean_after(self.pid)
        if expired:
            words = f"was ended after its deadline of {deadline_s:g} s{at}"
            self.error = TimeoutError(f"{self.name} {words}: it waits for something that never comes, or needs longer")
        elif not self.pid:
            words = "could not be started: this system has no room for another process (ulimit -u)"
        elif self.killed:
            words = f"was ended {self.killed}{at}"
        elif code < 0:
            words = exits.signal_words(-code, out_of_memory=exits.oom_kills() > self._oom_before) + at
        elif self._raised:
            self.error, words, trace = exits.rebuilt_error(self.name, self._outcome)
        else:
            words = "finished" if code == 0 else f"ended with exit code {code}"
        self.exit = exits.Exit(code if code >= 0 else None, -code if code < 0 else None, words, trace)

    def __repr__(self) -> str:
        return f"<Worker {self.name}, process {self.pid}, {self.exit or 'running'}>"
