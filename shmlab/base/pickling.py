"""Functions, and what they refer to, as bytes: notebook cells included, ctypes layouts included.

Everything a learner wrote travels by value, so that each process and each run gets fresh copies of
every global, closure cell and default that the function reaches. What pip installed travels by name.
"""

import contextlib
import ctypes
import functools
import io
import pathlib
import sys
import threading
import types

import cloudpickle

from shmlab.base import root
from shmlab.layout import CFIELD, copy_of

_PLACES = (sys.prefix, sys.base_prefix, root.PACKAGE)
_NAMED = tuple(str(pathlib.Path(place).resolve()) for place in _PLACES)


class Pickler(cloudpickle.Pickler):
    """cloudpickle, which cannot take ctypes layouts by value, with these taught to it.

    A learner's own module arrives as one module: its functions have its names as their globals. A cache of functools
    arrives empty, as nothing tells what is in it."""

    def __init__(self, stream):
        super().__init__(stream)
        self._shells = {}  # id of a module's names -> its _Shell

    def reducer_override(self, found):
        if isinstance(found, types.ModuleType) and is_learners(found):
            names = {name: value for name, value in vars(found).items() if name not in _OF_THE_IMPORT}
            return _itself, (self._shell(found),), names, None, None, _fill_module
        if isinstance(found, _Shell):
            return _new_module, (found.name, found.file)
        if isinstance(found, _Names):
            return vars, (found.shell,)
        if isinstance(found, _CACHED) and is_learners_file(_file_of(found)):
            return _with_an_empty_cache, (found.__wrapped__, found.cache_parameters())
        if isinstance(found, types.FunctionType) and isinstance(
            getattr(found, "registry", None), types.MappingProxyType
        ):
            return _dispatching, (dict(found.registry),)
        if isinstance(found, functools.cached_property):
            return _cached_property, (found.func, found.attrname)
        if isinstance(found, type) and _written_here(found):
            # What a program shares is strict in every process, and the function's own name for it means the same.
            if (copy := copy_of(found)) is not None:
                return _itself, (copy,)
            if issubclass(found, ctypes.Structure | ctypes.Union):
                return build_structure, _description(found)
            if issubclass(found, ctypes.Array):
                return _build_array, (found._type_, found._length_)
        if isinstance(found, type) and issubclass(found, ctypes._SimpleCData) and _is_swapped(found):
            return _swapped, (getattr(found, _NATIVE),)
        if isinstance(found, types.CellType):
            return types.CellType, (), content_of(found), None, None, _fill
        if isinstance(found, types.CodeType):
            return _code, (found.co_filename, *self.dispatch_table[types.CodeType](found))
        return self._with_its_own(found, super().reducer_override(found))

    def _with_its_own(self, found, reduced):
        """How a function is made: with its own cells, not with copies, as functions may share a variable; one of a
        learner's module with the names of that."""
        if not isinstance(reduced, tuple) or reduced[0] is not cloudpickle.cloudpickle._make_function:
            return reduced
        make, (code, names, *others, _), *rest = reduced
        home = self._home(found)
        if home is not None:
            names = self._shell(home).names
        return make, (code, names, *others, found.__closure__), *rest

    def _home(self, function):
        """The learner's own module whose names are the globals of a function, or None."""
        return module_of(function.__globals__)

    def _shell(self, module):
        key = id(vars(module))
        if key not in self._shells:
            self._shells[key] = _Shell(module)
        return self._shells[key]


def module_of(names):
    """The learner's own module that has these names, or None."""
    module = sys.modules.get(names.get("__name__"))
    found = module is not None and module.__name__ != "__main__" and vars(module) is names and is_learners(module)
    return module if found else None


_OF_THE_IMPORT = frozenset({"__builtins__", "__cached__", "__loader__", "__spec__"})


class _Shell:
    """Stands for a module before anything is in it."""

    def __init__(self, module):
        self.name, self.file = module.__name__, module.__file__
        self.names = _Names(self)


class _Names:
    """Stands for the names of a module."""

    def __init__(self, shell):
        self.shell = shell

    def __setitem__(self, name, value):
        """cloudpickle's functions get `__builtins__` in this way."""


