"""Answer a function that asks which process it is, in a check as in a replay.

The process ids are small and consecutive, and the main thread has the id of its process, as on Linux. All processes
have one parent. A function that asks shares no nodes with the same function in another process, just as one that takes
`rank`; the names that it uses decide that before it runs.
"""

import sys
import types

from shmlab.base.pickling import is_learners_file

PARENT = 1000
_FIRST_IDENT = 140_000_000_000_000
_STEP_IDENT = 0x801000  # the distance of stacks of 8 MiB with a guard page
_ASKED = {
    "os": ("getpid", "getppid"),
    "posix": ("getpid", "getppid"),
    "threading": ("get_ident", "get_native_id", "current_thread", "currentThread", "main_thread"),
    "_thread": ("get_ident", "get_native_id"),
    "multiprocessing": ("current_process",),
    "multiprocessing.process": ("current_process",),
}
NAMES = _ASKED
WHO = frozenset(name for names in _ASKED.values() for name in names) - {"getppid"}  # the same for all


class _Thread:
    """The main thread of a process, as far as it says which one it is."""

    name = "MainThread"
    daemon = False

    def __init__(self, ident, native_id):
        self.ident, self.native_id = ident, native_id

    def is_alive(self):
        return True

    def __repr__(self):
        return f"<_MainThread(MainThread, started {self.ident})>"


class _Process:
    """A process, as far as multiprocessing says which one it is."""

    daemon = False
    exitcode = None

    def __init__(self, name, pid):
        self.name, self.pid, self.ident = name, pid, pid

    def is_alive(self):
        return True

    def __repr__(self):
        return f"<_MainProcess name={self.name!r} parent=None started>"


def answers(module, asker):
    """Return {name: stand-in} for the functions of a module that say which process calls them. `asker`: the
    Process."""
    if module not in _ASKED:
        return {}
    rank = asker.rank
    pid, ident = PARENT + 1 + rank, _FIRST_IDENT + rank * _STEP_IDENT
    thread, process = _Thread(ident, pid), _Process(f"P{rank}", pid)
    all_answers = {
        "getpid": pid,
        "getppid": PARENT,
        "get_ident": ident,
        "get_native_id": pid,
        "current_thread": thread,
        "currentThread": thread,
        "main_thread": thread,
        "current_process": process,
    }
    return {name: _telling(asker, f"{module}.{name}", all_answers[name]) for name in _ASKED[module]}


def _telling(asker, name, answer):
    def stand_in():
        if not asker.has_own_nodes and name.rpartition(".")[2] in WHO and _is_learners(sys._getframe(1)):
            asker.refuse(f"{name}: a check did not see that the function asks for it; write {name}() in the function")
        return answer

    return stand_in


def _is_learners(frame):
    return is_learners_file(frame.f_code.co_filename)


def asks(code):
    """Return whether a piece of code, or code within it, names a function that says which process calls it."""
    within = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return not WHO.isdisjoint(code.co_names) or any(map(asks, within))
