"""Use one sandbox from the trusted parent: send messages to a learner's isolated process and read its answers.

No timeout on the clock ends a process that works: on a busy host that would change a grade. A process is ended when it
reaches a limit on its own processor time, which load does not change, or when it waits for something that never
comes. Neither proves an answer wrong, so the result is Unjudged. The parent believes no message from inside: one that
shmlab itself could not have sent counts as tampered.
"""

import base64
import contextlib
import os
import signal
import time

from shmlab.base.pickling import dumps_call
from shmlab.grading.inside_sandbox import rights
from shmlab.grading.inside_sandbox.learner_process import cell_file
from shmlab.grading.messages import wire
from shmlab.grading.messages.signatures import signature_of
from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.values import packed
from shmlab.grading.messages.wire import Channel, Closed, Tampered
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.sandbox.remote_functions import Learner, RemoteFunction
from shmlab.grading.sandbox.resource_watch import LOOK_EVERY_S, Silence, Watch
from shmlab.processes.exits import signal_words

# RLIMIT_CPU counts time that the host of a virtual machine took away; the usage from wait4(2) does not.
_MAY_BE_THE_LIMIT_S = rights.CPU_S / 2
WAITS_FOR_EVER_S = 3.0  # of silence; after that a process waits for something that never comes
_FIRST_LOOK_S = 0.002  # until the first look whether a scene is blocked; doubles with each look


