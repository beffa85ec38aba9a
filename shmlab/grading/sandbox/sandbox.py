"""One sandbox, as the trusted parent uses it: a learner's process behind walls, asked by messages.

A process that works is given all the time it needs: what ends it is a limit on its own processor time, which
load does not change, or that it waits for something that never comes. Neither says that the answer is wrong.
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

# The limit counts what the host of a virtual machine took away meanwhile, and the usage that is told does not.
_MAY_BE_THE_LIMIT_S = rights.CPU_S / 2
WAITS_FOR_EVER_S = 3.0  # without any use of a processor
_FIRST_LOOK_S = 0.002  # at processes of a scene that may be still at once; then twice as long each time


class Sandbox:
    """A learner's process. `missing_walls`: "" where it has namespaces of its own, else why not. Raises OSError."""

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
        self._files = set()
        self._learner = None
        try:
            said, self.missing_walls = self._control.receive()
        except Closed as error:
            self._end()
            raise OSError("the sandbox ended before it began") from error
        if said == "failed":
            why, self.missing_walls = self.missing_walls, ""
            self._end()
            raise OSError(f"the sandbox could not be built: {why}")

    def run_cell(self, number, source):
        """Run a cell; returns what it raised in words, or "". Raises Ended or Unjudged when its process ended."""
        self._files.add(cell_file(number))
        try:
            answer = self._ask(["cell", number, source])
        except ValueError:
            return f"it was not run: it has {len(source):,} characters"
        match answer:
            case ["ran", kind, words, int() | None as line] if is_text(kind) and is_text(words):
                where = "" if line is None else f" in its line {line}"
                return f"{kind}{where}: {words}" if kind else ""
        raise self._tampered()

    def functions(self, names):
        """name -> what stands for the learner's function of that name; a name that is none is left out. Raises
        TypeError for functions that cannot be copied, Ended or Unjudged."""
        answer = self._ask(["describe", list(names)])
        signatures = {}
        match answer:
            case ["names", list(found)]:
                for one in found:
                    match one:
                        case [str(name), "function", list(parameters), bool()] if name in names:
                            signatures[name] = signature_of(parameters)
        self._learner = Learner(self._ask, signatures, self._files)
        if signatures:
            self._learner.load(list(signatures))
        return dict(self._learner.functions)

    def start(self, function, arguments, umask):
        """Start a process that calls a function, a RemoteFunction or one of this process's own; see stoppable_process.
        Returns its pid in there, its Channel, and `status`, which waits for its end and gives its wait status. Raises
        Ended, Unjudged or TypeError.
        """
        if isinstance(function, RemoteFunction):
            ask, message = self._ask, ["actor", function.__name__, packed(tuple(arguments)), umask]
        else:
            code = base64.b64encode(dumps_call(function, tuple(arguments), function.__name__)).decode()
            ask, message = self.tell, ["actor", code, umask, bool(self._files)]
        mine, its = wire.pair()
        with its, contextlib.ExitStack() as unless_started:
            unless_started.enter_context(mine)
            match ask(message, its.fileno()):
                case ["actor", int(pid)]:
                    unless_started.pop_all()
                    return pid, Channel(mine), lambda: _status(ask(["status", pid]))
        raise self._tampered()

    def forgive_sleep(self):
        """Count the sleep inside from nothing again: a sandbox that is kept would lose its patience in the end."""
        self._watch.forgive_sleep()

    def tell(self, message, descriptor=None):
        """Have the first process of the sandbox do something; see scene_server. Raises Unjudged when that fails: no
        answer is to blame for it."""
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
        """Where the sandbox has too little room for a scene's objects, in words, or ""; see room. Raises Unjudged."""
        return self.tell(["room"])[1]

    def scene_begins(self):
        """Count the processor time of a scene from here on."""
        self._watch.look()
        self._scene_began = self._watch.used

    def may_have_met_limit(self):
        """Whether processes may have been ended since the scene began as they used up their processor time: together
        they took as much as one of them may."""
        self._watch.look()
        return self._watch.used - self._scene_began >= rights.CPU_S

    def _ask(self, message, descriptor=None):
        """The answer to a message. Raises Ended or Unjudged; then the sandbox is at its end."""
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
        """What a process inside says next. Raises Closed when it has ended, or the learner's process has; TimeoutError
        when nothing inside has worked for `wait_s` or, `of_scene`, when nothing inside will go on by itself; Unjudged
        when they take too much, and then ends the sandbox."""
        self._watch.asked()
        silence = Silence(self._watch, wait_s)
        longest_s = min(LOOK_EVERY_S, wait_s / 3)
        patience_s = _FIRST_LOOK_S if of_scene else longest_s
        try:
            while True:
                channel.patient(patience_s)
                began = time.monotonic()
                try:
                    return channel.receive()
                except BlockingIOError:
                    if channel is not self._control and (self._ending or self._control.has_message()):
                        raise Closed("the process has ended") from None  # its children may still hold the socket
                    if patience_s == longest_s:
                        silence.look()
                    elif self.tell(["still"]) == ["still", True] and not channel.has_message():
                        raise TimeoutError from None
                    else:  # no longer asked in the end: to answer takes processor time, and breaks the silence
                        patience_s = min(2 * patience_s, longest_s)
                finally:
                    self._watch.waited(time.monotonic() - began)
        except Unjudged:
            self._end()
            raise

    def _why_it_ended(self):
        try:
            match self._ending or self.listen(self._control):
                case ["ended", int(status), float(seconds)]:
                    return end_in_words(status, seconds)
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
        """End everything inside."""
        if not self.alive:
            return
        self.alive = False
        self._data.close()
        if self.missing_walls:  # no kernel does it: see it done
            self._control.patient(0)
            self._control.finish()
            with contextlib.suppress(Closed):
                while True:
                    self._control.receive()
        self._control.close()

    def close(self):
        """End everything inside; a second time does nothing."""
        self._end()


def _status(answer):
    match answer:
        case ["status", int(status)]:
            return status
    raise Tampered("an end of no known form")


def end_in_words(status, seconds):
    """The Ended or Unjudged of a process, from its wait status and the processor time it took."""
    if os.WIFSIGNALED(status):
        if os.WTERMSIG(status) == signal.SIGXCPU or seconds >= _MAY_BE_THE_LIMIT_S:
            return Unjudged(f"used up its {rights.CPU_S} s of processor time")
        return Ended(signal_words(os.WTERMSIG(status), out_of_memory=False))
    return Ended(f"ended its process with exit code {os.WEXITSTATUS(status)}")
