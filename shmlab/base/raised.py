"""Describe exceptions by type, message and the learner's own lines, in checks and in processes alike."""

import builtins
import sys
import traceback

from shmlab.base.pickling import is_learners_file

_GENERATED = "<string>"  # file name of code from dataclasses, namedtuple and exec


def type_and_message(error):
    """Return (type, message) of an exception, with its notes.

    A library's type has its module's name before it, such as struct.error. If making the message fails, the message
    says so.
    """
    kind = type(error)
    try:
        lines = [str(error), *(note for note in getattr(error, "__notes__", ()) if isinstance(note, str))]
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
    """Return the exit code for a SystemExit: 0 for no argument, a number itself (mod 256), 1 for a text."""
    return (error.code or 0) & 0xFF if error.code is None or isinstance(error.code, int) else 1


def own_steps(error):
    """Return [(file, line, function)] for the learner's own lines in a traceback, the raising one last.

    For a SyntaxError, the wrong line is added.
    """
    steps = [
        (frame.f_code.co_filename, line, frame.f_code.co_name) for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if isinstance(error, SyntaxError) and error.filename:
        steps.append((error.filename, error.lineno, "<module>"))
    steps = [step for step in steps if is_learners_file(step[0])]
    return [step for step in steps if step[0] != _GENERATED] or steps
