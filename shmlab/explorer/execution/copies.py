"""Copy a learner's function with all that it reaches, so that each execution has one of its own.

Only so can a function be run again and again from the same start: nothing that one execution changes is seen by
another. The copy has marks in it (see rewrite), and stand-ins for the modules that reach out of the function (see
stand_ins).
"""

import inspect
import io
import pickle
import types
import typing

from shmlab.base import pickling
from shmlab.explorer.execution import identity, own_layouts, stand_ins, uncalled
from shmlab.explorer.lookalikes.fields import with_methods
from shmlab.explorer.source import rewrite, sources


class Copied(typing.NamedTuple):
    """A function as bytes. `asks_who`: whether anything that it reaches asks which process it is, see identity.
    `silent`: a message on a verb that it names without calling it, or "", see uncalled."""

    travelling: bytes
    asks_who: bool
    silent: str


def copied(function, layout_type=None):
    """Return the Copied of a function with marks in it and all that it reaches, including methods of the memory's
    layout. Raise TypeError if it cannot be copied; a verb that is not called is reported first."""
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
    """Return the bytes of `copied`."""
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

    def persistent_id(self, obj):
        if isinstance(obj, _Hook):
            return "hook", obj.name
        names = stand_ins.named(obj)
        if names is not None and names[-1] in identity.WHO:
            self.asks_who = True
        if names is None or names[0] == "refused":
            return names
        return "stand-in", *names

    def reducer_override(self, obj):
        if isinstance(obj, types.FunctionType) and pickling.is_learners_file(obj.__code__.co_filename):
            obj = self._done.setdefault(id(obj), (self._marked(obj), obj))[0]
        if hasattr(type(obj), "shmlab_asks_who"):  # it stands for a function in another process
            self.asks_who = self.asks_who or obj.shmlab_asks_who
        self.silent = self.silent or uncalled.said_at(obj)
        return _untracked(super().reducer_override(obj))

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

    def _space(self, module_globals):
        """Return the one copy of a module's globals for all of its functions, with the hooks of the marks in it."""
        if id(module_globals) not in self._spaces:
            space = {name: _Hook(name) for name in stand_ins.BUILTINS} | module_globals
            space |= {name: _Hook(name) for name in rewrite.HOOKS}
            self._spaces[id(module_globals)] = space
            self._homes[id(space)] = pickling.module_of(module_globals)
        return self._spaces[id(module_globals)]


def _untracked(reduced):
    """Return how a class is made, without the id by which cloudpickle would find the original again."""
    if not isinstance(reduced, tuple) or reduced[0] not in pickling.CLASS_MAKERS:
        return reduced
    make, arguments, *rest = reduced
    names = list(inspect.signature(make).parameters)
    index = names.index("class_tracker_id")
    return make, (*arguments[:index], None, *arguments[index + 1 :]), *rest


class _Hook:
    """A name that each execution fills with an object of its own."""

    def __init__(self, name):
        self.name = name

    def __call__(self):
        raise NotImplementedError(f"{self.name} is filled in by an execution")


def load(travelling, process, own_stand_ins):
    """Return a fresh copy of the function behind these bytes. `process`: the Process that takes its marks.
    `own_stand_ins`: its StandIns."""
    return _Loader(io.BytesIO(travelling), process, own_stand_ins).load()


class _Loader(pickle.Unpickler):
    def __init__(self, stream, process, own_stand_ins):
        super().__init__(stream)
        self._process = process
        self._own_stand_ins = own_stand_ins

    def find_class(self, module, name):
        """Return what a name stands for. The learner's layouts are noted when they are made, see
        Process.layout_here."""
        found = super().find_class(module, name)
        return self._noted if found is pickling.build_structure else found

    def _noted(self, name, bases, body):
        built = own_layouts.built(name, bases, body)
        self._process.layouts.setdefault(name, []).append(built)
        return built

    def persistent_load(self, names):
        process, own_stand_ins = self._process, self._own_stand_ins
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
                return own_stand_ins.import_
            case ("hook", name):
                return own_stand_ins.name_in("builtins", name)
            case ("refused", module, name):
                return own_stand_ins.refused(module, name)
            case ("stand-in", module):
                return own_stand_ins.module(module)
            case ("stand-in", module, name):
                return own_stand_ins.name_in(module, name)
            case ("stand-in", module, name, argument):
                return own_stand_ins.name_in(module, name)(argument)
        raise pickle.UnpicklingError(f"unknown name {names!r}")
