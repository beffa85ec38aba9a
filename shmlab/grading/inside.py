"""The learner's process: runs the cells under IPython, and the learner's functions up to each next operation.

It judges nothing. Memory, schedule, verdict and score are the trusted parent's, which asks this process by
messages (see wire) and believes none of them.
"""

import builtins
import collections
import hashlib
import inspect
import os
import sys
import tempfile
import traceback

from shmlab import primitives
from shmlab.explorer import canonical, copies, ops, stand_ins
from shmlab.explorer.fields import standing_for
from shmlab.explorer.host import Execution
from shmlab.explorer.objects import BarrierHandle, ConditionHandle, MutexHandle, SemaphoreHandle
from shmlab.explorer.ops import Place, Stop
from shmlab.explorer.process import in_words
from shmlab.explorer.state import changing
from shmlab.grading import shapes
from shmlab.grading.actor import Forked
from shmlab.grading.patience import Patience, take_no_naps
from shmlab.grading.wire import Closed, Tampered, packed, packed_op, packed_place, shortened, unpacked
from shmlab.pickling import is_learners_file

_HANDLES = {"Semaphore": SemaphoreHandle, "Mutex": MutexHandle, "Barrier": BarrierHandle}
_MARK_BYTES = 16
_MOST_UNASKED = 8  # steps that are told before they are asked for


def cell_file(number):
    """The name under which a cell's code is known, here and in the trusted parent."""
    return f"<cell {number}>"


def prepared_shell():
    """An IPython shell that keeps no history and shows nothing; made once, for all that will be forked."""
    import matplotlib.figure  # noqa: F401 - what notebooks import is imported before any of them is judged
    import numpy  # noqa: F401
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    import shmlab
    import shmlab.grading
    import shmlab.show.notebook  # noqa: F401

    take_no_naps()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder  # it wants one, if only while it starts
        shell = InteractiveShell.instance(config=config)
    os.environ["IPYTHONDIR"] = "/tmp/ipython"
    shell.system = shell.system_raw  # the other way wants a terminal
    shell.showtraceback = shell.showsyntaxerror = shell.showindentationerror = lambda *_, **__: None
    _warm_up(shell)
    shell.reset()
    return shell


def _warm_up(shell):
    """Do once what every learner's process does: the first time of each is slow, and forks find it done."""
    learner = _Learner(None, shell)
    learner.answer(
        "cell", [0, "import shmlab\n\n\ndef warm(shm, lock):\n    with lock:\n        shm.x += 1\n    return 1\n"]
    )
    learner.answer("describe", [["warm"]])
    learner.answer("load", [["warm"]])
    learner.answer("layout", [["structure", "Shared", None, [], [["x", ["simple", "l", ""]]]]])
    handed = [{"shm": [0, 0]}, {"object": ["Mutex", 0, "mutex 'lock'"]}]
    for number in range(20):
        learner.answer("call", [number, False, 0, [], "warm", handed, []])
        for observation in (True, {"bytes": "00" * 8}, None):
            learner.answer("go", [number, False, 0, [], observation])


def serve(channel, shell):
    """Answer the parent's messages until it is gone."""
    learner = _Learner(channel, shell)
    while True:
        passed = []
        try:
            name, *content = channel.receive(passed)
        except (Closed, Tampered):
            os._exit(0)
        answer = learner.answer(name, [*content, *passed])
        try:
            channel.send(answer)
        except ValueError as error:
            channel.send(["failed", str(error)])


