"""Pickle functions with everything that they refer to, also functions from notebook cells and ctypes layouts.

Everything that a learner wrote travels by value, so that each process and each run gets fresh copies of every global,
closure cell and default that the function reaches. What pip installed travels by name.
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

from shmlab.base import c_libraries, root
from shmlab.layout import CFIELD, copy_of

_PLACES = (sys.prefix, sys.base_prefix, root.PACKAGE)
_NAMED = tuple(str(pathlib.Path(place).resolve()) for place in _PLACES)


class Pickler(cloudpickle.Pickler):
    """Extend cloudpickle's Pickler, which cannot pickle ctypes layouts by value.

    A learner's own module arrives as one module: its functions share its names as their globals. A functools cache
    arrives empty, because its content cannot be read.
    """

    def __init__(self, stream):
        super().__init__(stream)
        self._empty_modules = {}  # id of a module's namespace -> its _EmptyModule

    def reducer_override(self, value):
        if isinstance(value, types.ModuleType) and is_learners(value):
            names = {name: content for name, content in vars(value).items() if name not in _OF_THE_IMPORT}
            return _itself, (self._empty_module(value),), names, None, None, _fill_module
        if isinstance(value, _EmptyModule):
            return _new_module, (value.name, value.file)
        if isinstance(value, _Namespace):
            return vars, (value.module,)
        if isinstance(value, _CACHED) and is_learners_file(_file_of(value)):
            return _with_an_empty_cache, (value.__wrapped__, value.cache_parameters())
        if isinstance(value, types.FunctionType) and type(getattr(value, "registry", None)) is types.MappingProxyType:
            return _singledispatch, (dict(value.registry),)
        if isinstance(value, functools.cached_property):
            return _cached_property, (value.func, value.attrname)
        if isinstance(value, type) and _travels_by_value(value):
            # A program's layout is a strict copy in every process; the function's own name must refer to that copy.
            if (copy := copy_of(value)) is not None:
                return _itself, (copy,)
            if issubclass(value, ctypes.Structure | ctypes.Union):
                return build_structure, description(value)
            if issubclass(value, ctypes.Array):
                return _build_array, (value._type_, value._length_)
        if isinstance(value, type) and issubclass(value, ctypes._SimpleCData) and _is_swapped(value):
            return _swapped, (getattr(value, _NATIVE),)
        if isinstance(value, types.CellType):
            return types.CellType, (), content_of(value), None, None, _fill
        if isinstance(value, types.CodeType):
            return _code, (value.co_filename, *self.dispatch_table[types.CodeType](value))
        return c_libraries.reduced(value) or _whole_class(value, self._with_its_own(value))

    def _with_its_own(self, value):
        """Return how to rebuild a function with its own closure cells, because functions may share a variable.

        A function of a learner's module also keeps that module's namespace as its globals.
        """
        reduced = super().reducer_override(value)
        if not isinstance(reduced, tuple) or reduced[0] is not cloudpickle.cloudpickle._make_function:
            return reduced
        make, (code, names, *others, _), *rest = reduced
        home = self._home(value)
        if home is not None:
            names = self._empty_module(home).names
        return make, (code, names, *others, value.__closure__), *rest

    def _home(self, function):
        """Return the learner's own module whose namespace is a function's globals, or None."""
        return module_of(function.__globals__)

    def _empty_module(self, module):
        key = id(vars(module))
        if key not in self._empty_modules:
            self._empty_modules[key] = _EmptyModule(module)
        return self._empty_modules[key]


def _whole_class(value, reduced):
    """Return how to rebuild a class with what cloudpickle 3.1.3 loses: the attributes of an enum's members, and slots
    with private names."""
    if not isinstance(reduced, tuple) or reduced[0] not in CLASS_MAKERS:
        return reduced
    make, arguments, (names, slots), *_, fill = reduced
    names = {name: content for name, content in names.items() if not isinstance(content, types.MemberDescriptorType)}
    if make is not _MAKE_ENUM:
        return make, arguments, (names, slots), None, None, fill
    own = {name: vars(member) for name, member in value.__members__.items()}
    own = {name: {key: its[key] for key in its if key not in _OF_A_MEMBER} for name, its in own.items()}
    return make, arguments, ((names, slots), own), None, None, _fill_enum


_MAKE_ENUM = cloudpickle.cloudpickle._make_skeleton_enum
CLASS_MAKERS = (cloudpickle.cloudpickle._make_skeleton_class, _MAKE_ENUM)
_OF_A_MEMBER = frozenset({"_value_", "_name_", "__objclass__", "_sort_order_"})


def _fill_enum(made, state):
    of_the_class, own = state
    cloudpickle.cloudpickle._class_setstate(made, of_the_class)
    for name, attributes in own.items():
        vars(made[name]).update(attributes)


def module_of(names):
    """Return the learner's own module whose namespace is the dict `names`, or None."""
    module = sys.modules.get(names.get("__name__"))
    own = module is not None and module.__name__ != "__main__" and vars(module) is names and is_learners(module)
    return module if own else None


