"""What a function returned or raised, as a message to the parent; and an exception raised again in another process."""

import builtins
import contextlib

from shmlab.base import raised as exceptions
from shmlab.explorer.execution.greenlet_host import place_of
from shmlab.grading.messages.operations import packed_place
from shmlab.grading.messages.texts import is_text, shortened
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered

_OF_THE_SYSTEM = ("errno", "strerror", "filename", "filename2")  # what an OSError keeps besides its __dict__


def returned(name, result, token):
    """["returned", its value, mark] of a function, or how a value that cannot travel is told."""
    try:
        return ["returned", packed(result), token]
    except TypeError as error:
        return raised(TypeError(f"{name} returned {error}"))


def raised(error):
    """["raised", *described(error), where]."""
    return ["raised", *described(error), packed_place(place_of(error))]


def described(error):
    """[type, words, the nearest of Python's own types that it is of, its args, its attributes] of an exception, as
    plain data. What cannot travel is left out: an attribute, or all args, which are None then."""
    kind, words = exceptions.in_words(error)
    if isinstance(error, SystemExit):
        words = str(error.code or 0)
    known = next(one.__name__ for one in type(error).__mro__ if one.__module__ == "builtins")
    try:
        arguments = [packed(one) for one in error.args]
    except TypeError:
        arguments = None
    return [shortened(kind, 100), shortened(words), known, arguments, _attributes(error)]


def _attributes(error):
    found = {name: value for name, value in vars(error).items() if not name.startswith("_shmlab")}
    if isinstance(error, OSError):
        found |= {name: getattr(error, name) for name in _OF_THE_SYSTEM if getattr(error, name) is not None}
    told = []
    for name, value in found.items():
        with contextlib.suppress(TypeError):
            told.append([shortened(name, 100), packed(value)])
    return told


def checked_exception(found):
    """What `described` gave, for `raised_again`. Raises Tampered for what it cannot have given."""
    match list(found):
        case [kind, words, str(known), None | list() as arguments, list(attributes)]:
            named = all(isinstance(one, list) and len(one) == 2 and is_text(one[0], 100) for one in attributes)
            if is_text(kind, 100) and is_type(kind) and is_text(words) and named:
                plain = None if arguments is None else tuple(map(unpacked, arguments))
                return kind, words, known, plain, {name: unpacked(value) for name, value in attributes}
    raise Tampered("an exception of no known form")


def is_type(kind):
    """Whether a text can be the name of a type, with that of its module before it where it is a library's."""
    return all(part.isidentifier() for part in kind.split("."))


def raised_again(kind, words, known="", arguments=None, attributes=()):
    """An exception of that type and with these words, in another process than where it was raised first. `known`: the
    type of Python's own that it is of, so that it is caught as one here, too; what is of none is a RuntimeError."""
    own = _own_type(kind)
    base = _base(own, known)
    error = _as_it_was(own, words, arguments) if own is base else None
    if error is None:
        made = type(kind, (base,), {"__str__": lambda _: words})
        error = made.__new__(made)
        error.args = (words,) if arguments is None else arguments
    for name, value in dict(attributes).items():
        with contextlib.suppress(AttributeError, TypeError):
            setattr(error, name, value)
    if isinstance(error, SystemExit):
        error.code = int(words) if words.isdigit() else words
    return error


def _base(own, known):
    if own is None:
        base = _own_type(known)
        return base if base is not None and issubclass(base, Exception) else RuntimeError
    return own if issubclass(own, Exception | SystemExit) else BaseException  # KeyboardInterrupt, say, is nobody's here


def _as_it_was(own, words, arguments):
    """An exception of Python's own type, made of its args; None where that gives another one."""
    if arguments is None:
        return None
    try:
        error = own(*arguments)
        return error if type(error) is own and str(error) == words else None
    except Exception:  # it wants other arguments than it keeps, as UnicodeDecodeError does
        return None


def _own_type(name):
    found = getattr(builtins, name, None)
    return found if isinstance(found, type) and issubclass(found, BaseException) else None
