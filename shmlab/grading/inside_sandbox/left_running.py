"""End what a learner's code left running in its own process: threads and timers.

Threads would use up the time and the memory of every later answer, and a timer's signal would end its process. No
thread can be ended from outside, but a fork has only the thread that called it: the process goes on in a fork of
itself.

Source: fork(2), execve(2), setitimer(2).
"""

import os
import signal
import sys

from shmlab.processes import kinship

# What becomes of the process that had the threads: it waits for its fork, and ends as that one does.
_WAIT = """
import os, signal, sys
status = os.waitpid(int(sys.argv[1]), 0)[1]
if os.WIFSIGNALED(status):
    if os.WTERMSIG(status) not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
    os.kill(os.getpid(), os.WTERMSIG(status))
os._exit(os.waitstatus_to_exitcode(status))
"""


class CrowdedOut(OSError):
    """A learner's threads leave no room for one more process."""


def end_what_runs():
    """Stop all timers of this process and, if it has other threads, go on in a fork without them.

    Return whether this is such a fork. Raises CrowdedOut.
    """
    for timer in (signal.ITIMER_REAL, signal.ITIMER_VIRTUAL, signal.ITIMER_PROF):
        signal.setitimer(timer, 0)
    if len(os.listdir("/proc/self/task")) == 1:
        return False
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # otherwise the kernel might discard the wait status
    try:
        pid = os.fork()
    except BlockingIOError as error:
        raise CrowdedOut("left so many threads that no process can be started") from error
    if pid == 0:
        kinship.die_with_parent()
        return True
    try:
        os.execv(sys.executable, [sys.executable, "-I", "-S", "-c", _WAIT, str(pid)])  # ends the other threads
    finally:
        os._exit(1)
