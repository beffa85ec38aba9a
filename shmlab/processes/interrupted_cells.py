"""An interrupted cell of a notebook can run again: what it started is ended, and what it made is removed."""

import linecache
import pathlib
import threading
import traceback

from shmlab.base import root
from shmlab.base.interrupts import undisturbed
from shmlab.ipc import cleaning, ledger
from shmlab.processes import group


def register(shell):
    """Look after the cells of this IPython shell."""
    cell = _Cell()
    shell.events.register("pre_run_cell", cell.begin)
    shell.events.register("post_run_cell", cell.end)
    if not shell.custom_exceptions:
        shell.set_custom_exc((KeyboardInterrupt,), _show_interrupted)


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


def _show_interrupted(shell, kind, error, trace, tb_offset=None):
    """Show an interrupt with the learner's own frames alone, and in a sentence what was stopped."""
    frames = list(traceback.walk_tb(trace))
    own = next((at for at, (frame, _) in enumerate(frames) if _of_package(frame)), len(frames))
    stopped = next((at for at in range(own - 1, -1, -1) if _of_cell(shell, frames[at][0])), None)
    if own == len(frames) or stopped is None:
        lines = shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    else:
        frame, number = frames[stopped]
        code = linecache.getline(frame.f_code.co_filename, number).strip()
        lines = [
            f"KeyboardInterrupt in line {number} of the cell: {code}",
            "It was stopped there. What the cell had started is ended, and nothing that it made is left in the kernel.",
        ]
    shell._showtraceback(kind, error, lines)
    return lines


def _of_package(frame):
    return pathlib.Path(frame.f_code.co_filename).is_relative_to(root.PACKAGE)


def _of_cell(shell, frame):
    return shell.compile.format_code_name(frame.f_code.co_filename) is not None


def _let_go(error):
    """Empty the frames that an error holds, and those that came before it: a view in there keeps memory mapped."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            frame.f_locals  # noqa: B018 - the copy that IPython looked at is emptied, too (until Python 3.12)
        error = error.__context__
