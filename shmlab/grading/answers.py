"""What a function returned or raised, as a message to the parent; and an exception raised again in another process."""

import builtins
import traceback

from shmlab.explorer.ops import Place
from shmlab.explorer.process import in_words
from shmlab.grading.wire import packed, packed_place, shortened
from shmlab.pickling import is_learners_file


def returned(name, result, token):
    try:
        return ["returned", packed(result), token]
    except TypeError as error:
        return ["raised", "TypeError", shortened(f"{name} returned {error}"), None]


def raised(error):
    kind, words = in_words(error)
    if isinstance(error, SystemExit):
        words = str(error.code or 0)
    elif (known := _known(type(error))) not in (kind, "RuntimeError", "Exception", "BaseException"):
        # A learner's own ValueError is caught as one over there, too. (What is not known there becomes a RuntimeError.)
        kind, words = known, f"{kind}: {words}" if words else kind
    return ["raised", shortened(kind, 100), shortened(words), packed_place(place_of(error))]


def _known(kind):
    """The name of the nearest type of Python's own that an exception is of."""
    return next(one.__name__ for one in kind.__mro__ if one.__module__ == "builtins")


def place_of(error):
    """The Place in the learner's code, or in a driver's, where an exception arose last; or None."""
    last = None
    for frame, line in traceback.walk_tb(error.__traceback__):
        if is_learners_file(frame.f_code.co_filename):
            last = Place(frame.f_code.co_filename, line, frame.f_code.co_name, ())
    return last


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
