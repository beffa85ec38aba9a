"""Whether a process waits with no limit of time, as the system call says in which each of its threads is.

When all of them do, nothing will ever go on: that is a fact about their states, and no matter of seconds.
Sources: proc(5), /proc/PID/syscall and status; syscalls(2); the kernel's tables of the numbers, which are each
architecture's own. On others than these nothing is said to wait for ever.
"""

import contextlib
import pathlib
import platform
import signal

# name -> number on (x86_64, aarch64); None where there is none.
_UNLIMITED = {
    "read": (0, 63), "readv": (19, 65), "write": (1, 64), "writev": (20, 66), "open": (2, None), "openat": (257, 56),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "sendto": (44, 206), "sendmsg": (46, 211), "accept": (43, 202),
    "accept4": (288, 242), "wait4": (61, 260), "waitid": (247, 95), "semop": (65, 193), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "pause": (34, None), "rt_sigsuspend": (130, 133), "flock": (73, 32), "fcntl": (72, 25),
}  # fmt: skip
# The same for calls that take a limit: (x86_64, aarch64), which argument it is, what stands there for none.
_LIMITED = {
    "futex": ((202, 98), 3, 0), "semtimedop": ((220, 192), 3, 0), "poll": ((7, None), 2, -1),
    "ppoll": ((271, 73), 2, 0), "select": ((23, None), 4, 0), "pselect6": ((270, 72), 4, 0),
    "rt_sigtimedwait": ((128, 137), 2, 0), "mq_timedsend": ((242, 182), 4, 0), "mq_timedreceive": ((243, 183), 4, 0),
}  # fmt: skip
_MACHINES = ("x86_64", "aarch64")


def for_ever(pid):
    """Whether each thread of a process waits in a system call, without a limit of time, and no alarm of its own is to
    wake it up. False where nobody may know."""
    try:
        return not _catches_alarms(pid) and all(map(_waits, _tasks(pid)))
    except OSError:
        return False


def all_still(pids):
    """Whether no process will go on by itself: each thread waits in a system call without a limit of time, or its
    process is stopped, or has ended. False where nobody may know. `pids()`: those of all processes there are.

    They are looked at twice. Who waited at both looks, and has not run between them, waited at each moment between; so
    did all, and nobody was there to wake another. A process that was forked while they were looked at is among those of
    the second look only."""
    before = _resting(pids())
    return before is not None and before == _resting(pids())


def _resting(pids):
    """thread -> (its state, how often it has left a processor), of processes of which none will go on by itself; None
    where one will."""
    found = {}
    for pid in pids:
        found[pid] = None
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it is gone, and not there at another look
            status = _status(f"/proc/{pid}")
            if status["State"][0] not in "TZX" and not for_ever(pid):
                return None
            for task in _tasks(pid):
                status = _status(task)
                found[task] = status["State"], status["voluntary_ctxt_switches"], status["nonvoluntary_ctxt_switches"]
    return found


def _status(folder):
    lines = pathlib.Path(folder, "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _tasks(pid):
    return list(pathlib.Path(f"/proc/{pid}/task").iterdir())


def _waits(task):
    """Whether a thread sleeps in a system call without a limit of time. One that waits for a disk ("D") does not: that
    answers, whichever call it was."""
    return _status(task)["State"][0] == "S" and _is_unlimited(task / "syscall")


def _catches_alarms(pid):
    return bool(int(_status(f"/proc/{pid}")["SigCgt"], 16) & 1 << signal.SIGALRM - 1)


def _is_unlimited(path):
    """A line of it: the number, six arguments, two addresses; "running" for who waits for nothing."""
    number, *arguments = path.read_text().split()
    known = _known()
    if not number.isdigit() or int(number) not in known:
        return False
    limit = known[int(number)]
    return limit is None or int(arguments[limit[0]], 16) in limit[1]


def _known():
    """number of a call -> None, or (argument, its values without a limit)."""
    machine = platform.machine()
    if machine not in _MACHINES:
        return {}
    column = _MACHINES.index(machine)
    found = {numbers[column]: None for numbers in _UNLIMITED.values()}
    for numbers, argument, none in _LIMITED.values():
        found[numbers[column]] = argument, {none & 0xFFFFFFFF, none & 0xFFFFFFFFFFFFFFFF}
    return found
