"""What a function returned or raised, as a message to the parent; and an exception raised again in another process."""

import builtins

from shmlab.explorer.host import place_of
from shmlab.explorer.process import in_words
from shmlab.grading.wire import packed, packed_place, shortened


def returned(name, result, token):
    try:
        return ["returned", packed(result), token]
    except TypeError as error:
        return ["raised", "TypeError", shortened(f"{name} returned {error}"), None, "TypeError"]


def raised(error):
    """["raised", its type, words, where, the nearest of Python's own types that it is of]."""
    kind, words = in_words(error)
    if isinstance(error, SystemExit):
        words = str(error.code or 0)
    known = next(one.__name__ for one in type(error).__mro__ if one.__module__ == "builtins")
    return ["raised", shortened(kind, 100), shortened(words), packed_place(place_of(error)), known]


def raised_again(kind, words, known=""):
    """An exception of that type and with these words, in another process than where it was raised first. `known`: the
    type of Python's own that it is of, so that it is caught as one here, too; what is of none is a RuntimeError."""
    base = _own_type(kind)
    if base is None:
        base = _own_type(known)
        base = base if base not in (None, Exception) and issubclass(base, Exception) else RuntimeError
    elif not issubclass(base, Exception | SystemExit):  # KeyboardInterrupt, say, is nobody's here
        base = BaseException
    made = type(kind, (base,), {"__str__": lambda _: words})
    error = made.__new__(made)
    if base is SystemExit:
        error.code = int(words) if words.isdigit() else words
    return error


def _own_type(name):
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
