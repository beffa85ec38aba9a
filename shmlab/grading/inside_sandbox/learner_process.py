"""Run the learner's process: execute the cells under IPython, and the functions from one operation to the next.

This process judges nothing, because a learner's code can change anything in it. Memory, schedule, verdict and score
are kept by the trusted parent, which sends requests (see messages/wire) and checks every answer.
"""

import collections
import importlib
import inspect
import os
import sys
import tempfile
import traceback

from shmlab.base.raised import type_and_message
from shmlab.explorer import ops
from shmlab.explorer.execution import copies
from shmlab.explorer.ops import Stop
from shmlab.grading.inside_sandbox.learner_execution import LearnersExecution
from shmlab.grading.inside_sandbox.left_running import end_what_runs
from shmlab.grading.inside_sandbox.line_limit import LineLimit, protect_tracing, replace_sleep
from shmlab.grading.inside_sandbox.memory_of_cells import MemoryOfCells
from shmlab.grading.inside_sandbox.stoppable_process import ForkedProcesses, compute_points
from shmlab.grading.messages import layouts
from shmlab.grading.messages.answers import checked_exception, raised_message, returned_message
from shmlab.grading.messages.signatures import parameters_of
from shmlab.grading.messages.texts import shortened
from shmlab.grading.messages.values import unpacked
from shmlab.grading.messages.wire import Closed, Tampered
from shmlab.grading.submissions import magics

# What notebooks import; the zygote imports it before any of them is judged.
_IMPORTED = (
    "json", "math", "mmap", "statistics", "struct", "subprocess", "multiprocessing.shared_memory", "posix_ipc",
    "sysv_ipc", "numpy", "matplotlib.figure", "shmlab.program", "shmlab.grading", "shmlab.grading.scenes.c_record",
    "shmlab.grading.scenes.c_memfd", "shmlab.show.notebook_display",
)  # fmt: skip
_MOST_AHEAD = 8  # steps that one answer holds beyond those that the parent asked for


def cell_file(number):
    """Return the file name of a cell's code, the same here and in the trusted parent."""
    return f"<cell {number}>"


def prepared_shell():
    """Return an IPython shell that keeps no history and shows nothing. It is made once, before any fork."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    for name in _IMPORTED:
        importlib.import_module(name)
    replace_sleep()
    protect_tracing()
    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder  # IPython needs a folder while it starts
        shell = InteractiveShell.instance(config=config)
    os.environ["IPYTHONDIR"] = "/tmp/ipython"
    magics.keep_empty_lines(shell.input_transformer_manager)
    shell.system = shell.system_raw  # the default needs a terminal
    shell.enable_gui = lambda gui=None: None  # for `%matplotlib inline`: the default refuses, and no window opens here
    shell.showtraceback = shell.showsyntaxerror = shell.showindentationerror = lambda *_, **__: None
    _warm_up(shell)
    shell.reset()
    return shell


def _warm_up(shell):
    """Do once what every learner's process does: the first time is slow, and forked processes inherit the result."""
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


