"""Watch and control a process that runs one function, from the process that started it."""

from __future__ import annotations

import functools
import os
import pickle
from typing import Any

from shmlab.ipc import cleaning
from shmlab.processes import exits, forkserver


class Worker:
    """Represent a process that runs one function. Created by `start`."""

    def __init__(self, name, group, output, raw, report, crash_log):
        self.name = name
        self.exit = None
        self.error = None
        self.killed = ""  # why it was ended from here, or ""
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
        """Return what it has printed, as far as it was received."""
        return self._output.text

    @functools.cached_property
    def pid(self) -> int:
        """Return its process id, waiting until it is forked; 0 if that failed."""
        message = os.read(self._report, forkserver.STARTED.size)
        return forkserver.STARTED.unpack(message)[0] if message else 0

    @property
    def alive(self) -> bool:
        """Tell whether it still runs, after receiving what has arrived."""
        self._group.hear(0)
        return self.exit is None

    def join(self, timeout: float | None = None) -> Worker:
        """Wait until it has ended, show what it prints, and return the Worker.

        Raises TimeoutError after `timeout` seconds; the process then still runs.
        """
        self._group.wait([self], timeout)
        return self

    def result(self, timeout: float | None = None) -> Any:
        """Wait until it has ended, and return what the function returned.

        Raises what the function raised, with the learner's lines as a note; TimeoutError if the deadline ended it;
        ChildProcessError, which says how it ended, in any other case.
        """
        self.join(timeout)
        if self.error is not None:
            raise self.error
        if not self.exit.ok:
            raise ChildProcessError(f"{self.name} {self.exit.words}")
        return pickle.loads(self._outcome) if self._outcome else None

    def kill(self) -> None:
        """Kill it and every process that it started (SIGKILL), and wait until they have ended."""
        if self.exit is None:
            self._group.kill(self)

    def _end(self, status, expired, deadline_s):
        code, trace, where = os.waitstatus_to_exitcode(status), "", exits.crash_place(self._crash_log)
        if self.pid and (expired or self.killed):
            cleaning.clean_after(self.pid)
        if expired:
            words = f"was ended after its deadline of {deadline_s:g} s{where}"
            self.error = TimeoutError(f"{self.name} {words}: it waits for something that never comes, or needs longer")
        elif not self.pid:
            words = "could not be started: this system has no room for another process (ulimit -u)"
        elif self.killed:
            words = f"was ended {self.killed}{where}"
        elif code < 0:
            words = exits.signal_words(-code, out_of_memory=exits.oom_kills() > self._oom_before) + where
        elif self._raised:
            self.error, words, trace = exits.rebuilt_error(self.name, self._outcome)
        else:
            words = "finished" if code == 0 else f"ended with exit code {code}"
        self.exit = exits.Exit(code if code >= 0 else None, -code if code < 0 else None, words, trace)

    def __repr__(self) -> str:
        return f"<Worker {self.name}, process {self.pid}, {self.exit or 'running'}>"
