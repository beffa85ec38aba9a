"""How C libraries that a learner has loaded, and functions of them, are pickled: the other process loads them anew, and
is told the same of their arguments and results. Source: ctypes."""

import ctypes

_TOLD = ("argtypes", "restype", "errcheck")


def reduced(value):
    """Return what pickle's `reducer_override` returns for a library or a function that was looked up by its name; None
    for any other value."""
    if isinstance(value, ctypes.CDLL):
        functions = {name: _told(own) for name, own in vars(value).items() if isinstance(own, ctypes._CFuncPtr)}
        return _library, (type(value), value._name, value._FuncPtr._flags_), functions, None, None, _fill
    if isinstance(value, ctypes._CFuncPtr) and (library := _library_of(value)) is not None:
        return _function, (library, value.__name__, _told(value))
    return None


def _told(function):
    """Return what a learner has told ctypes about a function."""
    told = {what: getattr(function, what, None) for what in _TOLD}
    return {what: value for what, value in told.items() if value is not None or what == "restype"}


def _library_of(function):
    held = (function._objects or {}).get("0")
    return held if isinstance(held, ctypes.CDLL) and hasattr(function, "__name__") else None


def _library(kind, name, flags):
    return kind(name, use_errno=bool(flags & ctypes._FUNCFLAG_USE_ERRNO))


def _fill(library, functions):
    for name, told in functions.items():
        setattr(library, name, _function(library, name, told))


def _function(library, name, told):
    function = library[name]
    for what, value in told.items():
        setattr(function, what, value)
    return function
