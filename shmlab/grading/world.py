"""The world of a scene: real processes that call a learner's functions, in a kernel of their own, and an independent
process that looks at the objects they make.

Nothing is left to luck: one process runs at a time, and stops at a known point of its code. A part of a check
(parts.plays) plays its scene once for each such point.
"""

import atexit
import contextvars
import functools
import linecache
import os
import signal

from shmlab.exits import signal_words
from shmlab.grading.answers import raised_again
from shmlab.grading.found import found
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.sandbox import WAITS_FOR_EVER_S, Sandbox
from shmlab.grading.wire import Closed, Tampered, is_text, unpacked
from shmlab.grading.zygote import Zygote
from shmlab.ipc import kinds, names

SANDBOX = contextvars.ContextVar("sandbox", default=None)  # the one a submission is judged in
_A_TURN = 2_000  # points of a process's code, before another one gets its turn
_MOST_TURNS = 50
_BLOCKED_S = 0.3  # without any use of a processor, while another one could go on


class Differs(Exception):
    """Something is not as a scene expects it."""

    def __init__(self, what, got, expected):
        super().__init__(f"{what} is {got!r}, and should be {expected!r}")


class World:
    """What a scene works with. `at`: at which point of its code the process that the scene chooses is stopped.

    `more`: whether it was stopped there, so that there may be further points. `stopped`: where that was, in words, or
    "" in a scene that stops nobody. `called`: what was called last, in words, or "".
    `observed`: what -> what was found, for all that was expected so far.
    """

    def __init__(self, sandbox, at=0):
        self._sandbox, self._at = sandbox, at
        self._handed = []
        self._processes = []
        self.more, self.stopped, self.called, self.observed = False, "", "", {}
        self._sandbox.tell(["begin"])

    def name(self):
        """A POSIX name that nothing has."""
        return self._hand_out(names.random_name() if self._sandbox.walls else f"/scene-{len(self._handed) + 1}")

    def key(self):
        """A System V key that nothing has."""
        return self._hand_out(names.random_key() if self._sandbox.walls else 0x5CE0 + len(self._handed))

    def _hand_out(self, name):
        self._handed.append(name)
        self._sandbox.tell(["hand", name])
        return name

    def start(self, function, *arguments, umask=0o022):
        """A new process that calls `function(*arguments)` when it gets its turn, and stays when it has returned.
        Arguments are plain data."""
        process = Process(self._sandbox, function, arguments, umask)
        self._processes.append(process)
        return process

    def call(self, function, *arguments, umask=0o022):
        """What `function(*arguments)` returns, called in a new process, which then exits. Raises what it raises."""
        process = self.start(function, *arguments, umask=umask)
        value = self.result(process)
        process.exit()
        return value

    def result(self, process):
        """What its function returned, after running it to its end. Raises what that raised, Ended, Unjudged."""
        if not process.ended:
            self.together(process)
        return process.result()

    def expect_return(self, process):
        """What its function returns, after running it to its end. Raises Differs when it raises."""
        self.called = f"{process.name}(…), in a process of its own"
        try:
            return self.result(process)
        except NotImplementedError:  # a stub's
            raise
        except Exception as error:
            return self.expect(f"what {process.name} raises", f"{type(error).__name__}: {error}", "nothing")

    def children(self, process):
        """pid -> whether it is a zombie, ended and not waited for; of each child of a process that is still there."""
        return dict(self._sandbox.tell(["children", process.pid])[1:])

    def shared_maps(self, process):
        """The lines of /proc/PID/maps about memory that a process shares, or could share."""
        return self._sandbox.tell(["maps", process.pid])[1:]

    def opened(self, process):
        """The paths of the POSIX segments that a process has open, each as often as it is: mapped ones need not be."""
        return self._sandbox.tell(["opened", process.pid])[1:]

    @property
    def walled(self):
        """Whether /dev/shm is the sandbox's own, and no process in there passes every check, as root does."""
        return not self._sandbox.walls

    def together(self, *processes):
        """Run processes to their ends by turns: each until it has ended, waits, or has done a good deal."""
        left, silent = list(processes), 0
        for _ in range(_MOST_TURNS):
            spoke = [process.turn(_A_TURN, _BLOCKED_S if len(left) > 1 else WAITS_FOR_EVER_S) for process in left]
            left = [process for process in left if not process.ended]
            if not left:
                return
            silent = 0 if any(spoke) else silent + 1
            if silent == 2 or (silent and len(left) == 1):
                raise Unjudged("waits for something that does not come")
        raise Ended("goes on for ever: whoever looks again and again finds nothing changed")

    def interrupted(self, process, *others):
        """Run `process` up to one point of its code, then the others to their ends, then all. The scene is played for
        each point in turn, the last time without a stop."""
        self._stop(process, "stopped {}, and others went on")
        self.together(*others, *([] if process.ended else [process]))

    def killed(self, process):
        """End `process` by kill -9 at one point of its code; whether it was, as the last time it comes to its end. The
        scene is played for each point in turn."""
        self._stop(process, "killed {} (kill -9)")
        if not process.ended:
            process.kill()
            return True
        return False

    def _stop(self, process, words):
        if self.stopped:
            raise RuntimeError("a scene stops one process: call interrupted or killed once")
        where = process.run_to(self._at)
        self.more = bool(where)
        self.stopped = f"a process was {words.format(where)}" if where else "nobody was stopped"

    def segment(self, name=None, *, id=None):
        """The segment with this POSIX name or System V key, or with this System V id: a Found, or None."""
        posix = isinstance(name, str)
        return self._look(kinds.POSIX_SEGMENT if posix else kinds.SYSV_SEGMENT, name, id)

    def semaphore(self, name=None, *, id=None):
        """The semaphore with this POSIX name or System V key, or with this System V id: a Found, or None."""
        posix = isinstance(name, str)
        return self._look(kinds.POSIX_SEMAPHORE if posix else kinds.SYSV_SEMAPHORE, name, id)

    def _look(self, kind, name, id):
        _, told = self._sandbox.tell(["look", kind, name, id])
        return None if told is None else found(told)

    def left(self):
        """What was made in this scene and still exists, as a list of Found."""
        return [found(one) for one in self._sandbox.tell(["new"])[1:]]

    def fill(self, left=0):
        """Fill /dev/shm up, but for so many bytes. Raises OSError where it is not the sandbox's own."""
        self._sandbox.tell(["fill", left])

    def expect(self, what, got, expected):
        """Raise Differs, with words a learner can use, unless `got` is what is expected."""
        self.observed[what] = got
        if got != expected:
            raise Differs(what, got, expected)

    def close(self):
        """End all of it: processes, and what they made."""
        for process in self._processes:
            process.close()
        if self._sandbox.alive:  # else all of it went with the sandbox
            self._sandbox.tell(["clear"])


