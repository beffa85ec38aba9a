"""Call a learner's functions from the trusted parent, through proxies that a driver or a check calls by name."""

import itertools
import weakref

from shmlab import primitives
from shmlab.explorer.execution.greenlet_host import PLACE
from shmlab.grading.messages import layouts
from shmlab.grading.messages.answers import checked_exception, rebuilt_exception
from shmlab.grading.messages.operations import checked_place
from shmlab.grading.messages.texts import is_text
from shmlab.grading.messages.values import packed, unpacked, unpacked_named
from shmlab.grading.messages.wire import Tampered
from shmlab.grading.sandbox.remote_execution import RemoteExecution

_learners = weakref.WeakValueDictionary()
_numbers = itertools.count()


class RemoteFunction:
    """Stand for the learner's function `name`, with its signature; the body runs in the learner's process."""

    def __init__(self, learner, name, signature):
        self._learner = learner
        self.__name__ = self.__qualname__ = name
        self.__signature__ = signature

    @property
    def shmlab_asks_who(self):
        """Tell whether the learner's function asks which process it runs in; see explorer/source/identity."""
        return self.__name__ in self._learner.asking

    @property
    def shmlab_uncalled(self):
        """Return a sentence about a verb that the learner's function names without calling it, or ""."""
        return self._learner.silent.get(self.__name__, "")

    def __call__(self, *arguments, **named):
        process = primitives.HOST.get()
        if process is None:
            bound = self.__signature__.bind(*arguments, **named)
            return self._learner.ask(self.__name__, bound.args)
        self.__signature__.bind(*arguments, **named)
        return self._learner.execution_of(process).call(self.__name__, arguments, named)

    def __reduce__(self):  # an execution copies all that it reaches; a copy of this object is the object itself
        return _function_of, (self._learner.number, self.__name__)

    def content(self):
        """Return what identifies it, for marks. Its execution's own token covers what the function stores."""
        return "remote", self._learner.number, self.__name__

    def __repr__(self):
        return f"<function {self.__name__}>"


def _function_of(number, name):
    return _learners[number].functions[name]


class Learner:
    """Hold the functions of one learner's process, ready to be checked.

    `ask(message)`: sends a message to that process and returns its answer; raises Ended or Unjudged. `signatures`:
    name -> Signature. `files`: the names of the files that contain the learner's code.
    """

    def __init__(self, ask, signatures, files):
        self.number = next(_numbers)
        _learners[self.number] = self
        self.functions = {name: RemoteFunction(self, name, signature) for name, signature in signatures.items()}
        self.files = files
        self.asking = set()  # names of functions that ask which process they run in
        self.silent = {}  # function name -> sentence about a verb that it names and does not call
        self._ask = ask
        self._layouts = {}
        self._executions = weakref.WeakKeyDictionary()
        self._counted = itertools.count()
        self._dropped = []
        self.endless = {}  # call that came first in an execution -> its answer, where it went round for ever

    def ask(self, name, arguments):
        """Call a function outside a search, with plain data, and return its result. Raises what it raised."""
        return self.result_of(self._ask(["ask", name, packed(tuple(arguments))]))

    def result_of(self, answer):
        """Return what a function returned, from its answer. Raises what the function raised, or Tampered."""
        match answer:
            case ["returned", value, _]:
                return unpacked(value)
            case ["raised", *description, place]:
                error = rebuilt_exception(*checked_exception(description))
                setattr(error, PLACE, checked_place(place, self.files))
                raise error
        raise Tampered("an answer of no known form")

    def execution_of(self, process):
        """Return the RemoteExecution of a modelled process; the first call creates it."""
        if process not in self._executions:
            self._executions[process] = RemoteExecution(self, process)
        return self._executions[process]

    def answers(self, message):
        """Ask for steps of an execution and return one answer for each; first drop executions no longer needed."""
        if len(self._dropped) > 100:
            dropped, self._dropped = self._dropped, []
            self.expect_done(["drop", dropped])
        match self._ask(message):
            case ["answers", list(answers)] if answers and all(isinstance(item, list) and item for item in answers):
                return answers
        raise Tampered("an answer of no known form")

    def number_for(self, process):
        """Return a new number for the learner's part of an execution, which its first call will begin."""
        number = next(self._counted)
        weakref.finalize(process, self._dropped.append, number)
        return number

    def load(self, names):
        """Have the learner's process prepare functions for many runs. Raises TypeError if one cannot be copied."""
        match self._ask(["load", names]):
            case ["loaded", list(asking), list(silent)] if all(map(is_text, asking)):
                self.asking = set(asking)
                self.silent = unpacked_named(silent)
                if not all(map(is_text, self.silent.values())):
                    raise Tampered("an answer of no known form")
            case answer:
                self.result_of(answer)
                raise Tampered("an answer of no known form")

    def expect_done(self, message):
        """Send a request whose only answer is "done". Raises what the learner's process reports instead."""
        answer = self._ask(message)
        if answer != ["done"]:
            self.result_of(answer)
            raise Tampered("an answer of no known form")

    def layout_number(self, kind):
        """Return the number of a layout in the learner's process; the first call sends the layout there."""
        if kind not in self._layouts:
            self.expect_done(["layout", layouts.describe(kind)])
            self._layouts[kind] = len(self._layouts)
        return self._layouts[kind]