def answer_parent(channel, shell):
    """Answer the parent's messages until it closes the channel. Never returns."""
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
    """Answer the parent's requests about one learner's notebook."""

    def __init__(self, channel, shell):
        self._channel, self._shell = channel, shell
        self._me = os.getpid()
        self._executions = {}
        self._layouts = []
        self._travelling = None
        self._forked = ForkedProcesses()
        self._memory = MemoryOfCells()

    def answer(self, name, content):
        """Return the answer to one message, as a list."""
        return getattr(self, f"_on_{name}")(*content)

    def _on_cell(self, number, source):
        """Run a cell."""
        self._travelling = None
        self._shell.compile.get_code_name = lambda *_: cell_file(number)
        self._memory.begin()
        error = self._run_limited(lambda: self._run_cell(source))
        if kept := self._memory.end(number):
            return ["hoards", *kept]
        self._end_what_runs()
        if error is None:
            return ["ran", "", "", None]
        kind, message = type_and_message(error)
        return ["ran", shortened(kind, 100), shortened(message), _line_in(error, cell_file(number))]

    def _run_cell(self, source):
        result = self._shell.run_cell(source, store_history=False, silent=True)
        return result.error_before_exec or result.error_in_exec

    def _run_limited(self, act):
        """Return `act()` or the exception that it raised. Its output is discarded and its lines are limited."""
        sys.stdout = sys.stderr = _NullStream()
        try:
            with LineLimit(self._give_up):
                return act()
        except BaseException as error:  # also SystemExit: none of them ends more than its cell
            return error
        finally:
            sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
            if os.getpid() != self._me:  # a child that the learner's code forked: it may not answer for this process
                os._exit(0)

    def _end_what_runs(self):
        if end_what_runs():
            self._me = os.getpid()
            self._forked = ForkedProcesses()

    def _give_up(self):
        self._channel.send(["endless"])
        os._exit(1)

    def _on_describe(self, names):
        """Describe what each name stands for."""
        return ["names", [[name, *_describe(self._shell.user_ns.get(name))] for name in names]]

    def _on_load(self, names):
        """Prepare these functions for many runs."""
        self._executions, self._layouts = {}, []
        self._end_what_runs()
        functions = {name: self._shell.user_ns[name] for name in names}
        try:
            whole = copies.copied(functions)
        except TypeError as error:
            return raised_message(error)
        self._travelling = whole.travelling
        each = {name: copies.copied(functions[name]) if whole.asks_who or whole.silent else whole for name in names}
        asking = [name for name, copied in each.items() if copied.asks_who]
        silent = [[name, shortened(copied.silent, 300)] for name, copied in each.items() if copied.silent]
        return ["loaded", asking, silent]

    def _on_layout(self, description):
        """Add a layout; its number is its place in the list."""
        self._layouts.append(layouts.build(description))
        return ["done"]

    def _on_drop(self, numbers):
        """Drop executions that the parent will not resume."""
        for number in numbers:
            self._executions.pop(number, None)
        return ["done"]

    def _on_call(self, number, again, seed, rank, retraced, ahead, name, arguments, named):
        """Call a function in an execution. The first call begins it, with fresh copies of all that functions reach."""
        if number not in self._executions:
            self._executions[number] = LearnersExecution(self._travelling, self._layouts, seed, rank, retraced)
            self._executions[number].resume()
        return self._steps(number, ("call", name, arguments, named), again, ahead)

    def _on_go(self, number, again, seed, rank, retraced, ahead, observation):
        return self._steps(number, unpacked(observation), again, ahead)

    def _on_value(self, number, again, seed, rank, retraced, ahead, value):
        """Go on with what a callback returned."""
        return self._steps(number, ("value", unpacked(value)), again, ahead)

    def _on_threw(self, number, again, seed, rank, retraced, ahead, *error):
        """Go on with what a callback raised."""
        return self._steps(number, ("threw", *checked_exception(error)), again, ahead)

    def _steps(self, number, observation, again, ahead):
        """Run on after an observation and return the answers, one for each step.

        While the function stops at operations, it goes on with the observations in `ahead`, and then with those that
        are the only possible result of the operation.
        """
        execution, answers = self._executions[number], []
        following = collections.deque(ahead)
        while True:
            answer = execution.resume(observation, again=again)
            answers.append(execution.stop_message(answer) if isinstance(answer, Stop) else answer)
            if answers[-1][0] != "stop":
                return ["answers", answers]
            if following:
                observation = unpacked(following.popleft())
            elif execution.has_one_result(answer.op) and len(answers) < len(ahead) + _MOST_AHEAD:
                observation, again = ops.SURE[answer.op.kind], False
            else:
                return ["answers", answers]

    def _on_start(self, name, arguments, umask, descriptor):
        """Fork a process for a scene that calls a function; see stoppable_process."""
        self._forked.reap()
        compute_points(self._shell.user_ns[name])

        def prepare():
            self._channel.close()  # standard output stays: it leads to nowhere, unless the function turns it round
            return self._shell.user_ns[name], unpacked(arguments)

        return ["started", self._forked.start(descriptor, umask, prepare)]

    def _on_status(self, pid):
        """Return the wait status of such a process, once it has ended."""
        return ["status", self._forked.status(pid)]

    def _on_ask(self, name, arguments):
        """Call a function outside a search, with plain data."""
        function = self._shell.user_ns.get(name)
        done = []
        error = self._run_limited(lambda: done.append(function(*unpacked(arguments))))
        return returned_message(name, done[0], None) if done else raised_message(error)


def _describe(value):
    """Return ["missing"], ["value", type] or ["function", parameters, whether it is a generator or a coroutine].

    A parameter is [name, kind, whether it has a default].
    """
    if value is None:
        return ["missing"]
    if not callable(value):
        return ["value", type(value).__name__[:100]]
    try:
        parameters = parameters_of(value)
    except (TypeError, ValueError):
        return ["value", type(value).__name__[:100]]
    return ["function", parameters, inspect.isgeneratorfunction(value) or inspect.iscoroutinefunction(value)]


def _line_in(error, file):
    """Return the line of a cell where an exception was raised, or None."""
    if isinstance(error, SyntaxError):
        return error.lineno
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == file]
    return lines[-1] if lines else None


class _NullStream:
    """Discard everything that is written."""

    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass

    def isatty(self):
        return False