class Process:
    """A process of a scene. `pid`: as the function sees it. `ended`: whether its function has; the process itself is
    there until `exit` or `kill`. `came_back_twice`: whether a child that the function forked returned from it too."""

    def __init__(self, sandbox, function, arguments, umask):
        self._sandbox = sandbox
        self.name = function.__name__
        self.pid, self._channel, self._status = sandbox.start(function, arguments, umask)
        self._asked = False  # to go on, and it has not answered yet
        self._answer, self.came_back_twice = None, False

    @property
    def ended(self):
        return self._answer is not None

    def turn(self, points, wait_s):
        """Go on for so many points; whether anything was heard of it before all was still for `wait_s`."""
        try:
            if not self._asked:
                self._channel.send(["go", points])
                self._asked = True
            self._hear(wait_s)
        except Closed:
            raise self._death() from None
        except TimeoutError:
            return False
        return True

    def run_to(self, points):
        """Go on for so many points and stop before the next; where that is, in words, or "" when it has ended first."""
        if not self.turn(points, WAITS_FOR_EVER_S):
            raise Unjudged("waits for something that does not come")
        return "" if self.ended else self._where

    def _hear(self, wait_s):
        try:
            self._take(self._sandbox.listen(self._channel, wait_s))
        except Tampered as error:
            raise Ended(f"answered what only tampered code can: {error}") from error

    def _take(self, answer):
        self._asked = False
        match answer:
            case ["stopped", str(file), int(line)]:
                shown = linecache.getline(file, line).strip()
                self._where = f"in line {line} of {self.name}" + (f", {shown!r}" if shown else "")
            case ["returned", value, bool(twice)]:
                self._answer, self.came_back_twice = ("returned", unpacked(value)), twice
            case ["raised", kind, words] if is_text(kind, 100) and kind.isidentifier() and is_text(words):
                self._answer = "raised", raised_again(kind, words)
            case _:
                raise Tampered("an answer of no known form")

    def _death(self):
        status = self._status()
        if os.WIFSIGNALED(status):
            return Ended(signal_words(os.WTERMSIG(status), out_of_memory=False))
        return Ended(f"ended its process with exit code {os.WEXITSTATUS(status)}")

    def result(self):
        """What its function returned. Raises what it raised."""
        how, value = self._answer
        if how == "raised":
            raise value
        return value

    def limit_descriptors(self, most):
        """From its next turn on it may have descriptors below `most` only; 3: it can open nothing, and meets EMFILE."""
        self._channel.send(["limit", most])

    def kill(self):
        """End it by kill -9, at once, and see it ended."""
        self._channel.send(["die"])
        self._see_end()
        if self._status() != signal.SIGKILL:
            raise Ended("is tampered with: it got kill -9 and lived")

    def exit(self):
        """Let it exit, after its function has ended, and see it ended."""
        self._channel.finish()
        self._see_end()

    def _see_end(self):
        try:
            self._sandbox.listen(self._channel)
        except Closed:
            return
        except TimeoutError:
            raise Unjudged("does not exit") from None
        raise Ended("is tampered with: it should have ended, and answers")

    def close(self):
        self._channel.close()


_own = None


def sandbox():
    """The sandbox of the submission that is judged, or one of this notebook's own, which is kept warm."""
    global _own
    judged = SANDBOX.get()
    if judged is not None:
        return judged
    if _own is None or not _own.alive:
        _own = Sandbox(_warm_zygote())
        atexit.register(_own.close)  # before the zygote's
    _own.forgive_sleep()
    return _own


@functools.cache
def _warm_zygote():
    zygote = Zygote()
    atexit.register(zygote.close)
    return zygote
