"""Ask the system which process waits for which, in a real run that does not go on.

/proc/PID/syscall says in which system call a process waits, and on which address; /proc/PID/maps, which byte of which
segment that is; and the word there is the mutex itself, in which the C library keeps the number of its owner. A
semaphore has no owner, so for one the holder is unknown. Sources: proc_pid_syscall(5), proc_pid_maps(5), futex(2);
FUTEX_TID_MASK in linux/futex.h.
"""

import contextlib
import ctypes
import dataclasses
import os
import pathlib
import platform
import time

from shmlab import ipc, layout
from shmlab.base.interrupts import undisturbed
from shmlab.explorer.explain.who_waits import Wait, WhoWaits
from shmlab.ipc import names
from shmlab.ipc.barrier import BARRIER_BYTES
from shmlab.ipc.slot import SLOT_BYTES
from shmlab.observe.waiting import byte_at
from shmlab.processes import workers
from shmlab.runs.stage import Stage

PATIENCE_S = 5.0
_LOOK_EVERY_S = 0.02
_LOOKS = 5  # in a row that find the same: a wait goes in slices, and between two of them a process is awake
_FUTEX = {"x86_64": 202, "aarch64": 98, "riscv64": 98}.get(platform.machine())
_TID = 0x3FFF_FFFF
_OTHERWISE = "This system does not say where a process waits (/proc/PID/syscall): this is what the check found."
SOURCE = "From the system, while the processes waited."


def stuck(program, timeout=PATIENCE_S):
    """Return the WhoWaits of a Program's run in real processes, which are ended then. See Program.stuck.

    Where this system does not say where a process waits, what the check found stands for it, and the source says so.
    Raises TimeoutError.
    """
    found = _asked(program, timeout) if _FUTEX and os.path.exists("/proc/self/syscall") else None
    if found is None:
        witness = program.check(progress=False).witness
        if witness is None:
            return WhoWaits(program.title, _OTHERWISE, (), layout.values(program.initial))
        return dataclasses.replace(witness.who_waits(), source=_OTHERWISE)
    return found


def _asked(program, timeout):
    """Return the WhoWaits from the system; None if it may not be asked."""
    stage = group = None
    try:
        with undisturbed():
            stage = Stage(program, "posix")
            group = workers.start_group(program.calls(stage), deadline_s=None)
        waits = _watched(stage, group, timeout)
        shm = stage.layout.from_buffer_copy(stage.memory.buffer[: ctypes.sizeof(stage.layout)])
        return WhoWaits(program.title, SOURCE, waits, layout.values(shm))
    except PermissionError:
        return None
    finally:
        with undisturbed():
            if group is not None:
                group.kill(why="as nobody went on")
            if stage is not None:
                stage.close()


def _watched(stage, group, timeout):
    """Return a Wait for each process, once nothing has changed for a while. Raises TimeoutError, PermissionError."""
    look, deadline = _Look(stage, group), time.monotonic() + (timeout or PATIENCE_S)
    before, same = None, 0
    while time.monotonic() < deadline:
        group.hear(_LOOK_EVERY_S)
        waits = look.waits()
        if waits is None:  # somebody is awake
            continue
        same = same + 1 if waits == before else 1
        before = waits
        if same == _LOOKS or all(worker.exit is not None for worker in group.workers):
            return waits
    raise TimeoutError(f"somebody still goes on after {timeout or PATIENCE_S:g} s: run() says how it ends")


class _Look:
    """Look at the processes of a stage from outside."""

    def __init__(self, stage, group):
        self._workers = group.workers
        self._places = []  # (name, (device, inode), first byte, size, the mutex or None)
        for name, made in stage.sync.items():
            for index, one in enumerate(made if isinstance(made, list) else [made]):
                self._places.append(_place(f"{name}[{index}]" if isinstance(made, list) else name, one))

    def waits(self):
        """Return a Wait for each process, or None while one of them is awake. Raises PermissionError."""
        ranks = {worker.pid: rank for rank, worker in enumerate(self._workers) if worker.exit is None}
        wants, known = {}, {}
        for pid, rank in ranks.items():
            found = self._wanted(pid)
            if found is None:
                return None
            wants[rank], known[rank] = found
        owners = {name: _owner(mutex) for name, *_, mutex in self._places if mutex is not None}
        held = {rank: tuple(name for name, pid in owners.items() if pid == one) for one, rank in ranks.items()}
        waits = []
        for rank in range(len(self._workers)):
            if rank not in wants:
                waits.append(Wait(rank, (), "", (), "has ended"))
                continue
            owner = ranks.get(owners.get(wants[rank]))
            waits.append(Wait(rank, held[rank], wants[rank], () if owner is None else (owner,), known[rank]))
        return tuple(waits)

    def _wanted(self, pid):
        """Return (the name of what a process waits for, how we know); None while it waits for no object of ours."""
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            try:
                call = pathlib.Path(f"/proc/{pid}/syscall").read_text().split()
            except PermissionError:
                if _has_memory(pid):
                    raise
                return None  # it is ending: who is not root may not ask about a process without memory
            if call[:1] != [str(_FUTEX)]:
                return None
            address = int(call[1], 16)
            file, byte = byte_at(pid, address)
            for name, place, first, size, _ in self._places:
                if place == file and first <= byte < first + size:
                    return name, f"process {pid} is in futex(2), on byte {byte} of the mapped file"
        return None


def _has_memory(pid):
    """Return whether a process still has memory; it gives that up as it ends. See proc_pid_status(5)."""
    return "VmSize:" in pathlib.Path(f"/proc/{pid}/status").read_text()


def _place(name, made):
    """Return (name, file, first byte, size in bytes, itself if it is a mutex) of a synchronization object."""
    if isinstance(made, ipc.Semaphore):
        status = os.stat(names.semaphore_path(made.name))
        return name, (_device(status.st_dev), status.st_ino), 0, SLOT_BYTES, None
    file, byte = byte_at("self", ctypes.addressof(made._slot if hasattr(made, "_slot") else made))
    size = BARRIER_BYTES if isinstance(made, ipc.Barrier) else SLOT_BYTES
    return name, file, byte, size, made if isinstance(made, ipc.Mutex) else None


def _owner(mutex):
    """Return the number of the process that holds a mutex, or 0."""
    return ctypes.c_uint32.from_address(ctypes.addressof(mutex._slot)).value & _TID


def _device(number):
    return f"{os.major(number):02x}:{os.minor(number):02x}"