def _new_module(name, file):
    module = types.ModuleType(name)
    module.__file__ = file
    return module


def _fill_module(module, names):
    vars(module).update(names)


_CACHED = type(functools.lru_cache(len))


def _with_an_empty_cache(function, parameters):
    return functools.lru_cache(**parameters)(function)


def _file_of(cached):
    return getattr(cached.__wrapped__, "__code__", _with_an_empty_cache.__code__).co_filename


def _dispatching(registry):
    found = functools.singledispatch(registry[object])
    for kind, function in registry.items():
        found.register(kind, function)
    return found


def _cached_property(function, name):
    found = functools.cached_property(function)
    found.attrname = name
    return found


def content_of(cell):
    """(value,) of a closure's variable, or None while it has none."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return None


def _code(file, make, arguments):
    """A piece of code, of the file that it came from: cloudpickle 3.1.3 forgets which, and lines are told by it."""
    return make(*arguments).replace(co_filename=file)


def _fill(cell, content):
    cell.cell_contents = content[0]


def dumps(found):
    """Anything that can travel, as bytes."""
    stream = io.BytesIO()
    Pickler(stream).dump(found)
    return stream.getvalue()


def dumps_call(function, args, name):
    """`(function, args)` as bytes. Raises TypeError that says what cannot travel, and the cure."""
    try:
        with by_value():
            return dumps((function, args))
    except Exception as error:
        raise TypeError(
            f"{name} cannot be sent to another process: {error}. Pass plain data, segments and semaphores; "
            "open files, sockets and locks inside of the function"
        ) from error


_registering = threading.Lock()  # cloudpickle's registry is one for all threads


@contextlib.contextmanager
def by_value():
    """Meanwhile, what stands in a learner's own modules travels by value, as what stands in a cell does."""
    with _registering:
        known = cloudpickle.list_registry_pickle_by_value()
        # By name: a process that multiprocessing spawned has its main module under two names.
        modules = {module.__name__: module for module in _learners_modules()}
        modules = [module for name, module in modules.items() if name not in {"__main__", *known}]
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)


def _learners_modules():
    """Those among the loaded modules. Most are not, and are known by now: there are a thousand."""
    for name, module in list(sys.modules.items()):
        if _installed.get(name) is not module:
            if is_learners(module):
                yield module
            else:
                _installed[name] = module


_installed = {}


def is_learners(module):
    """Whether this module is somebody's own file, and not an installed package or this one."""
    if not isinstance(module, types.ModuleType):
        return False
    file = vars(module).get("__file__")
    return isinstance(file, str) and sys.modules.get(module.__name__) is module and is_learners_file(file)


def is_learners_file(file):
    """Whether a file, or a notebook's cell, is neither installed nor this package's."""
    return not file.startswith((*_NAMED, "<frozen"))


def _written_here(layout):
    """Whether a ctypes layout cannot be found again by its name over there."""
    if layout.__module__.startswith(("ctypes", "_ctypes", "shmlab")) and issubclass(layout, ctypes.Structure):
        return getattr(sys.modules.get(layout.__module__), layout.__qualname__, None) is not layout
    return layout is not ctypes.Structure and layout is not ctypes.Union and layout is not ctypes.Array


def _description(layout):
    made = ("__dict__", "__weakref__")
    own = vars(layout).items()
    return layout.__name__, layout.__bases__, {n: v for n, v in own if n not in made and not isinstance(v, CFIELD)}


_NATIVE, _OTHER = (
    f"__ctype_{order[0]}e__" for order in (sys.byteorder, {"little": "big", "big": "little"}[sys.byteorder])
)


def _is_swapped(kind):
    """Whether this is ctypes' type of the other byte order, which has the name of the native one."""
    return getattr(kind, _OTHER, None) is kind and getattr(kind, _NATIVE, None) is not kind  # one byte has no order


def _swapped(native):
    return getattr(native, _OTHER)


def build_structure(name, bases, body):
    """A ctypes Structure or Union made again from its parts."""
    return type(bases[0])(name, bases, body)


def _itself(found):
    return found


def _build_array(element, length):
    return element * length
