"""Ask again and again, at little cost, which processes have which segments mapped.

The kernel counts attachments of System V segments only. Who maps a POSIX segment, and which process is behind an
attachment, stands in /proc/PID/maps alone, and that is what costs: hundreds of lines for each process. So a look reads
one short file of each process, /proc/PID/stat, and its maps only when the size of its address space has changed since
they were read. What is therefore seen late stands at `Attached`. Sources: proc_pid_stat(5), proc_pid_maps(5).
"""

from __future__ import annotations

import collections
import os
from collections.abc import Iterable

from shmlab.ipc import names

MOST_MAPS = 8  # read in one look, those that wait longest first
_START, _SIZE = 19, 20  # of the fields after the name: clock ticks since boot; bytes of the address space


class Attached:
    """Know which processes map which segments; `look` brings that up to date.

    It may be late. A process that maps one segment and unmaps another of the same size between two looks is noticed
    when its turn comes: each look also reads the maps of one process that seems unchanged. When more than MOST_MAPS
    processes change at once, some wait for the next looks; only the first look reads them all. Processes of other
    users are not seen at all, unless this process is root's.
    """

    def __init__(self) -> None:
        self._states: dict[int, tuple[int, int]] = {}  # pid -> (start, size)
        self._mapped: dict[int, frozenset[tuple[str, int]]] = {}
        self._waiting: collections.deque[int] = collections.deque()
        self._in_turn: collections.deque[int] = collections.deque()
        self._users: dict[tuple[str, int], tuple[int, ...]] = {}
        self._first, self._changed = True, False
        self._device = b""

    def look(self) -> bool:
        """Ask the system again; return whether anything is known that was not so before."""
        device = os.stat(names.POSIX_FOLDER).st_dev
        self._device = b" %02x:%02x " % (os.major(device), os.minor(device))
        states = dict(_states())
        self._changed = self._first
        for pid in self._states.keys() - states.keys():
            self._note(pid, None)
        changed = [pid for pid, state in states.items() if self._states.get(pid) != state]
        self._states = states
        waiting = dict.fromkeys([*self._waiting, *changed])
        self._waiting = collections.deque(pid for pid in waiting if pid in states)
        for _ in range(len(self._waiting) if self._first else min(MOST_MAPS, len(self._waiting))):
            self._read_maps(self._waiting.popleft())
        self._read_one_in_turn()
        self._first = False
        if self._changed:
            self._users = {}
            for pid in sorted(self._mapped):
                for one in self._mapped[pid]:
                    self._users[one] = (*self._users.get(one, ()), pid)
        return self._changed

    def of_posix(self, inode: int) -> tuple[int, ...]:
        """Return the processes that map the POSIX object with this inode."""
        return self._users.get(("posix", inode), ())

    def of_sysv(self, id: int) -> tuple[int, ...]:
        """Return the processes that have the System V segment with this id attached."""
        return self._users.get(("sysv", id), ())

    def start_ticks(self, pid: int) -> int | None:
        """Return when a process started, as creator.start_ticks, from the last look."""
        return self._states[pid][0] if pid in self._states else None

    def _read_one_in_turn(self) -> None:
        if not self._in_turn:
            self._in_turn.extend(sorted(self._mapped))
        if self._in_turn:
            pid = self._in_turn.popleft()
            if pid in self._mapped:
                self._read_maps(pid)

    def _read_maps(self, pid: int) -> None:
        text = read(f"/proc/{pid}/maps")
        # It cannot be read when the process is another user's, or has ended.
        self._note(pid, None if text is None else frozenset(_segments(text, self._device, _ids_are_ours(pid))))

    def _note(self, pid: int, segments: frozenset[tuple[str, int]] | None) -> None:
        """Note what a process maps; None: nothing is known of it."""
        self._changed = self._changed or (self._mapped.get(pid) or frozenset()) != (segments or frozenset())
        self._mapped.pop(pid, None)
        if segments is not None:
            self._mapped[pid] = segments


def _states() -> Iterable[tuple[int, tuple[int, int]]]:
    """Yield (pid, (when it started, bytes of its address space)) of each living process with memory of its own."""
    for name in os.listdir("/proc"):
        if name.isdigit() and (text := read(f"/proc/{name}/stat")):
            fields = text[text.rindex(b")") + 2 :].split(None, _SIZE + 1)
            if fields[0] not in b"ZX" and fields[_SIZE] != b"0":
                yield int(name), (int(fields[_START]), int(fields[_SIZE]))


def _ids_are_ours(pid: int) -> bool:
    """Return whether a process is in our IPC namespace: in another one, the same id is another segment's."""
    try:
        return os.readlink(f"/proc/{pid}/ns/ipc") == os.readlink("/proc/self/ns/ipc")
    except OSError:
        return False


def _segments(maps: bytes, device: bytes, ids_are_ours: bool) -> Iterable[tuple[str, int]]:
    """Yield ("posix", inode) or ("sysv", id) for each segment in the text of a maps file."""
    if device not in maps and b"/SYSV" not in maps:
        return
    for line in maps.splitlines():
        if device in line or b"/SYSV" in line:
            fields = line.split(None, 5)
            if b" %s " % fields[3] == device:
                yield "posix", int(fields[4])
            elif ids_are_ours and len(fields) == 6 and fields[5].startswith(b"/SYSV"):
                yield "sysv", int(fields[4])


def read(path: str) -> bytes | None:
    """Return the bytes of a file of /proc, or None if it cannot be read."""
    pieces = []
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        while piece := os.read(descriptor, 2**17):
            pieces.append(piece)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    return b"".join(pieces)
