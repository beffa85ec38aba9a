"""An interrupted cell of a notebook can run again: what it started is ended, and what it made is removed."""

import threading
import traceback

from shmlab import group
from shmlab.interrupts import undisturbed
from shmlab.ipc import cleaning, ledger


def register(shell):
    """Look after the cells of this IPython shell."""
    cell = _Cell()
    shell.events.register("pre_run_cell", cell.begin)
    shell.events.register("post_run_cell", cell.end)


class _Cell:
    """The cell that runs. What other threads start and make meanwhile, as a panel's does, is not the cell's."""

    def __init__(self):
        self._groups, self._tokens = set(), set()

    def begin(self, _):
        self._groups = set(group.unjoined)
        self._tokens = {entry.token for entry in ledger.own()}

    def end(self, result):
        if not isinstance(result.error_in_exec, KeyboardInterrupt):
            return
        here = threading.get_ident()
        with undisturbed():
            for started in group.unjoined - self._groups:
                if started.thread == here:
                    started.kill(why="by an interrupt")
            made = [one for one in ledger.own() if one.thread == here and one.token not in self._tokens]
            cleaning.remove_made(made)
            _let_go(result.error_in_exec)


def _let_go(error):
    """Empty the frames that an error holds, and those that came before it: a view in there keeps memory mapped."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            frame.f_locals  # noqa: B018 - the copy that IPython looked at is emptied, too (until Python 3.12)
        error = error.__context__