class _Learner:
    """What the parent can ask of a learner's notebook."""

    def __init__(self, channel, shell):
        self._channel, self._shell = channel, shell
        self._me = os.getpid()
        self._executions = {}
        self._layouts = []
        self._travelling = None
        self._forked = Forked()

    def answer(self, name, content):
        """The answer to one message, as a list."""
        return getattr(self, f"_on_{name}")(*content)

    def _on_cell(self, number, source):
        """Run a cell."""
        self._travelling = None
        self._shell.compile.get_code_name = lambda *_: cell_file(number)
        error = self._patiently(lambda: self._run_cell(source))
        if error is None:
            return ["ran", "", "", None]
        kind, words = in_words(error)
        return ["ran", shortened(kind, 100), shortened(words), _line_in(error, cell_file(number))]

    def _run_cell(self, source):
        result = self._shell.run_cell(source, store_history=False, silent=True)
        return result.error_before_exec or result.error_in_exec

    def _patiently(self, act):
        """`act()` with nobody to print to, and an end to endless loops in the learner's lines."""
        sys.stdout = sys.stderr = _Nowhere()
        try:
            with Patience(self._give_up):
                return act()
        except BaseException as error:  # SystemExit, say: none of these ends more than its cell
            return error
        finally:
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
            if os.getpid() != self._me:  # a child that the learner's code forked: it does not speak for us
                os._exit(0)

    def _give_up(self):
        self._channel.send(["endless"])
        os._exit(1)

    def _on_describe(self, names):
        """What each name stands for."""
        return ["names", [[name, *_described(self._shell.user_ns.get(name))] for name in names]]

    def _on_load(self, names):
        """Make ready to run these functions, many times."""
        self._executions, self._layouts = {}, []
        found = {name: self._shell.user_ns[name] for name in names}
        try:
            self._travelling = copies.dumps(found)
        except TypeError as error:
            return ["raised", "TypeError", shortened(str(error)), None]
        return ["done"]

    def _on_layout(self, description):
        """Learn a layout, by number."""
        self._layouts.append(shapes.built(description))
        return ["done"]

    def _on_drop(self, numbers):
        """Forget executions that nobody will resume."""
        for number in numbers:
            self._executions.pop(number, None)
        return ["done"]

    def _on_call(self, number, again, seed, ahead, name, arguments, named):
        """Call a function in an execution, which begins with its first call: with fresh copies of all it reaches."""
        if number not in self._executions:
            self._executions[number] = LearnersExecution(self._travelling, self._layouts, seed)
            self._executions[number].resume()
        return self._steps(number, ("call", name, arguments, named), again, ahead)

    def _on_go(self, number, again, seed, ahead, observation):
        return self._steps(number, unpacked(observation), again, ahead)

    def _on_value(self, number, again, seed, ahead, value):
        """What a callback returned."""
        return self._steps(number, ("value", unpacked(value)), again, ahead)

    def _on_threw(self, number, again, seed, ahead, kind, words):
        """What a callback raised."""
        return self._steps(number, ("threw", kind, words), again, ahead)

    def _steps(self, number, observation, again, ahead):
        """The answers to an observation and, while the function stops at operations, to those ahead of it, and then to
        those that an operation can only have."""
        execution, answers = self._executions[number], []
        following = collections.deque(ahead)
        while True:
            found = execution.resume(observation, again=again)
            answers.append(execution.told(found) if isinstance(found, Stop) else found)
            if answers[-1][0] != "stop":
                return ["answers", answers]
            if following:
                observation = unpacked(following.popleft())
            elif execution.is_sure_of(found.op) and len(answers) < len(ahead) + _MOST_UNASKED:
                observation, again = ops.SURE[found.op.kind], False
            else:
                return ["answers", answers]

    def _on_actor(self, name, arguments, umask, descriptor):
        """Fork a process for a scene, which calls a function; see actor."""
        self._forked.bury()

        def prepared():
            self._channel.close()
            sys.stdout = sys.stderr = _Nowhere()
            return self._shell.user_ns[name], unpacked(arguments)

        return ["actor", self._forked.start(descriptor, umask, prepared)]

    def _on_status(self, pid):
        """How such a process has ended."""
        return ["status", self._forked.status(pid)]

    def _on_ask(self, name, arguments):
        """Call a function as it is, with plain data."""
        function = self._shell.user_ns.get(name)
        done = []
        error = self._patiently(lambda: done.append(function(*unpacked(arguments))))
        return _returned(name, done[0], None) if done else _raised(error)


