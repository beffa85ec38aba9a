"""The world of a scene: real processes that call a learner's functions, in a kernel of their own, and an independent
process that looks at the objects they make.

Nothing is left to luck: one process runs at a time, and stops at a known point of its code. A part of a check
(scene_parts.plays) plays its scene once for each such point.
"""

import atexit
import contextvars
import functools
import numbers

from shmlab.grading.results import Differs, Ended, Unjudged
from shmlab.grading.sandbox.sandbox import WAITS_FOR_EVER_S, Sandbox
from shmlab.grading.sandbox.zygote import Zygote
from shmlab.grading.scenes.found import found
from shmlab.grading.scenes.remote_process import TOLD, Process, shortly
from shmlab.ipc import kinds, names

SANDBOX = contextvars.ContextVar("sandbox", default=None)  # the one a submission is judged in
_A_STEP = 100  # points of a process's code
_A_TURN = 20  # steps, before another process gets its turn
_MOST_LOOKS = 300  # in a turn
_MOST_TURNS = 50
_LIMITS_S = 3.0  # in all plays of a scene, see remote_process
_BLOCKED_S = 0.3  # without any use of a processor, while another one could go on


class World:
    """The processes and kernel objects that a scene works with. `at`: the point of its code at which the process that
    the scene chooses is stopped.

    `more`: whether it was stopped there, so that there may be further points. `stopped`: where that was, in words, or
    "" in a scene that stops no process. `called`: what was called last, in words, or "". `case`: in which case the
    calls that follow are made, as "when there is none", or "". `observed`: what -> what was found, for all that was
    expected so far.
    """

    def __init__(self, sandbox, at=0):
        self._sandbox, self._at = sandbox, at
        self._names = 0  # tried so far
        self._processes = []
        self.more, self.stopped, self.called, self.case, self.observed = False, "", "", "", {}
        if not at:  # another part of the check
            self._sandbox.limits_left_s = _LIMITS_S
            self._sandbox.forgive_sleep()
        self._sandbox.tell(["begin"])
        self._sandbox.scene_begins()

    def name(self, beginning=""):
        """Return a POSIX name that no object has. `beginning`: what it begins with, the name of another one, say."""
        if beginning:
            return self._hand_out(lambda number: f"{beginning}-{number}")
        return self._hand_out(lambda number: names.random_name() if self._sandbox.missing_walls else f"/scene-{number}")

    def key(self):
        """Return a System V key that no object has."""
        return self._hand_out(lambda number: names.random_key() if self._sandbox.missing_walls else 0x5CDF + number)

    def _hand_out(self, chosen):
        """Return the first of the names or keys that `chosen` returns for 1, 2, 3 … that was not handed out before, and
        that no object has."""
        while True:
            self._names += 1
            name = chosen(self._names)
            if self._sandbox.tell(["hand", name]) == ["handed", True]:
                return name

    def start(self, function, *arguments, umask=0o022):
        """Return a new process that calls `function(*arguments)` when it gets its turn, and stays when it has
        returned. `arguments`: plain data."""
        process = Process(self._sandbox, function, arguments, umask, self.observed)
        self._processes.append(process)
        return process

    def call(self, function, *arguments, umask=0o022):
        """Call `function(*arguments)` in a new process, which then exits; return what it returns, or raise what it
        raises."""
        process = self.start(function, *arguments, umask=umask)
        value = self.result(process)
        process.exit()
        return value

    def result(self, process):
        """Run a process to its end and return what its function returned. Raises what the function raised, Differs,
        Ended, Unjudged."""
        self.called = f"{process.call}, {self.case or 'in a process of its own'}"
        if not process.ended:
            self.together(process)
        return process.result()

    def patiently(self, process, looks):
        """Let a process look `looks` times for what does not come (see Process), do a great many points, or come to
        its end."""
        self.called = f"{process.call}, {self.case or 'in a process of its own'}"
        for _ in range(_MOST_TURNS):
            if process.looks >= looks or process.ended or not _turn(process, WAITS_FOR_EVER_S):
                return

    def difference(self, error):
        """Return what a process raised, as a Differs; None for an exception of another origin."""
        if not hasattr(error, TOLD):
            return None
        sentence, observed = getattr(error, TOLD)
        self.observed |= observed
        return Differs(sentence + self._of_children())

    def children(self, process):
        """Return pid -> whether it is a zombie (it has ended, and its parent has not waited for it), for each child of
        a process."""
        return dict(self._sandbox.tell(["children", process.pid])[1:])

    def shared_maps(self, process):
        """Return the lines of /proc/PID/maps about memory that a process shares, or could share.

        The process must have had a turn: before that it may not have given up its rights, and cannot be looked into.
        """
        return self._looked_into("maps", process)

    def shared_memory(self, process):
        """Return the lines of /proc/PID/smaps about memory that a process shares, or could share. See shared_maps."""
        return self._looked_into("smaps", process)

    def _looked_into(self, what, process):
        answer, *lines = self._sandbox.tell([what, process.pid])
        if answer == "hidden":
            why = self._sandbox.missing_walls
            raise Unjudged(f"would need to look into a process, which without namespaces only root may: {why}")
        return lines

    def reads(self, process):
        """Return whether a process waits for something to read, or for a child; see blocked.reads."""
        return self._sandbox.tell(["reads", process.pid]) == ["reads", True]

    def opened(self, process):
        """Return the paths of the POSIX segments that a process has open, each as often as it is open; a mapped one
        need not be open."""
        return self._sandbox.tell(["opened", process.pid])[1:]

    @property
    def walled(self):
        """Whether /dev/shm is the sandbox's own, and no process in there passes every permission check, as root
        does."""
        return not self._sandbox.missing_walls

    def together(self, *processes):
        """Run processes to their ends by turns, each until it has ended, waits, or has done many points."""
        left, silent = list(processes), 0
        for _ in range(_MOST_TURNS):
            spoke = [_turn(process, _BLOCKED_S if len(left) > 1 else WAITS_FOR_EVER_S) for process in left]
            left = [process for process in left if not process.ended]
            if not left:
                return
            silent = 0 if any(spoke) else silent + 1
            if silent == 2 or (silent and len(left) == 1):
                raise self.stuck(left)
        where = f", {left[0].where}" if left[0].where else ""
        raise Ended(f"goes on for ever{where}: nothing that it looks at will change")

    def stuck(self, processes):
        """Return why these processes do not go on: Differs if nothing can make them go on, else Unjudged."""
        if not self.walled or self._sandbox.tell(["stuck"]) != ["stuck", True]:
            return Unjudged("waits for something that does not come")
        for process in processes:
            process.interrupt()
        self.observed["where it waits"] = processes[0].waits
        told = [f"{one.name} waits for something that does not come" + (f": {one.where}" if one.where else "")
                for one in processes]  # fmt: skip
        return Differs("; ".join(told) + self._of_children())

    def _of_children(self):
        """Return what children raised that were forked in the scene, as the end of a sentence, or ""."""
        return "".join(f"; a child {process.child_raised}" for process in self._processes if process.child_raised)

    def interrupted(self, process, *others):
        """Run `process` up to one point of its code, then the others to their ends, then all of them. The scene is
        played for each point in turn, and a last time without a stop."""
        self._stop(process, "stopped {}, and others went on")
        self.together(*others, *([] if process.ended else [process]))

    def killed(self, process):
        """End `process` by kill -9 at one point of its code; return whether it was killed: the last time it comes to
        its end. The scene is played for each point in turn."""
        self._stop(process, "killed {} (kill -9)")
        if not process.ended:
            process.kill()
            return True
        return False

    def _stop(self, process, words):
        if self.stopped:
            raise RuntimeError("a scene stops one process: call interrupted or killed once")
        try:
            where = process.run_to(self._at)
        except TimeoutError:
            raise self.stuck([process]) from None
        self.more = bool(where)
        self.stopped = f"a process was {words.format(where)}" if where else "nobody was stopped"

    def segment(self, name=None, *, id=None):
        """Return the segment with this POSIX name or System V key, or with this System V id, as a Found; None if there
        is none."""
        posix = isinstance(name, str)
        return self._look(kinds.POSIX_SEGMENT if posix else kinds.SYSV_SEGMENT, name, id)

    def semaphore(self, name=None, *, id=None):
        """Return the semaphore with this POSIX name or System V key, or with this System V id, as a Found; None if
        there is none."""
        posix = isinstance(name, str)
        return self._look(kinds.POSIX_SEMAPHORE if posix else kinds.SYSV_SEMAPHORE, name, id)

    def _look(self, kind, name, id):
        _, told = self._sandbox.tell(["look", kind, name, id])
        return None if told is None else found(told)

    def left(self):
        """Return what was created in this scene and still exists, a list of Found."""
        return [found(one) for one in self._sandbox.tell(["new"])[1:]]

    def met_limit(self):
        """Return whether a limit on processor time may have ended processes of this scene: then a difference proves
        nothing."""
        return self._sandbox.alive and self._sandbox.may_have_met_limit()

    def fill(self, left=0):
        """Fill /dev/shm up to the last `left` bytes. Raises Unjudged if it is not the sandbox's own."""
        if not self.walled:
            raise Unjudged(f"would need a /dev/shm of its own, which this host refuses: {self._sandbox.missing_walls}")
        self._sandbox.tell(["fill", left])

    def number_from_zero(self):
        """Let the next System V segment have the id 0, as the first one of a machine has; on a host that refuses, and
        without an IPC namespace of its own, it gets another one."""
        self._sandbox.tell(["number_from_zero"])

    def expect(self, what, got, expected):
        """Raise Differs, with words that a learner can use, unless `got` is what is expected."""
        self.observed[what] = got
        if got != expected or not alike(got, expected):
            raise Differs(f"{what} is {shortly(got)}, and should be {shortly(expected)}{self._of_children()}")

    def close(self):
        """End the processes of this scene, and remove what they created."""
        for process in self._processes:
            process.close()
        if self._sandbox.alive:  # else all of it went with the sandbox
            self._sandbox.tell(["clear"])


def _turn(process, wait_s):
    """Let a process go on for a turn, a shorter one if it looks again and again, or to its end; return whether it
    reported anything at the last."""
    looks = process.looks
    for _ in range(_A_TURN):
        if not process.turn(_A_STEP, wait_s):
            return False
        if process.ended or process.looks - looks >= _MOST_LOOKS:
            break
    return True


def alike(got, expected):
    """Return whether equal values are of one kind, too: True is not 1, nor is 1.0; a numpy number is."""
    if isinstance(expected, list | tuple):
        return all(map(alike, got, expected))
    if isinstance(expected, bool) or isinstance(got, bool):
        return type(got) is type(expected)
    return not isinstance(expected, int) or isinstance(got, numbers.Integral)


_own = None


def sandbox():
    """Return the sandbox of the submission that is judged, or this notebook's own one, which stays warm."""
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
