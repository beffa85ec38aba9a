"""A process of a scene (see world), seen from the trusted parent: the parent lets it go on, and receives where it
stands, what its function returned or raised, and how it ended."""

import contextlib
import linecache
import signal
import time

from shmlab.grading.inside_sandbox import rights
from shmlab.grading.messages.answers import checked_exception, is_type, rebuilt_exception
from shmlab.grading.messages.texts import is_count, is_text
from shmlab.grading.messages.values import TRAVELS, unpacked
from shmlab.grading.messages.wire import Closed, Tampered
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.sandbox.sandbox import WAITS_FOR_EVER_S, error_of_end

TOLD = "_shmlab_told"  # the attribute of an exception that was raised in a process: a sentence, and what was observed
_MOST_SHOWN = 200  # characters of a value
_LOOK_S = 0.05  # between two looks whether a limit on time has passed
_LONGEST_LIMIT_S = 2.25  # a longer one counts as none
_BY_THEN_S = 1.0  # after its limit a wait is over


class Process:
    """A process of a scene. `pid`: as the function sees it. `ended`: whether its function has ended; the process
    itself stays until `exit` or `kill`. `call`: what it calls, in words.

    `came_back_twice`: whether a child that the function forked also returned from it or raised; `child_raised`: what
    it raised, in words, or "". `where`: where it stands, in words; `waits`: the code there. `looks`: how often it has
    looked for something to come, see stoppable_process. `observed`: what the scene has observed, for the tutor.
    """

    def __init__(self, sandbox, function, arguments, umask, observed):
        self._sandbox, self._observed = sandbox, observed
        self.name = function.__name__
        self.call = f"{self.name}({', '.join(map(shortly, arguments))})"
        self.pid, self._channel, self._status = sandbox.start(function, arguments, umask)
        self._asked = False  # to go on, and it has not answered yet
        self._answer, self.came_back_twice = None, False
        self.where = self.waits = self.child_raised = ""
        self.looks = 0

    @property
    def ended(self):
        return self._answer is not None

    def turn(self, points, wait_s):
        """Let it go on for `points` points; return whether it reported anything before everything was still for
        `wait_s` seconds, after any limit on its wait has passed."""
        try:
            if not self._asked:
                self._channel.send(["go", points])
                self._asked, self.where, self.waits = True, "", ""
            try:
                self._hear(wait_s)
            except TimeoutError:
                self._hear_after_limit(wait_s)
        except Closed:
            raise self._death() from None
        except TimeoutError:
            return False
        return True

    def run_to(self, points):
        """Let it go on for `points` points and stop before the next; return where that is, in words, or "" if it ended
        first. Raises TimeoutError if it waits for something that does not come."""
        if not self.turn(points, WAITS_FOR_EVER_S):
            raise TimeoutError
        return "" if self.ended else self.where

    def interrupt(self):
        """Interrupt it where it waits, so that it reports where that is."""
        self._sandbox.tell(["interrupt", self.pid])
        with contextlib.suppress(Closed, TimeoutError):  # it may do with an interrupt whatever it likes
            self._hear(WAITS_FOR_EVER_S)

    def _hear(self, wait_s):
        try:
            self._take(self._sandbox.listen(self._channel, wait_s, of_scene=True))
        except Tampered as error:
            raise Ended(f"answered what only tampered code can: {error}") from error

    def _hear_after_limit(self, wait_s):
        """Hear it where it waits with a limit on time, after that limit has passed: nobody else goes on before, or
        their speed would decide. A long limit counts as none, and so does one that comes when limits of some seconds
        have passed in this part of a check: who waits in a loop waits. Raises TimeoutError."""
        sleeps, left_s = self._limited_wait()
        if sleeps is None or left_s > min(_LONGEST_LIMIT_S, self._sandbox.limits_left_s):
            raise TimeoutError
        self._sandbox.limits_left_s -= max(0.0, left_s)
        until = time.monotonic() + left_s + _BY_THEN_S  # the limit was read from memory that its process can change
        while self._limited_wait()[0] == sleeps and time.monotonic() < until:
            time.sleep(_LOOK_S)
        self._hear(wait_s)

    def _limited_wait(self):
        """Return [how often it has slept, the seconds until it wakes up], or [None, None]; see blocked."""
        return self._sandbox.tell(["limited", self.pid])[1:]

    def _take(self, answer):
        self._asked = False
        match answer:
            case ["stopped", file, line, looks] if is_count(looks):
                self._stand(file, line)
                self.looks = looks
            case ["returned", value, child, bool(twice)]:
                self._end(("returned", unpacked(value)), child, twice)
            case ["unbuilt", words] if is_text(words):
                raise Unjudged(f"was in a sandbox that could not be built: {words}")
            case ["untold", words, child, bool(twice)] if is_text(words):
                self._end(self._untold(words), child, twice)
            case ["raised", list(found), place, child, bool(twice)]:
                self._end(self._raised(found, place), child, twice)
            case _:
                raise Tampered("an answer of no known form")

    def _end(self, answer, child, twice):
        """Note that its function has ended. `child`: what a child of it raised, or None; `twice`: whether a child
        returned, too."""
        if child is not None:
            kind, words, where = _exception(child)
            self._observed["what a child raised"] = f"{kind}: {words}"
            self.child_raised = f"raised {kind}: {words}{where}"
        self._answer, self.came_back_twice = answer, twice

    def _stand(self, file, line):
        number, code = _code(file, line)
        self.where = f"in line {number} of {self.name}" + (f", {code!r}" if code else "")
        self.waits = code

    def _untold(self, words):
        """Return its end: it returned a value that cannot travel to another process."""
        kind = words.partition(":")[0]
        error = rebuilt_exception("TypeError", words)
        told = f"{self.name} returned a {kind}: return plain data: {TRAVELS}"
        setattr(error, TOLD, (told, {f"what {self.name} returned": kind}))
        return "raised", error

    def _raised(self, found, place):
        told = checked_exception(found)
        kind, words, where = _exception([*told[:2], place])
        if place is not None:
            self._stand(*place)
        error, said = rebuilt_exception(*told), f"{kind}: {words}"
        setattr(error, TOLD, (f"{self.name} raised {said}{where}", {f"what {self.name} raises": said}))
        return "raised", error

    def result(self):
        """Return what its function returned, or raise what it raised."""
        how, value = self._answer
        if how == "raised":
            raise value
        return value

    def limit_descriptors(self, most):
        """Allow it, from its next turn on, only descriptors below `most`; with 3 it can open nothing, and gets
        EMFILE."""
        self._channel.send(["limit", most])

    def kill(self):
        """End it by kill -9, at once, even where it waits for something; return when it has ended."""
        if self._asked:  # it is on its way, or waits, and reads no orders
            self._sandbox.tell(["kill", self.pid])
        else:
            self._channel.send(["die"])
        self._see_end()
        if self._status() != signal.SIGKILL:
            raise Ended("is tampered with: it got kill -9 and lived")

    def exit(self):
        """Let it exit, after its function has ended, and wait until it has ended."""
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

    def _death(self):
        return error_of_end(self._status(), rights.CPU_S if self._sandbox.may_have_met_limit() else 0.0)

    def close(self):
        self._channel.close()


def shortly(value):
    """Return a value in words, cut to a length that fits into a sentence; of a text with several lines the first."""
    if isinstance(value, str) and (lines := value.splitlines())[1:]:
        return f"{shortly(lines[0])} and {len(lines) - 1} more {'line' if len(lines) == 2 else 'lines'}"
    text = repr(value)
    return text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}…"


def _exception(found):
    """Return (type, text, where in words) of an exception that a process reports. Raises Tampered."""
    match found:
        case [kind, words, None | [_, _] as place]:
            if is_text(kind, 100) and is_type(kind) and is_text(words):
                number, code = _code(*place) if place else (None, "")
                where = f", in line {number}" if place else ""
                return kind, words, where + (f", {code!r}" if code else "")
    raise Tampered("an exception of no known form")


def _code(file, line):
    """Return (line, the code there); the code only of a file that was read here before, whatever the process asks for.
    Raises Tampered."""
    if not (is_text(file) and is_count(line)):
        raise Tampered("a place of no known form")
    return line, linecache.getline(file, line).strip() if file in linecache.cache else ""