class LearnersExecution(Execution):
    """The learner's part of one execution: functions called one after the other, on copies made for it alone."""

    def __init__(self, travelling, layouts, seed):
        super().__init__(travelling, (), 0, None, {}, seed)
        self._layouts = layouts
        self._semaphores = set()
        self.root = LearnersExecution._called.__code__

    def _run(self, _):
        primitives.HOST.set(self)
        self._functions = copies.load(self._travelling, self, stand_ins.StandIns(self, self.seed))
        self._state = changing(tuple(self._functions.values()))
        message = self._greenlet.parent.switch(["done"])
        while True:
            _, name, arguments, named = message
            message = self._greenlet.parent.switch(self._answered(name, arguments, named))

    def _answered(self, name, arguments, named):
        try:
            arguments = [unpacked(one, self._handed) for one in arguments]
            named = {key: unpacked(one, self._handed) for key, one in named}
            return self._called(self._functions[name], name, arguments, named)
        except BaseException as error:
            if self._dying:
                raise
            return _raised(error)

    def _called(self, function, name, arguments, named):
        result = function(*arguments, **named)
        return _returned(name, result, self.token(sys._getframe()))

    def token(self, frame, callee=None):
        """The mark of the learner's part, of fixed length, or None; see canonical."""
        found = None if self.drew else canonical.mark_at(frame, self.root, self._state, callee)
        return None if found is None else _digest(found)

    def is_sure_of(self, op):
        """Whether an operation can be observed in one way only, so that nobody needs to be asked: what can also fail,
        or be given up, is left out."""
        if op.kind in ("acquire", "release"):
            return op.place in self._semaphores and not any(op.values)
        return op.kind in ops.SURE

    def told(self, stop):
        """A Stop as a message."""
        if stop.op.kind in ops.ENDS:
            return ["ended", stop.op.kind, [shortened(text) for text in stop.problem], packed_place(stop.place)]
        mark = None if stop.mark is None else _digest(stop.mark)
        return ["stop", packed_op(stop.op), mark, packed_place(stop.place), self.drew]

    def _handed(self, name, content):
        """What stands for something of the parent's that was passed to a function."""
        match name, content:
            case "shm", [at, number]:
                return standing_for(self._layouts[number], self, at)
            case "object", ["Condition", number, what, mutex, mutex_what]:
                return ConditionHandle(self, number, what, MutexHandle(self, mutex, mutex_what))
            case "object", [kind, number, what]:
                if kind == "Semaphore":
                    self._semaphores.add(number)
                return _HANDLES[kind](self, number, what)
            case "callback", number:
                return Callback(self, number)
        raise ValueError(f"{name!r} stands for nothing")

    def call_back(self, number, arguments, frame, name):
        """Have the parent call a function of its own; returns or raises what that did. `frame`: the learner's, which
        calls it by its `name`, or None."""
        mark = None if name is None else self.token(frame, name)
        answer = self._greenlet.parent.switch(["callback", number, [packed(one) for one in arguments], mark])
        if answer[0] == "value":
            return answer[1]
        raise raised_again(*answer[1:])


class Callback:
    """A function of the trusted parent's that was passed to the learner's."""

    def __init__(self, execution, number):
        self._execution, self._number = execution, number

    def __call__(self, *arguments):
        frame = sys._getframe(1)
        known = {**frame.f_globals, **frame.f_locals}
        name = next((name for name, value in known.items() if value is self), None)
        return self._execution.call_back(self._number, arguments, frame, name)

    def __reduce__(self):
        return Callback, (None, self._number)  # it is only ever compared, see canonical


def raised_again(kind, words):
    """An exception of that type and with these words, in another process than where it was raised first."""
    found = getattr(builtins, kind, None)
    if isinstance(found, type) and issubclass(found, (Exception, SystemExit)):
        base = found
    else:
        base = BaseException if isinstance(found, type) and issubclass(found, BaseException) else RuntimeError
    made = type(kind, (base,), {"__str__": lambda _: words})
    error = made.__new__(made)
    if base is SystemExit:
        error.code = int(words) if words.isdigit() else words
    return error


def _digest(mark):
    return hashlib.blake2b(mark, digest_size=_MARK_BYTES).hexdigest()


def _described(found):
    """["function", parameters], ["missing"] or ["value", type]; a parameter: [name, kind, has a default]."""
    if found is None:
        return ["missing"]
    if not callable(found):
        return ["value", type(found).__name__[:100]]
    try:
        parameters = inspect.signature(found).parameters.values()
    except (TypeError, ValueError):
        return ["value", type(found).__name__[:100]]
    told = [[one.name[:100], int(one.kind), one.default is not one.empty] for one in parameters]
    return ["function", told, inspect.isgeneratorfunction(found) or inspect.iscoroutinefunction(found)]


def _returned(name, result, token):
    try:
        return ["returned", packed(result), token]
    except TypeError as error:
        return ["raised", "TypeError", shortened(f"{name} returned {error}"), None]


def _raised(error):
    kind, words = in_words(error)
    if isinstance(error, SystemExit):
        words = str(error.code or 0)
    return ["raised", shortened(kind, 100), shortened(words), packed_place(_place_of(error))]


def _place_of(error):
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if is_learners_file(frame.f_code.co_filename):
            last = Place(frame.f_code.co_filename, line, frame.f_code.co_name, ())
    return last


def _line_in(error, file):
    """The line of a cell in which an error arose, or None."""
    if isinstance(error, SyntaxError):
        return error.lineno
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


class _Nowhere:
    """A stream for what nobody will read."""

    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False
