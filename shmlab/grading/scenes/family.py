"""Look from inside a sandbox at the processes that a process has started, and those that these have started.

They are found as descendants of the process that calls this. An orphan stays one of them if kinship.adopt_orphans was
called before. Source: proc(5), proc_pid_fd(5), proc_pid_maps(5).
"""

import contextlib
import os
import select
import signal

from shmlab.grading.inside_sandbox import blocked
from shmlab.grading.inside_sandbox.scene_server import processes

_LOOK_EVERY_MS = 2
_STILL_LOOKS = 3  # in a row: none of them works
_SLEEPING_LOOKS = 1_500  # in a row: who sleeps on a clock so long is not waited for


def pids():
    """Return the pids of all descendants of this process that have not ended."""
    found = processes()
    family = [os.getpid()]
    for one in family:
        family += [pid for pid, (_, parent) in found.items() if parent == one]
    return [pid for pid in family[1:] if found[pid][0] not in "ZX"]


def still(ended):
    """Wait until no descendant works any more, and return whether all of them wait for ever: False where one sleeps on
    a clock, None if `ended()` is true before. `ended`: asked at each look."""
    before, looks = None, 0
    while not ended():
        states = blocked.none_works(pids())
        looks = looks + 1 if states is not None and states == before else 0
        before = states
        if looks >= _STILL_LOOKS and blocked.all_blocked(pids):
            return True
        if looks >= _SLEEPING_LOOKS:
            return False
        select.select([], [], [], _LOOK_EVERY_MS / 1000)  # not time.sleep, which takes no time in a sandbox
    return None


def oldest_goes_on():
    """Let the oldest descendant go on that has stopped itself; return whether there is one."""
    found = processes()
    stopped = [pid for pid in pids() if found.get(pid, ("Z",))[0] == "T"]
    if stopped:
        os.kill(min(stopped), signal.SIGCONT)
    return bool(stopped)


def kill():
    """End all descendants."""
    while found := pids():
        for pid in found:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def hides(pid):
    """Return whether a process that sleeps forbids others to look at it. One that is about to begin or to end cannot be
    looked at either, and does not sleep."""
    if not _sleeps(pid):
        return False
    try:
        descriptors(pid)
    except PermissionError:
        return _sleeps(pid)
    except OSError:
        pass
    return False


def _sleeps(pid):
    return processes().get(pid, ("Z",))[0] == "S"


def descriptors(pid):
    """Return where the descriptors of a process lead, except for the standard ones. Raises PermissionError if it
    forbids that."""
    found = []
    for name in os.listdir(f"/proc/{pid}/fd"):
        if int(name) > 2:
            with contextlib.suppress(FileNotFoundError):  # closed meanwhile
                found.append(os.readlink(f"/proc/{pid}/fd/{name}"))
    return found


def mapped_memfds(pid):
    """Return [mode, inode] of each mapping of a memfd by a process. Raises PermissionError if it forbids that."""
    with open(f"/proc/{pid}/maps") as maps:
        lines = [line.split() for line in maps if "/memfd:" in line]
    return [[mode, int(inode)] for _, mode, _, _, inode, *_ in lines]
