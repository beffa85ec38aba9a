"""Tell whether processes are blocked for ever: each thread waits in a system call without a time limit.

If all processes wait in this way, none will ever go on. That follows from their states, so a deadlock is found at once
and on a busy host, too; a timeout could not tell it from a slow process. Sources: proc(5), /proc/PID/syscall and
status; syscalls(2); the kernel's tables of system call numbers, which differ between architectures. On an architecture
that is not listed here, no process counts as blocked.
"""

import contextlib
import functools
import pathlib
import platform
import signal
import struct
import time

# name -> number on (x86_64, aarch64); None if the architecture does not have the call.
_UNLIMITED = {
    "read": (0, 63), "readv": (19, 65), "write": (1, 64), "writev": (20, 66), "open": (2, None), "openat": (257, 56),
    "recvfrom": (45, 207), "recvmsg": (47, 212), "sendto": (44, 206), "sendmsg": (46, 211), "accept": (43, 202),
    "accept4": (288, 242), "wait4": (61, 260), "waitid": (247, 95), "semop": (65, 193), "msgsnd": (69, 189),
    "msgrcv": (70, 188), "pause": (34, None), "rt_sigsuspend": (130, 133), "flock": (73, 32), "fcntl": (72, 25),
}  # fmt: skip
# Calls with a time limit: name -> (numbers as above, index of the limit's argument, its value for "no limit").
_LIMITED = {
    "futex": ((202, 98), 3, 0), "semtimedop": ((220, 192), 3, 0), "poll": ((7, None), 2, -1),
    "ppoll": ((271, 73), 2, 0), "select": ((23, None), 4, 0), "pselect6": ((270, 72), 4, 0),
    "epoll_wait": ((232, None), 3, -1), "epoll_pwait": ((281, 22), 3, -1),
    "rt_sigtimedwait": ((128, 137), 2, 0), "mq_timedsend": ((242, 182), 4, 0), "mq_timedreceive": ((243, 183), 4, 0),
}  # fmt: skip
_IN_MILLISECONDS = {"poll", "epoll_wait", "epoll_pwait"}
_PRIVATE, _REALTIME, _WAIT_BITSET = 128, 256, 9  # of a futex's operation, see linux/futex.h
_MACHINES = ("x86_64", "aarch64")
_READING = (
    "read", "readv", "recvfrom", "recvmsg", "wait4", "waitid", "poll", "ppoll", "select", "pselect6", "epoll_wait",
    "epoll_pwait",
)  # fmt: skip


def blocked_for_ever(pid):
    """Tell whether each thread of a process waits in a system call without a time limit, and the process handles no
    SIGALRM that could wake it. Return False if this cannot be read."""
    try:
        return not _handles_alarms(pid) and all(map(_waits_unlimited, _tasks(pid)))
    except OSError:
        return False


def all_blocked(pids):
    """Tell whether no process will go on by itself: each is blocked for ever, stopped, or has ended.

    `pids()`: returns the pids of all processes that exist. Returns False if their states cannot be read. The processes
    are looked at twice: one that waited at both looks, with the same count of context switches, has waited all the
    time between. So between the looks no process could wake another. A process forked during the first look appears
    only in the second one, so the two differ.
    """
    before = _blocked_states(pids())
    return before is not None and before == _blocked_states(pids())


def reads(pid):
    """Tell whether the first thread of a process waits for something to read, or for a child, in a call that goes on by
    itself where a stop signal has interrupted it, or that Python makes again. Source: signal(7), "Interruption of
    system calls and library functions by stop signals". Return False if this cannot be read."""
    try:
        name, *_ = _call(f"/proc/{pid}/syscall")
        return name in _READING
    except OSError:
        return False


