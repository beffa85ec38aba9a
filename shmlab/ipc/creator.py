"""Which process created an object, and whether it is alive."""

import dataclasses
import functools
import os
import pathlib

from shmlab.ipc import kinds


@dataclasses.dataclass(frozen=True)
class Creator:
    """What tells a process from every other one: pids are used again, start times within one boot are not."""

    boot: str
    pid_namespace: int
    ipc_namespace: int
    posix_device: int
    pid: int
    start_ticks: int

    def here(self):
        """Return whether this process can tell if that one is alive: both need the same boot and PID namespace."""
        now = current_creator()
        return (self.boot, self.pid_namespace) == (now.boot, now.pid_namespace)

    def alive(self):
        return start_ticks(self.pid) == self.start_ticks


def start_ticks(pid):
    """Return when process `pid` started, in clock ticks since boot, or None when it is not alive.

    A zombie is not alive: it holds no memory and creates nothing. Source: proc(5), stat.
    """
    try:
        text = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else int(fields[19])


@functools.cache
def _creator_of(pid):
    return Creator(
        boot=pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        pid_namespace=os.stat("/proc/self/ns/pid").st_ino,
        ipc_namespace=os.stat("/proc/self/ns/ipc").st_ino,
        posix_device=os.stat(kinds.POSIX_FOLDER).st_dev,
        pid=pid,
        start_ticks=start_ticks(pid),
    )


def current_creator():
    """Return this process as the ledger records it."""
    return _creator_of(os.getpid())
