"""The learner's process: runs the cells under IPython, and the learner's functions up to each next operation.

It judges nothing. Memory, schedule, verdict and score are the trusted parent's, which asks this process by
messages (see wire) and believes none of them.
"""

import collections
import importlib
import inspect
import os
import sys
import tempfile
import traceback

from shmlab.base.raised import in_words
from shmlab.explorer import ops
from shmlab.explorer.execution import copies
from shmlab.explorer.ops import Stop
from shmlab.grading.inside_sandbox.learner_execution import LearnersExecution
from shmlab.grading.inside_sandbox.line_limit import Patience, keep_tracing, take_no_naps
from shmlab.grading.inside_sandbox.stoppable_process import Forked, points_of
from shmlab.grading.messages import layouts
from shmlab.grading.messages.answers import checked_exception, raised, returned
from shmlab.grading.messages.signatures import parameters_of
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import unpacked
from shmlab.grading.messages.wire import Closed, Tampered
from shmlab.grading.submissions import magics

# What notebooks import is imported before any of them is judged.
_IMPORTED = (
    "json", "math", "mmap", "statistics", "struct", "subprocess", "multiprocessing.shared_memory", "posix_ipc",
    "sysv_ipc", "numpy", "matplotlib.figure", "shmlab.program", "shmlab.grading", "shmlab.grading.scenes.c_record",
    "shmlab.show.notebook_display",
)  # fmt: skip
_MOST_UNASKED = 8  # steps that are told before they are asked for


def cell_file(number):
    """The name under which a cell's code is known, here and in the trusted parent."""
    return f"<cell {number}>"


def prepared_shell():
    """An IPython shell that keeps no history and shows nothing; made once, for all that will be forked."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    for name in _IMPORTED:
        importlib.import_module(name)
    take_no_naps()
    keep_tracing()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder  # it wants one, if only while it starts
        shell = InteractiveShell.instance(config=config)
    os.environ["IPYTHONDIR"] = "/tmp/ipython"
    magics.keep_empty_lines(shell.input_transformer_manager)
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
        learner.answer("call", [number, False, 0, 0, False, [], "warm", handed, []])
        for observation in (True, {"bytes": "00" * 8}, None):
            learner.answer("go", [number, False, 0, 0, False, [], observation])


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
            whole = copies.copied(found)
        except TypeError as error:
            return raised(error)
        self._travelling = whole.travelling
        each = {name: copies.copied(found[name]) if whole.asks_who or whole.silent else whole for name in names}
        asking = [name for name, copied in each.items() if copied.asks_who]
        silent = [[name, shortened(copied.silent, 300)] for name, copied in each.items() if copied.silent]
        return ["loaded", asking, silent]

    def _on_layout(self, description):
        """Learn a layout, by number."""
        self._layouts.append(layouts.built(description))
        return ["done"]

    def _on_drop(self, numbers):
        """Forget executions that nobody will resume."""
        for number in numbers:
            self._executions.pop(number, None)
        return ["done"]

    def _on_call(self, number, again, seed, rank, retraced, ahead, name, arguments, named):
        """Call a function in an execution, which begins with its first call: with fresh copies of all it reaches."""
        if number not in self._executions:
            self._executions[number] = LearnersExecution(self._travelling, self._layouts, seed, rank, retraced)
            self._executions[number].resume()
        return self._steps(number, ("call", name, arguments, named), again, ahead)

    def _on_go(self, number, again, seed, rank, retraced, ahead, observation):
        return self._steps(number, unpacked(observation), again, ahead)

    def _on_value(self, number, again, seed, rank, retraced, ahead, value):
        """What a callback returned."""
        return self._steps(number, ("value", unpacked(value)), again, ahead)

    def _on_threw(self, number, again, seed, rank, retraced, ahead, *error):
        """What a callback raised."""
        return self._steps(number, ("threw", *checked_exception(error)), again, ahead)

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
        """Fork a process for a scene, which calls a function; see stoppable_process."""
        self._forked.reap()
        points_of(self._shell.user_ns[name])

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
        return returned(name, done[0], None) if done else raised(error)


def _described(found):
    """["function", parameters], ["missing"] or ["value", type]; a parameter: [name, kind, has a default]."""
    if found is None:
        return ["missing"]
    if not callable(found):
        return ["value", type(found).__name__[:100]]
    try:
        told = parameters_of(found)
    except (TypeError, ValueError):
        return ["value", type(found).__name__[:100]]
    return ["function", told, inspect.isgeneratorfunction(found) or inspect.iscoroutinefunction(found)]


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
