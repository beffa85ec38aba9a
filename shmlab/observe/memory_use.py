"""Read how much memory processes use, and count each shared page once.

RSS counts a page of shared memory in each process that maps it; PSS gives each of them its part, so that a sum of PSS
counts it once. Sources: proc_pid_smaps(5); the kernel's Documentation/filesystems/proc.rst, smaps_rollup.
"""

from __future__ import annotations

import dataclasses
import pathlib
from typing import Any

from shmlab.base.table import Table, Tabled
from shmlab.ipc.limits import in_words

_KIB = 1024


@dataclasses.dataclass(frozen=True)
class ProcessMemory:
    """Hold the memory of one process, in bytes. `rss`: all its pages that are in memory; `pss`: those that it shares
    counted by its part; `private`: those that only it has.
    """

    name: str
    rss: int
    pss: int
    private: int


@dataclasses.dataclass(frozen=True, repr=False)
class MemoryUse(Tabled):
    """Hold the memory of some processes, and its sums. `missing`: why some cannot be read, or ""."""

    processes: tuple[ProcessMemory, ...]
    missing: str = ""

    @property
    def rss(self) -> int:
        """The sum of RSS, in bytes: a shared page counts once for each process."""
        return sum(one.rss for one in self.processes)

    @property
    def pss(self) -> int:
        """The sum of PSS, in bytes: a page that only these processes share counts once."""
        return sum(one.pss for one in self.processes)

    def table(self) -> Table:
        """Return a Table with one row for each process, and one for the sums."""
        private = sum(one.private for one in self.processes)
        rows = [*self.processes, ProcessMemory("together", self.rss, self.pss, private)]
        cells = tuple((one.name, in_words(one.rss), in_words(one.pss), in_words(one.private)) for one in rows)
        return Table("", ("process", "RSS", "PSS", "private"), cells, self.missing)


def memory_use(*processes: Any) -> MemoryUse:
    """Read how much memory some running processes use; return it as MemoryUse.

    `processes`: Workers, other objects with a `pid`, or process ids. Raises TypeError for none, ProcessLookupError for
    one that has ended. Source: proc_pid_smaps(5).
    """
    if not processes:
        raise TypeError("memory_use takes one process or more: Workers, or their numbers such as os.getpid()")
    found = [_read(getattr(one, "name", "process"), getattr(one, "pid", one)) for one in processes]
    known = tuple(one for one in found if one is not None)
    hidden = len(found) - len(known)
    return MemoryUse(known, f"{hidden} of them cannot be read: another user's, or no smaps_rollup" if hidden else "")


def _read(name: str, pid: int) -> ProcessMemory | None:
    try:
        lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        if not pathlib.Path(f"/proc/{pid}").exists():
            raise ProcessLookupError(f"process {pid} has ended: look while it runs") from None
        return None
    sizes = {line.split(":")[0]: int(line.split()[1]) * _KIB for line in lines if line.endswith(" kB")}
    private = sizes["Private_Clean"] + sizes["Private_Dirty"]
    return ProcessMemory(f"{name} ({pid})", sizes["Rss"], sizes["Pss"], private)
