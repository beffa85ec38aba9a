"""Processes as /proc tells of them: their state, processor time, memory, children.

Source: proc(5), stat, statm, smaps_rollup; the kernel's Documentation/scheduler/sched-stats, /proc/PID/schedstat.
"""

import contextlib
import os
import pathlib

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")


class Process:
    """A process as it is when this is made. `ran`, `reaped`: seconds of processor time of its own, and of its children
    that it has waited for."""

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
        """Bytes that it has in memory: of what several processes share, its part (PSS); where nobody may know that, of
        what it shares with none."""
        for line in _text(self._place / "smaps_rollup").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
        fields = _text(self._place / "statm").split()
        return (int(fields[1]) - int(fields[2])) * _PAGE if fields else 0

    def memory_files(self):
        """(device, inode) -> bytes of each file in memory that it has open and that has no name: a memfd, say."""
        found = {}
        with contextlib.suppress(OSError):
            for link in (self._place / "fd").iterdir():
                with contextlib.suppress(OSError):
                    if os.readlink(link).endswith(" (deleted)"):
                        status = link.stat()
                        found[status.st_dev, status.st_ino] = status.st_blocks * 512
        return found


def below(pid):
    """A process and all that were started by it, directly or not."""
    found, left = [], [pid]
    while left:
        with contextlib.suppress(OSError):
            found.append(Process(left.pop()))
            left += found[-1].children()
    return found


def schedule(place):
    """(seconds it has run, seconds it has waited for its turn) of a thread; zeros where there is none."""
    fields = _text(f"{place}/schedstat").split()
    return (int(fields[0]) / 1e9, int(fields[1]) / 1e9) if fields else (0.0, 0.0)


def _text(path):
    with contextlib.suppress(OSError):
        return pathlib.Path(path).read_text()
    return ""
