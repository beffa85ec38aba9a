"""Clean up after an interrupted notebook cell, so that it can run again: end its processes, remove its objects."""

import linecache
import pathlib
import threading
import traceback

from shmlab.base import root
from shmlab.base.interrupts import undisturbed
from shmlab.ipc import cleaning, ledger
from shmlab.processes import group


def register(shell):
    """Clean up after interrupted cells of this IPython shell."""
    cell = _Cell()
    shell.events.register("pre_run_cell", cell.begin)
    shell.events.register("post_run_cell", cell.end)
    if not shell.custom_exceptions:
        shell.set_custom_exc((KeyboardInterrupt,), _show_interrupted)


class _Cell:
    """Remember what existed before the running cell. What other threads create, such as a panel's, is not its own."""

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
            for new_group in group.unjoined - self._groups:
                if new_group.thread == here:
                    new_group.kill(why="by an interrupt")
            created = [entry for entry in ledger.own() if entry.thread == here and entry.token not in self._tokens]
            cleaning.remove_made(created)
            _clear_frames(result.error_in_exec)


def _show_interrupted(shell, kind, error, trace, tb_offset=None):
    """Show an interrupt in this package's code by the line of the cell alone, and any other one as IPython does. Who
    presses the button twice interrupts nothing more."""
    with undisturbed(forget=True):
        lines = _lines(shell, kind, error, trace, tb_offset)
        shell._showtraceback(kind, error, lines)
    return lines


def _lines(shell, kind, error, trace, tb_offset):
    """Return the lines that are shown of an interrupt."""
    frames = list(traceback.walk_tb(trace))
    first_ours = next((index for index, (frame, _) in enumerate(frames) if _of_package(frame)), len(frames))
    stopped = next((index for index in range(first_ours - 1, -1, -1) if _of_cell(shell, frames[index][0])), None)
    if first_ours == len(frames) or stopped is None:
        return shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset)
    frame, number = frames[stopped]
    code = linecache.getline(frame.f_code.co_filename, number).strip()
    return [
        f"KeyboardInterrupt in line {number} of the cell: {code}",
        "It was stopped there. What the cell had started is ended, and nothing that it made is left in the kernel.",
    ]


def _of_package(frame):
    return pathlib.Path(frame.f_code.co_filename).is_relative_to(root.PACKAGE)


def _of_cell(shell, frame):
    return shell.compile.format_code_name(frame.f_code.co_filename) is not None


def _clear_frames(error):
    """Clear the frames of an exception and of those in its context: a view in them would keep memory mapped."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        for frame, _ in traceback.walk_tb(error.__traceback__):
            frame.f_locals  # noqa: B018 - also clears the copy that IPython read (until Python 3.12)
        error = error.__context__
