"""Tell what a process waits for, as the system sees it: in which system call, on which byte of which object.

/proc/PID/syscall has the number of the system call that a sleeping process is in, and its arguments; /proc/PID/maps
says what lies at an address. Sources: proc_pid_syscall(5), proc_pid_maps(5), futex(2), semop(2).
"""

from __future__ import annotations

import dataclasses
import pathlib
import platform
from typing import Any

from shmlab.observe import address_spaces

_NAMES: dict[str, dict[int, str]] = {
    "x86_64": {0: "read", 7: "poll", 23: "select", 34: "pause", 35: "nanosleep", 47: "recvmsg", 61: "wait4",
               65: "semop", 202: "futex", 220: "semtimedop", 230: "clock_nanosleep", 232: "epoll_wait",
               270: "pselect6", 271: "ppoll"},
    "aarch64": {22: "epoll_pwait", 63: "read", 72: "pselect6", 73: "ppoll", 98: "futex", 101: "nanosleep",
                115: "clock_nanosleep", 192: "semtimedop", 193: "semop", 212: "recvmsg", 260: "wait4"},
}  # fmt: skip
_FORBIDDEN = "this system does not let you look (/proc/PID/syscall)"


@dataclasses.dataclass(frozen=True)
class Waiting:
    """Hold what a process waits for. `call`: the name of a system call, "call 321" for a rare one, or "" where it runs
    or cannot be looked at. `on`: the object in words, or "". `line`: the text of /proc/PID/syscall, or why there is
    none.
    """

    pid: int
    call: str
    on: str
    line: str

    def __repr__(self) -> str:
        what = f"waits in {self.call}" + (f", on {self.on}" if self.on else "") if self.call else self.line
        return f"process {self.pid} {what}"


def waiting(process: Any) -> Waiting:
    """Return in which system call a process waits, and on what, a Waiting.

    `process`: a Worker, something else with a `pid`, or a process id. Raises ProcessLookupError when it has ended.
    Source: proc_pid_syscall(5).
    """
    pid = getattr(process, "pid", process)
    try:
        line = pathlib.Path(f"/proc/{pid}/syscall").read_text().strip()
    except PermissionError:
        return Waiting(pid, "", "", _FORBIDDEN)
    except (FileNotFoundError, ProcessLookupError):
        if pathlib.Path(f"/proc/{pid}").exists():
            return Waiting(pid, "", "", _FORBIDDEN)
        raise ProcessLookupError(f"process {pid} has ended: nothing waits any more") from None
    fields = line.split()
    if len(fields) < 3:
        return Waiting(pid, "", "", f"{line}: it is not in a system call")
    number, first = int(fields[0]), int(fields[1], 16)
    call = _NAMES.get(platform.machine(), {}).get(number, f"call {number}")
    return Waiting(pid, call, _object(pid, call, first), line)


def _object(pid: int, call: str, first: int) -> str:
    """Return in words what the first argument of a call leads to, or ""."""
    if call in ("semop", "semtimedop"):
        return f"System V semaphore set {first}"
    if call == "futex":
        found = _mapping(pid, first)
        if found is not None and found.shared:
            return f"byte {found.offset + first - found.start} of {found.name}"
    return ""


def _mapping(pid: int | str, address: int) -> address_spaces.Mapping | None:
    for one in address_spaces.parse(pathlib.Path(f"/proc/{pid}/maps").read_text()):
        if one.start <= address < one.end:
            return one
    return None


def byte_at(pid: int | str, address: int) -> tuple[tuple[str, int] | None, int]:
    """Return ((device, inode), byte) of the file that a process has mapped at an address; (None, 0) for none."""
    one = _mapping(pid, address)
    return (None, 0) if one is None else ((one.device, one.inode), one.offset + address - one.start)