class Sandbox:
    """Run a learner's process in a sandbox. Raises OSError if the sandbox cannot be built.

    `missing_walls`: "" if the sandbox has namespaces of its own, otherwise the reason why not. `limits_left_s`: for
    how long a scene still lets limits on time pass, see scenes/remote_process.
    """

    def __init__(self, zygote):
        data, its_data = wire.pair()
        control, its_control = wire.pair()
        with its_data, its_control:
            self._pid = zygote.start(its_data, its_control)
        self._data, self._control = Channel(data), Channel(control)
        self._watch = Watch(self._pid)
        self.alive, self.missing_walls = True, ""
        self._ending = None
        self._scene_began = 0.0
        self.limits_left_s = 0.0
        self._files = set()
        self._learner = None
        try:
            kind, reason = self._control.receive()
        except Closed as error:
            self._end()
            raise OSError("the sandbox ended before it began") from error
        if kind == "failed":
            self._end()
            raise OSError(f"the sandbox could not be built: {reason}")
        self.missing_walls = reason

    def run_cell(self, number, source):
        """Run a cell and return a text about the exception that it raised, or "".

        Raises Ended or Unjudged if its process ended; Ended says which cell is the cause if it is an earlier one.
        """
        self._files.add(cell_file(number))
        try:
            answer = self._ask(["cell", number, source])
        except ValueError:
            return f"it was not run: it has {len(source):,} characters"
        match answer:
            case ["ran", kind, text, int() | None as line] if is_text(kind) and is_text(text):
                where = "" if line is None else f" in its line {line}"
                return ": ".join(filter(None, (f"{kind}{where}", text))) if kind else ""
            case ["hoards", int(most), int(mib)] if cell_file(most) in self._files:
                self._end()
                raise Ended(f"keeps {mib:,} MiB, and leaves too little memory for the answers", most)
        raise self._tampered()

    def functions(self, names):
        """Return name -> RemoteFunction for those of the `names` that are functions of the learner.

        Raises TypeError if a function cannot be copied, Ended or Unjudged if the process ended.
        """
        answer = self._ask(["describe", list(names)])
        signatures = {}
        match answer:
            case ["names", list(descriptions)]:
                for description in descriptions:
                    match description:
                        case [str(name), "function", list(parameters), bool()] if name in names:
                            signatures[name] = signature_of(parameters)
        self._learner = Learner(self._ask, signatures, self._files)
        if signatures:
            self._learner.load(list(signatures))
        return dict(self._learner.functions)

    def start(self, function, arguments, umask):
        """Start a process in the sandbox that calls `function`: a RemoteFunction, or a function of this process.

        Returns its pid in the sandbox, its Channel, and a function that waits for its end and returns its wait status.
        Raises Ended, Unjudged or TypeError. See stoppable_process.
        """
        if isinstance(function, RemoteFunction):
            ask, message = self._ask, ["start", function.__name__, packed(tuple(arguments)), umask]
        else:
            code = base64.b64encode(dumps_call(function, tuple(arguments), function.__name__)).decode()
            ask, message = self.tell, ["start", code, umask, bool(self._files)]
        mine, its = wire.pair()
        with its, contextlib.ExitStack() as unless_started:
            unless_started.enter_context(mine)
            match ask(message, its.fileno()):
                case ["started", int(pid)]:
                    unless_started.pop_all()
                    return pid, Channel(mine), lambda: _status(ask(["status", pid]))
        raise self._tampered()

    def forgive_sleep(self):
        """Set the time slept inside back to 0; otherwise a sandbox that is used for long would reach the limit."""
        self._watch.forgive_sleep()

    def tell(self, message, descriptor=None):
        """Send a request to the sandbox's first process and return its answer; see scene_server.

        Raises Unjudged if that fails: the learner's answer is not the cause.
        """
        if not self.alive:
            raise Unjudged("has no sandbox any more")
        try:
            self._control.send(message, descriptor)
            while (answer := self._control.receive())[0] == "ended":
                self._ending = answer
        except (Closed, Tampered):
            self._end()
            raise Unjudged("was in a sandbox that was ended from outside") from None
        if answer[0] == "failed":
            raise Unjudged(f"was in a sandbox that failed: {answer[1]}")
        return answer

    def missing_room(self):
        """Return a text about what has too little room for a scene's objects, or ""; see ipc.room. Raises Unjudged."""
        return self.tell(["room"])[1]

    def scene_begins(self):
        """Start to count a scene's processor time: what was used before it is not the scene's."""
        with contextlib.suppress(Unjudged):
            self._watch.look()
        self._watch.begin_answer()
        self._watch.look()
        self._scene_began = self._watch.used

    def may_have_met_limit(self):
        """Tell whether the limit on processor time may have ended a process of the scene.

        That is possible once all of them together have used as much as one process may.
        """
        self._watch.look()
        return self._watch.used - self._scene_began >= rights.CPU_S

    def _ask(self, message, descriptor=None):
        """Send a message to the learner's process and return the answer. Raises Ended or Unjudged, after which the
        sandbox is closed."""
        if not self.alive:
            raise Ended("had ended before")
        try:
            self._data.send(message, descriptor)
            answer = self._answer()
        except Closed:
            raise self._why_it_ended() from None
        except Tampered as error:
            self._end()
            raise Ended(f"answered what only tampered code can: {error}") from error
        if answer[0] == "unbuilt" and all(map(is_text, answer)):
            self._end()
            raise OSError(f"no sandbox could be built: {answer[-1]}")
        if answer == ["endless"]:
            self._end()
            raise Ended("goes on for ever and swallows whatever would interrupt it")
        if answer[0] == "unable" and all(map(is_text, answer)):
            self._end()
            raise Unjudged(answer[-1])
        if answer[0] == "failed":
            self._end()
            raise Ended(f"could not go on: {answer[1] if len(answer) == 2 and is_text(answer[1]) else 'no words'}")
        return answer

    def _answer(self):
        try:
            return self.listen(self._data)
        except TimeoutError:
            self._end()
            raise Unjudged("waits for something that does not come") from None

    def listen(self, channel, wait_s=WAITS_FOR_EVER_S, *, of_scene=False):
        """Return the next message that a process inside sends on `channel`.

        Raises Closed if that process or the learner's process has ended; TimeoutError if no process inside has worked
        for `wait_s` seconds or, with `of_scene`, if all of them are blocked and none will go on by itself; Unjudged if
        they exceed a limit, which also ends the sandbox.
        """
        self._watch.begin_answer()
        silence = Silence(self._watch, wait_s)
        longest_s = min(LOOK_EVERY_S, wait_s / 3)
        timeout_s = _FIRST_LOOK_S if of_scene else longest_s
        try:
            while True:
                channel.set_timeout(timeout_s)
                began = time.monotonic()
                try:
                    return channel.receive()
                except BlockingIOError:
                    if channel is not self._control and (self._ending or self._control.has_message()):
                        raise Closed("the process has ended") from None  # its children may still hold the socket
                    if timeout_s == longest_s:
                        silence.look()
                    elif self.tell(["still"]) == ["still", True] and not channel.has_message():
                        raise TimeoutError from None
                    else:  # ask less and less often: each answer takes processor time, which would break the silence
                        timeout_s = min(2 * timeout_s, longest_s)
                finally:
                    self._watch.waited(time.monotonic() - began)
        except Unjudged:
            self._end()
            raise

    def _why_it_ended(self):
        try:
            match self._ending or self.listen(self._control):
                case ["ended", int(status), float(seconds)]:
                    return error_of_end(status, seconds)
            return Unjudged("its sandbox failed")
        except Closed:
            return Unjudged("its sandbox was ended from outside")
        except TimeoutError:
            return Ended("closed its way to the parent, and answers no more")
        except Unjudged as error:
            return error
        finally:
            self._end()

    def _tampered(self):
        self._end()
        return Ended("answered what only tampered code can")

    def _end(self):
        """End all processes inside."""
        if not self.alive:
            return
        self.alive = False
        self._data.close()
        if self.missing_walls:  # no pid namespace: the kernel does not end them, so wait until the first process did
            self._control.set_timeout(0)
            self._control.finish()
            with contextlib.suppress(Closed):
                while True:
                    self._control.receive()
        self._control.close()

    def close(self):
        """End all processes inside. A second call does nothing."""
        self._end()


def _status(answer):
    match answer:
        case ["status", int(status)]:
            return status
    raise Tampered("an end of no known form")


def error_of_end(status, seconds):
    """Return the Ended or Unjudged for a process's wait status and its processor time in seconds."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGXCPU or seconds >= _MAY_BE_THE_LIMIT_S:
            return Unjudged(f"used up its {rights.CPU_S} s of processor time")
        return Ended(signal_words(os.WTERMSIG(status), out_of_memory=False))
    return Ended(f"ended its process with exit code {os.WEXITSTATUS(status)}")
