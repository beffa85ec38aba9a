"""Bind a process to its parent and to its orphans, as prctl(2) allows: nothing is left when one of them is killed."""

import signal

from shmlab.ipc.libc import checked_call

_PDEATHSIG, _CHILD_SUBREAPER = 1, 36


def die_with_parent(by: signal.Signals = signal.SIGKILL) -> None:
    """Have the kernel send this process a signal when its parent, the thread that forked it, ends. Raises OSError."""
    checked_call("prctl", _PDEATHSIG, by, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of all orphans among this process's descendants, in any process group. Raises OSError."""
    checked_call("prctl", _CHILD_SUBREAPER, 1, 0, 0, 0)
