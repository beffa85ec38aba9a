"""Send what a function returned or raised to the parent, and raise an exception again in another process."""

import builtins
import contextlib

from shmlab.base import raised as exceptions
from shmlab.explorer.execution.greenlet_host import place_of
from shmlab.grading.messages.operations import packed_place
from shmlab.grading.messages.texts import is_text, shortened
from shmlab.grading.messages.values import packed, unpacked
from shmlab.grading.messages.wire import Tampered

_OS_ERROR_FIELDS = ("errno", "strerror", "filename", "filename2")  # an OSError has these outside its __dict__


def returned_message(name, result, token):
    """Return ["returned", value, mark] for a function's result, or a raised_message if the value cannot travel."""
    try:
        return ["returned", packed(result), token]
    except TypeError as error:
        return raised_message(TypeError(f"{name} returned {error}"))


def raised_message(error):
    """Return ["raised", *describe_exception(error), place]."""
    return ["raised", *describe_exception(error), packed_place(place_of(error))]


def describe_exception(error):
    """Return an exception as plain data: [type, message, its nearest builtin type, args, attributes].

    What cannot travel is left out: an attribute, or all args, which are then None.
    """
    kind, message = exceptions.type_and_message(error)
    if isinstance(error, SystemExit):
        message = str(error.code or 0)
    builtin = next(base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins")
    try:
        arguments = [packed(argument) for argument in error.args]
    except TypeError:
        arguments = None
    return [shortened(kind, 100), shortened(message), builtin, arguments, _attributes(error)]


def _attributes(error):
    attributes = {name: value for name, value in vars(error).items() if not name.startswith("_shmlab")}
    if isinstance(error, OSError):
        attributes |= {name: getattr(error, name) for name in _OS_ERROR_FIELDS if getattr(error, name) is not None}
    pairs = []
    for name, value in attributes.items():
        with contextlib.suppress(TypeError):
            pairs.append([shortened(name, 100), packed(value)])
    return pairs


def checked_exception(description):
    """Check a result of `describe_exception` and return it as arguments for `rebuilt_exception`. Raises Tampered."""
    match list(description):
        case [kind, message, str(builtin), None | list() as arguments, list(attributes)]:
            named = all(isinstance(pair, list) and len(pair) == 2 and is_text(pair[0], 100) for pair in attributes)
            if is_text(kind, 100) and is_type(kind) and is_text(message) and named:
                plain = None if arguments is None else tuple(map(unpacked, arguments))
                return kind, message, builtin, plain, {name: unpacked(value) for name, value in attributes}
    raise Tampered("an exception of no known form")


def is_type(kind):
    """Tell whether a text can be the name of a type, with or without its module's name before it."""
    return all(part.isidentifier() for part in kind.split("."))


def rebuilt_exception(kind, message, builtin="", arguments=None, attributes=()):
    """Return an exception of type `kind` with this message, in another process than where it was raised.

    `builtin`: the name of its nearest builtin type, so that `except` catches it as that type here, too;
    RuntimeError if there is none.
    """
    own = _builtin_type(kind)
    base = _base(own, builtin)
    error = _from_arguments(own, message, arguments) if own is base else None
    if error is None:
        rebuilt = type(kind, (base,), {"__str__": lambda _: message})
        error = rebuilt.__new__(rebuilt)
        error.args = (message,) if arguments is None else arguments
    for name, value in dict(attributes).items():
        with contextlib.suppress(AttributeError, TypeError):
            setattr(error, name, value)
    if isinstance(error, SystemExit):
        error.code = int(message) if message.isdigit() else message
    return error


def _base(own, builtin):
    if own is None:
        base = _builtin_type(builtin)
        return base if base is not None and issubclass(base, Exception) else RuntimeError
    return (
        own if issubclass(own, Exception | SystemExit) else BaseException
    )  # a KeyboardInterrupt from there, for instance, must not interrupt this process


def _from_arguments(own, message, arguments):
    """Return an exception of a builtin type, made from its args; None if that gives another message or type."""
    if arguments is None:
        return None
    try:
        error = own(*arguments)
        return error if type(error) is own and str(error) == message else None
    except Exception:  # some types take other arguments than their args, as UnicodeDecodeError does
        return None


def _builtin_type(name):
    value = getattr(builtins, name, None)
    return value if isinstance(value, type) and issubclass(value, BaseException) else None