_OF_THE_IMPORT = frozenset({"__builtins__", "__cached__", "__loader__", "__spec__"})


class _EmptyModule:
    """Stand for a module before it has any content."""

    def __init__(self, module):
        self.name, self.file = module.__name__, module.__file__
        self.names = _Namespace(self)


class _Namespace:
    """Stand for the namespace of a module."""

    def __init__(self, module):
        self.module = module

    def __setitem__(self, name, value):
        """Accept `__builtins__`, which cloudpickle sets on a function's globals."""


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


def _singledispatch(registry):
    dispatcher = functools.singledispatch(registry[object])
    for kind, function in registry.items():
        dispatcher.register(kind, function)
    return dispatcher


def _cached_property(function, name):
    cached = functools.cached_property(function)
    cached.attrname = name
    return cached


def content_of(cell):
    """Return (value,) of a closure's variable, or None while it is not set."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return None


def _code(file, make, arguments):
    """Return a code object with its file name, which cloudpickle 3.1.3 drops but which is needed to show lines."""
    return make(*arguments).replace(co_filename=file)


def _fill(cell, content):
    cell.cell_contents = content[0]


def dumps(value):
    """Return a pickled value as bytes."""
    stream = io.BytesIO()
    Pickler(stream).dump(value)
    return stream.getvalue()


def dumps_call(function, args, name):
    """Return `(function, args)` pickled as bytes. Raises TypeError, which says what cannot travel and what to do."""
    try:
        with by_value():
            return dumps((function, args))
    except Exception as error:
        raise TypeError(
            f"{name} cannot be sent to another process: {error}. Pass plain data, segments and semaphores; "
            "open files, sockets and locks inside of the function"
        ) from error


_registering = threading.Lock()  # all threads share cloudpickle's registry


@contextlib.contextmanager
def by_value():
    """Within the with-block, pickle what a learner's own modules define by value, as what a cell defines."""
    with _registering:
        registered = cloudpickle.list_registry_pickle_by_value()
        # Keyed by name, because a process spawned by multiprocessing has its main module under two names.
        modules = {module.__name__: module for module in _learners_modules()}
        modules = [module for name, module in modules.items() if name not in {"__main__", *registered}]
        for module in modules:
            cloudpickle.register_pickle_by_value(module)
        try:
            yield
        finally:
            for module in modules:
                cloudpickle.unregister_pickle_by_value(module)


def _learners_modules():
    """Yield the learner's own modules among the loaded ones; the others, about a thousand, are checked only once."""
    for name, module in list(sys.modules.items()):
        if _installed.get(name) is not module:
            if is_learners(module):
                yield module
            else:
                _installed[name] = module


_installed = {}


def is_learners(module):
    """Tell whether a module is a learner's own file, and not an installed package or this one."""
    if not isinstance(module, types.ModuleType):
        return False
    file = vars(module).get("__file__")
    return isinstance(file, str) and sys.modules.get(module.__name__) is module and is_learners_file(file)


def is_learners_file(file):
    """Tell whether a file, or a notebook's cell, is neither installed nor part of this package."""
    return not file.startswith((*_NAMED, "<frozen"))


def _travels_by_value(layout):
    """Tell whether another process cannot import a ctypes layout by its name."""
    if layout.__module__.startswith(("ctypes", "_ctypes", "shmlab")) and issubclass(layout, ctypes.Structure):
        return getattr(sys.modules.get(layout.__module__), layout.__qualname__, None) is not layout
    return layout is not ctypes.Structure and layout is not ctypes.Union and layout is not ctypes.Array


def description(layout):
    """Return what build_structure takes to build a layout anew: its name, bases and body."""
    generated = ("__dict__", "__weakref__")
    own = vars(layout).items()
    return layout.__name__, layout.__bases__, {n: v for n, v in own if n not in generated and not isinstance(v, CFIELD)}


_NATIVE, _OTHER = (
    f"__ctype_{order[0]}e__" for order in (sys.byteorder, {"little": "big", "big": "little"}[sys.byteorder])
)


def _is_swapped(kind):
    """Tell whether this is ctypes' type with the other byte order, which has the same name as the native one."""
    return getattr(kind, _OTHER, None) is kind and getattr(kind, _NATIVE, None) is not kind  # one byte has no order


def _swapped(native):
    return getattr(native, _OTHER)


def build_structure(name, bases, body):
    """Return a ctypes Structure or Union rebuilt from its parts."""
    return type(bases[0])(name, bases, body)


def _itself(value):
    return value


def _build_array(element, length):
    return element * length
