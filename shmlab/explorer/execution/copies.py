"""Copies of a learner's function: each execution gets one of its own, with all that it reaches.

The copy has marks in it (see rewrite), and stand-ins for the modules that reach out (see stand_ins).
"""

import inspect
import io
import pickle
import types
import typing

import cloudpickle

from shmlab.base import pickling
from shmlab.explorer.execution import identity, own_layouts, stand_ins, uncalled
from shmlab.explorer.lookalikes.fields import with_methods
from shmlab.explorer.source import rewrite, sources


class Copied(typing.NamedTuple):
    """A function as bytes. `asks_who`: whether anything that it reaches asks which process it is, see identity.
    `silent`: what is said of a verb that it reaches, names and does not call, or "", see uncalled."""

    travelling: bytes
    asks_who: bool
    silent: str


def copied(function, layout_type=None):
    """A function with marks in it, and all that it reaches, methods of the memory's layout included. Raises TypeError
    for what cannot be copied, unless a verb is not called: that is said first."""
    layouts = () if layout_type is None else with_methods(layout_type)
    stream = io.BytesIO()
    marking = _Marking(stream)
    with pickling.by_value():
        try:
            marking.dump((function, *layouts) if layouts else function)
        except Exception as error:
            if marking.silent:
                raise TypeError(marking.silent) from error
            name = getattr(function, "__name__", "the function")
            raise TypeError(
                f"{name} cannot be copied for each interleaving: {error}. Use plain data in its globals; "
                "open files, sockets and locks inside of the function"
            ) from error
    return Copied(stream.getvalue(), marking.asks_who, marking.silent)


def dumps(function, layout_type=None):
    """The bytes of `copied`."""
    return copied(function, layout_type).travelling


class _Marking(pickling.Pickler):
    """Copies functions with marks in them, and modules that reach out as their stand-ins."""

    def __init__(self, stream):
        super().__init__(stream)
        self._spaces = {}
        self._homes = {}
        self._done = {}
        self.asks_who = False
        self.silent = ""

    def persistent_id(self, found):
        if isinstance(found, _Hook):
            return "hook", found.name
        names = stand_ins.named(found)
        if names is not None and names[-1] in identity.WHO:
            self.asks_who = True
        if names is None or names[0] == "refused":
            return names
        return "stand-in", *names

    def reducer_override(self, found):
        if isinstance(found, types.FunctionType) and pickling.is_learners_file(found.__code__.co_filename):
            found = self._done.setdefault(id(found), (self._marked(found), found))[0]
        if hasattr(type(found), "shmlab_asks_who"):  # it stands for a function that is elsewhere
            self.asks_who = self.asks_who or found.shmlab_asks_who
        self.silent = self.silent or uncalled.said_at(found)
        return _untracked(super().reducer_override(found))

    def _home(self, function):
        return self._homes.get(id(function.__globals__)) or super()._home(function)

    def _marked(self, function):
        self.asks_who = self.asks_who or identity.asks(function.__code__)
        code = sources.marked_code(function)
        if code is None:
            code = function.__code__
        marked = types.FunctionType(
            code, self._space(function.__globals__), function.__name__, function.__defaults__, function.__closure__
        )
        marked.__kwdefaults__, marked.__dict__ = function.__kwdefaults__, dict(vars(function))
        marked.__qualname__, marked.__module__ = function.__qualname__, function.__module__
        marked.__dict__.pop("__wrapped__", None)
        return marked

    def _space(self, found):
        """One copy of a module's globals for all of its functions, with the hooks of the marks in it."""
        if id(found) not in self._spaces:
            space = {name: _Hook(name) for name in stand_ins.BUILTINS} | found
            space |= {name: _Hook(name) for name in rewrite.HOOKS}
            self._spaces[id(found)] = space
            self._homes[id(space)] = pickling.module_of(found)
        return self._spaces[id(found)]


def _untracked(reduced):
    """How a class is made, with nothing in it by which cloudpickle would find the original again."""
    if not isinstance(reduced, tuple) or reduced[0] not in _CLASS_MAKERS:
        return reduced
    make, arguments, *rest = reduced
    names = list(inspect.signature(make).parameters)
    at = names.index("class_tracker_id")
    return make, (*arguments[:at], None, *arguments[at + 1 :]), *rest


_CLASS_MAKERS = (cloudpickle.cloudpickle._make_skeleton_class, cloudpickle.cloudpickle._make_skeleton_enum)


class _Hook:
    """A name that each execution fills with something of its own."""

    def __init__(self, name):
        self.name = name

    def __call__(self):
        raise NotImplementedError(f"{self.name} is filled in by an execution")


def load(travelling, process, found):
    """A fresh copy of the function behind these bytes. `process`: takes its marks; `found`: its StandIns."""
    return _Loader(io.BytesIO(travelling), process, found).load()


class _Loader(pickle.Unpickler):
    def __init__(self, stream, process, found):
        super().__init__(stream)
        self._process = process
        self._found = found

    def find_class(self, module, name):
        """What a name stands for; the learner's layouts are noted as they are made, see Process.layout_here."""
        found = super().find_class(module, name)
        return self._noted if found is pickling.build_structure else found

    def _noted(self, name, bases, body):
        made = own_layouts.built(name, bases, body)
        self._process.layouts.setdefault(name, []).append(made)
        return made

    def persistent_load(self, names):
        process, found = self._process, self._found
        match names:
            case ("hook", rewrite.MARK):
                return process.mark
            case ("hook", rewrite.TICK):
                return process.tick
            case ("hook", rewrite.NAMED):
                return process.named
            case ("hook", rewrite.LOOPED):
                return process.looped
            case ("hook", rewrite.IMPORT):
                return found.import_
            case ("hook", name):
                return found.name_in("builtins", name)
            case ("refused", module, name):
                return found.refused(module, name)
            case ("stand-in", module):
                return found.module(module)
            case ("stand-in", module, name):
                return found.name_in(module, name)
            case ("stand-in", module, name, argument):
                return found.name_in(module, name)(argument)
        raise pickle.UnpicklingError(f"unknown name {names!r}")
