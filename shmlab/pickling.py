"""Functions, and what they refer to, as bytes: notebook cells included, ctypes layouts included.

Everything a learner wrote travels by value, so that each process and each run gets fresh copies of
every global, closure cell and default that the function reaches. What pip installed travels by name.
"""

import ctypes
import io
import pathlib
import sys
import types

import cloudpickle

_PLACES = (sys.prefix, sys.base_prefix, pathlib.Path(__file__).parent)
_NAMED = tuple(str(pathlib.Path(place).resolve()) for place in _PLACES)


class _Pickler(cloudpickle.Pickler):
    """cloudpickle, which cannot take ctypes layouts by value, with these taught to it."""

    def reducer_override(self, found):
        if isinstance(found, type) and _written_here(found):
            if issubclass(found, ctypes.Structure | ctypes.Union):
                return _build_structure, _description(found)
            if issubclass(found, ctypes.Array):
                return _build_array, (found._type_, found._length_)
        return super().reducer_override(found)


def dumps_call(function, args, name):
    """`(function, args)` as bytes. Raises TypeError that says what cannot travel, and the cure."""
    module = sys.modules.get(getattr(function, "__module__", None))
    by_value = module is not None and module.__name__ != "__main__" and _is_learners(module)
    if by_value:
        cloudpickle.register_pickle_by_value(module)
    try:
        stream = io.BytesIO()
        _Pickler(stream).dump((function, args))
        return stream.getvalue()
    except Exception as error:
        raise TypeError(
            f"{name} cannot be sent to another process: {error}. Pass plain data, segments and semaphores; "
            "open files, sockets and locks inside of the function"
        ) from error
    finally:
        if by_value:
            cloudpickle.unregister_pickle_by_value(module)


def _is_learners(module):
    """Whether this module is somebody's own file, and not an installed package or this one."""
    file = getattr(module, "__file__", None)
    return isinstance(module, types.ModuleType) and file is not None and not file.startswith(_NAMED)


def _written_here(layout):
    """Whether a ctypes layout cannot be found again by its name over there."""
    if layout.__module__.startswith(("ctypes", "_ctypes", "shmlab")) and issubclass(layout, ctypes.Structure):
        return getattr(sys.modules.get(layout.__module__), layout.__qualname__, None) is not layout
    return layout is not ctypes.Structure and layout is not ctypes.Union and layout is not ctypes.Array


def _description(layout):
    own = vars(layout)
    made = {"__dict__", "__weakref__", *(name for name, *_ in own.get("_fields_", ()))}
    body = {name: value for name, value in own.items() if name not in made}
    return layout.__name__, layout.__bases__, body


def _build_structure(name, bases, body):
    return type(bases[0])(name, bases, body)


def _build_array(element, length):
    return element * length
