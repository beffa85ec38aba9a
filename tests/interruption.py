"""Interrupt a lesson's kernel while a cell runs, and never between two cells. This module runs in the kernel."""

import os
import signal
import threading

from IPython import get_ipython


def install():
    """Return an Interruption of the kernel in which this is called."""
    return Interruption(get_ipython())


class Interruption:
    """Sends SIGINT to the kernel's process group, as Jupyter does, `after_s` seconds after the next cell has begun.

    It sends none after the cell has ended: ipykernel 7 loses the request if SIGINT comes while it sends the reply.
    """

    def __init__(self, shell):
        self.after_s = None
        self._lock = threading.Lock()
        self._inside = False
        shell.events.register("pre_run_cell", self._began)
        shell.events.register("post_run_cell", self._ended)

    def _began(self, _):
        if self.after_s is not None:
            self._inside = True
            timer = threading.Timer(self.after_s, self._strike)
            timer.daemon, self.after_s = True, None
            timer.start()

    def _strike(self):
        with self._lock:
            if self._inside:
                os.killpg(0, signal.SIGINT)

    def _ended(self, _):
        with self._lock:
            self._inside = False
