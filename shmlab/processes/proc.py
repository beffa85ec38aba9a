"""Read the state, processor time, memory and children of processes from /proc.

Source: proc(5), stat, statm, smaps_rollup; the kernel's Documentation/scheduler/sched-stats, /proc/PID/schedstat.
"""

import contextlib
import os
import pathlib

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


class Process:
    """Hold the state of a process at one moment.

    `ran`: seconds of its own processor time. `reaped`: those of its children that it has waited for.
    """

    def __init__(self, pid):
        self.pid = pid
        self._place = pathlib.Path("/proc", str(pid))
        fields = (self._place / "stat").read_text().rpartition(")")[2].split()
        self.state = fields[0]
        user, system, their_user, their_system = (int(field) * _TICK_S for field in fields[11:15])
        self.ran, self.reaped = user + system, their_user + their_system

    def children(self):
        return [
            int(pid) for thread in self.threads() for pid in _text(self._place / "task" / thread / "children").split()
        ]

    def threads(self):
        with contextlib.suppress(OSError):
            return os.listdir(self._place / "task")
        return []

    def memory(self):
        """Return its bytes in memory, with its proportional part of shared pages (PSS).

        If PSS cannot be read, return the bytes that it does not share.
        """
        for line in _text(self._place / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        fields = _text(self._place / "statm").split()
        return (int(fields[1]) - int(fields[2])) * _PAGE if fields else 0

    def memory_files(self):
        """Return (device, inode) -> bytes for each nameless file in memory that it has open, such as a memfd."""
        sizes = {}
        with contextlib.suppress(OSError):
            for link in (self._place / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link).endswith(" (deleted)"):
                        status = link.stat()
                        sizes[status.st_dev, status.st_ino] = status.st_blocks * 512
        return sizes


def below(pid):
    """Return a process and all its descendants."""
    processes, pids = [], [pid]
    while pids:
        with contextlib.suppress(OSError):
            processes.append(Process(pids.pop()))
            pids += processes[-1].children()
    return processes


def schedule(place):
    """Return (seconds that a thread ran, seconds that it was ready and waited); zeros if this cannot be read."""
    fields = _text(f"{place}/schedstat").split()
    return (int(fields[0]) / 1e9, int(fields[1]) / 1e9) if fields else (0.0, 0.0)


def _text(path):
    with contextlib.suppress(OSError):
        return pathlib.Path(path).read_text()
    return ""
