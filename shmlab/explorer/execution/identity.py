"""Who a process is, in a check and in a replay: numbers of its own, the same in both.

The process ids are small and follow each other, and the main thread has that of its process, as on Linux. The parent
is one for all. A function that asks is told apart from the same function in another process, as one that takes `rank`
is: what it names decides that, before it runs.
"""

import sys
import types

from shmlab.base.pickling import is_learners_file

PARENT = 1000
_FIRST_IDENT = 140_000_000_000_000
_STEP_IDENT = 0x801000  # as far apart as stacks of 8 MiB with a guard page
_ASKED = {
    "os": ("getpid", "getppid"),
    "posix": ("getpid", "getppid"),
    "threading": ("get_ident", "get_native_id", "current_thread", "currentThread", "main_thread"),
    "_thread": ("get_ident", "get_native_id"),
    "multiprocessing": ("current_process",),
    "multiprocessing.process": ("current_process",),
}
NAMES = _ASKED
WHO = frozenset(name for names in _ASKED.values() for name in names) - {"getppid"}  # which is one for all


class _Thread:
    """The main thread of a process, as far as it tells who it is."""

    name = "MainThread"
    daemon = False

    def __init__(self, ident, native_id):
        self.ident, self.native_id = ident, native_id

    def is_alive(self):
        return True

    def __repr__(self):
        return f"<_MainThread(MainThread, started {self.ident})>"


class _Process:
    """A process, as multiprocessing tells who it is."""

    daemon = False
    exitcode = None

    def __init__(self, name, pid):
        self.name, self.pid, self.ident = name, pid, pid

    def is_alive(self):
        return True

    def __repr__(self):
        return f"<_MainProcess name={self.name!r} parent=None started>"


def answers(module, asker):
    """name -> what stands for it, of the functions of a module that tell who calls them. `asker`: the Process."""
    if module not in _ASKED:
        return {}
    rank = asker.rank
    pid, ident = PARENT + 1 + rank, _FIRST_IDENT + rank * _STEP_IDENT
    thread, process = _Thread(ident, pid), _Process(f"P{rank}", pid)
    found = {
        "getpid": pid,
        "getppid": PARENT,
        "get_ident": ident,
        "get_native_id": pid,
        "current_thread": thread,
        "currentThread": thread,
        "main_thread": thread,
        "current_process": process,
    }
    return {name: _telling(asker, f"{module}.{name}", found[name]) for name in _ASKED[module]}


def _telling(asker, name, answer):
    def told():
        if not asker.told_apart and name.rpartition(".")[2] in WHO and _is_learners(sys._getframe(1)):
            asker.refuse(f"{name}: a check did not see that the function asks for it; write {name}() in the function")
        return answer

    return told


def _is_learners(frame):
    return is_learners_file(frame.f_code.co_filename)


def asks(code):
    """Whether a piece of code, or one within it, names something that tells who calls it."""
    within = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return not WHO.isdisjoint(code.co_names) or any(map(asks, within))