def limited_wait(pid):
    """Return (how often the first thread of a process has gone to sleep, the seconds until its limit), if it sleeps in
    a system call with a time limit: another answer later means that this wait is over. Return (None, None) if it does
    not, or if this cannot be read."""
    with contextlib.suppress(OSError, struct.error):
        status, (name, limited, arguments) = _status(f"/proc/{pid}"), _call(f"/proc/{pid}/syscall")
        if limited and status["State"][0] == "S":
            return int(status["voluntary_ctxt_switches"]), _seconds_left(pid, name, arguments)
    return None, None


def _seconds_left(pid, name, arguments):
    """Return the seconds until a call's limit. Source: the page of each call in section 2 of the manual."""
    limit = arguments[_LIMITED[name][1]]
    if name in _IN_MILLISECONDS:
        return limit / 1000
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        memory.seek(limit)
        seconds, part = struct.unpack("qq", memory.read(16))
    left = seconds + part / (1e6 if name == "select" else 1e9)
    if name == "futex" and arguments[1] & ~(_PRIVATE | _REALTIME) == _WAIT_BITSET:  # its limit is a moment
        return left - time.clock_gettime(time.CLOCK_REALTIME if arguments[1] & _REALTIME else time.CLOCK_MONOTONIC)
    return left - time.clock_gettime(time.CLOCK_REALTIME) if name.startswith("mq_") else left


def none_works(pids):
    """Return a mapping of threads to how they sleep, None if one of these processes runs or is ready to run. Where two
    calls return equal mappings, none of them has worked in between; each may still wake up by itself."""
    return _blocked_states(pids, waits=lambda pid: all(_status(task)["State"][0] == "S" for task in _tasks(pid)))


def _blocked_states(pids, waits=blocked_for_ever):
    """Return thread -> (state, its two counts of context switches), or None if a process can go on by itself: `waits`
    tells of one that does not."""
    states = {}
    for pid in pids:
        states[pid] = None
        with contextlib.suppress(
            FileNotFoundError, ProcessLookupError
        ):  # it has ended, and the second look will not have it
            status = _status(f"/proc/{pid}")
            if status["State"][0] not in "TZX" and not waits(pid):
                return None
            for task in _tasks(pid):
                status = _status(task)
                states[task] = status["State"], status["voluntary_ctxt_switches"], status["nonvoluntary_ctxt_switches"]
    return states


def _status(folder):
    lines = pathlib.Path(folder, "status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def _tasks(pid):
    return list(pathlib.Path(f"/proc/{pid}/task").iterdir())


def _waits_unlimited(task):
    """Tell whether a thread sleeps in a system call without a time limit.

    One that waits for a disk (state "D") does not count: the disk will answer, whichever call it is.
    """
    name, limited, _ = _call(task / "syscall")
    return bool(name) and not limited and _status(task)["State"][0] == "S"


def _handles_alarms(pid):
    return bool(int(_status(f"/proc/{pid}")["SigCgt"], 16) & 1 << signal.SIGALRM - 1)


def _call(path):
    """Return (name, whether there is a time limit, arguments) of the system call that a thread waits in; the name is ""
    for one that is not listed here, and outside a call.

    `path`: /proc/PID/task/TID/syscall: the call's number, six arguments, two addresses; "running" outside a call.
    """
    number, *words = pathlib.Path(path).read_text().split()
    name, limit = _calls().get(number, ("", None))
    arguments = [int(word, 16) for word in words] if name else []
    return name, limit is not None and arguments[limit[0]] not in limit[1], arguments


@functools.cache
def _calls():
    """Return number of a call -> (its name, None if it never has a limit, else (argument's index, its values for no
    limit))."""
    if platform.machine() not in _MACHINES:
        return {}
    column = _MACHINES.index(platform.machine())
    calls = {str(numbers[column]): (name, None) for name, numbers in _UNLIMITED.items()}
    for name, (numbers, argument, no_limit) in _LIMITED.items():
        values = {no_limit & 0xFFFFFFFF, no_limit & 0xFFFFFFFFFFFFFFFF}
        calls[str(numbers[column])] = name, (argument, values)
    return calls
