"""An exception in words, and the learner's own lines that it came through: the same in a check and in a process."""

import builtins
import sys
import traceback

from shmlab.base.pickling import is_learners_file

_GENERATED = "<string>"  # the file of what dataclasses and namedtuple write, and of what exec is given


def type_and_message(error):
    """(type, message) of an exception, notes included. A type of a library has its module before it, as in
    struct.error; a message that cannot be made is left out."""
    kind = type(error)
    try:
        lines = [str(error), *(one for one in getattr(error, "__notes__", ()) if isinstance(one, str))]
        message = "\n".join(lines).rstrip()
    except KeyboardInterrupt:
        raise
    except BaseException as other:  # a learner's __str__ may do anything
        message = f"(its message failed with {type(other).__name__})"
    return (f"{kind.__module__}.{kind.__qualname__}" if _is_of_a_library(kind) else kind.__name__), message


def _is_of_a_library(kind):
    home = kind.__module__
    if home in (builtins.__name__, "__main__") or home.partition(".")[0] == "shmlab":
        return False
    module = sys.modules.get(home)
    return module is not None and not is_learners_file(getattr(module, "__file__", None) or "<frozen>")


def exit_code(error):
    """What sys.exit(x) means to the system, by the SystemExit: nothing is 0, a number itself, a text 1."""
    return (error.code or 0) & 0xFF if error.code is None or isinstance(error.code, int) else 1


def own_steps(error):
    """[(file, line, function)] of the learner's own lines in a traceback, the one that raised last; of a SyntaxError,
    the line that is none."""
    steps = [
        (frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        steps.append((error.filename, error.lineno, "<module>"))
    steps = [step for step in steps if is_learners_file(step[0])]
    return [step for step in steps if step[0] != _GENERATED] or steps
