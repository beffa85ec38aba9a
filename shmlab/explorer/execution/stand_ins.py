"""What a learner's function finds in a check in place of modules that reach outside of the model.

Sleeping takes no time, clocks and random numbers are drawn anew for each execution (so that a program
that depends on them is found out), bytes of shared memory are seen through struct, memoryview and
numpy, and what would start threads or processes, or end this one, is refused by name.
"""

import contextlib
import functools
import importlib.util
import itertools
import os
import random
import struct
import sys
import types

from shmlab.base import pickling
from shmlab.explorer.execution import identity, refusals
from shmlab.explorer.execution.refusals import is_error, is_whole, refusal, refuse_change
from shmlab.explorer.execution.type_stand_ins import BY_ADDRESS, Type, by_address, sizeof
from shmlab.explorer.lookalikes import raw_bytes

_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")


class Module(types.ModuleType):
    """A module with some names replaced; every other is the real module's. Nothing of it can be set."""

    def __init__(self, real, replaced, found):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(replaced)
        self.__dict__.update(_real=real, _found=found)

    def __getattr__(self, name):
        found = getattr(self.__dict__["_real"], name)
        if isinstance(found, types.ModuleType):
            return self._found.like(found)
        if self._found.refuses and is_whole(self.__name__, name) and callable(found) and not is_error(found):
            return refusal(f"{self.__name__}.{name}", self._found.process)
        return found

    def __setattr__(self, name, value):
        refuse_change(self._found.process, self.__name__, name)

    __delattr__ = functools.partialmethod(__setattr__, None)

    def __dir__(self):
        return dir(self.__dict__["_real"])

    def __repr__(self):
        return repr(self.__dict__["_real"])


class _Drawing:
    """numpy.random, with a note that it was used."""

    def __init__(self, real, process):
        self._real, self._process = real, process

    def __getattr__(self, name):
        self._process.drew = True
        return getattr(self._real, name)


class StandIns:
    """The stand-ins of one execution: `seed` decides what its clocks and random numbers say, its rank who it is.
    `refuses`: whether what reaches out of a function is refused; a replay has real processes, which may. `own`: gives
    a copy of a learner's own module, by its name, or None where it is a library's."""

    def __init__(self, process, seed, *, refuses=True, own=None):
        self.process, self.refuses, self._own = process, refuses, own
        self._random = random.Random(seed)
        self._now_s = 1e9 + self._random.random() * 1e9
        self._modules = {}
        self.path = list(sys.path)

    def module(self, name):
        """The module `name`, or what stands for it."""
        if name not in self._modules:
            copied = self._own(name, self) if self._own is not None else None
            if name == "numpy.random":
                copied = _Drawing(importlib.import_module(name), self.process)
            if copied is None:
                copied = Module(importlib.import_module(name), self._replaced(name), self)
            self._modules[name] = copied
        return self._modules[name]

    def like(self, real):
        """What stands for a module that a library's module has in it."""
        return self.module(real.__name__) if sys.modules.get(real.__name__) is real else real

    def refused(self, module, name):
        """What stands for something of a module that is refused as a whole."""
        if not self.refuses:
            return getattr(importlib.import_module(module), name)
        return refusal(f"{module}.{name}", self.process)

    def name_in(self, module, name):
        """What the learner's `from module import name` gives."""
        return getattr(self.module(module), name)

    def import_(self, module, name, leaf):
        """An import statement inside of a function."""
        parent, found = None, None
        for part in itertools.accumulate(module.split("."), "{}.{}".format):
            parent, found = found, self.module(part)
            if parent is not None and not isinstance(parent, Module):
                setattr(parent, part.rpartition(".")[2], found)
        if not name:
            return found if leaf else self.module(module.partition(".")[0])
        if not hasattr(found, name):
            with contextlib.suppress(ModuleNotFoundError):
                return self.module(f"{module}.{name}")
            if isinstance(found, Module):
                exec(f"from {module} import {name}")  # raises in Python's words
            raise ImportError(
                f"cannot import name {name!r} from {module!r} ({found.__file__})", name=module, path=found.__file__
            )
        return getattr(found, name)

    def _import_module(self, name, package=None):
        """What stands for importlib.import_module."""
        return self.import_(importlib.util.resolve_name(name, package), "", True)

    def _replaced(self, name):
        """name -> what stands for it, of what is replaced in a module."""
        return self._refusals(name) | self._seen_by(name) | identity.answers(name, self.process)

    def _seen_by(self, name):
        """What sees shared memory, clocks, random numbers, or what else is this execution's own."""
        if name == "time":
            clocks = dict.fromkeys(_CLOCKS, self._clock)
            in_ns = {f"{clock}_ns": lambda: int(self._clock() * 1e9) for clock in _CLOCKS}
            return clocks | in_ns | {"sleep": self._sleep}
        if name == "random":
            return {public: self._drawn(getattr(self._random, public)) for public in _SEEN["random"]}
        if name == "struct":
            return {public: getattr(raw_bytes, public) for public in _SEEN["struct"]}
        if name in ("numpy", "numpy.ctypeslib"):
            arrays = importlib.import_module("shmlab.explorer.lookalikes.arrays")
            return {public: getattr(arrays, public) for public in _SEEN[name]}
        if name == "ctypes":
            return {"sizeof": sizeof} | {public: by_address(public) for public in BY_ADDRESS}
        if name == "os":
            environ = dict(os.environ)
            return {"environ": environ, "getenv": environ.get}
        if name == "sys":
            return {"path": self.path, "argv": list(sys.argv)}
        if name == "importlib":
            return {"import_module": self._import_module}
        if name == "builtins":
            return {"memoryview": raw_bytes.view, "type": Type, "exit": sys.exit, "quit": sys.exit}
        return {}

    def _refusals(self, name):
        refused = refusals.NAMES.get(name, ()) if self.refuses else ()
        return {public: refusal(f"{name}.{public}", self.process) for public in refused}

    def _clock(self):
        self.process.drew = True
        self._now_s += self._random.random() * 10
        return self._now_s

    def _sleep(self, seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.process.pause()

    def _drawn(self, draw):
        def drawn(*arguments, **options):
            self.process.drew = True
            return draw(*arguments, **options)

        return drawn


_SEEN = {
    "time": (*_CLOCKS, *(f"{clock}_ns" for clock in _CLOCKS), "sleep"),
    "random": tuple(name for name in random.__all__ if name not in ("Random", "SystemRandom")),
    "struct": ("pack_into", "unpack_from", "unpack", "iter_unpack", "Struct"),
    "numpy": ("array", "asanyarray", "asarray", "ascontiguousarray", "frombuffer", "ndarray"),
    "numpy.ctypeslib": ("as_array",),
    "ctypes": ("sizeof", *BY_ADDRESS),
    "os": ("getenv",),
    "importlib": ("import_module",),
    "builtins": ("memoryview", "type", "exit", "quit"),
}
BUILTINS = (*_SEEN["builtins"], *refusals.NAMES["builtins"])
_NAMES = {
    module: tuple(name for names in (_SEEN, refusals.NAMES, identity.NAMES) for name in names.get(module, ()))
    for module in (*_SEEN, *refusals.NAMES, *identity.NAMES)
}


def named(found):
    """What to look up in StandIns for a value that a function refers to, or None: (module,) or (module, name)."""
    if isinstance(found, types.ModuleType):
        return (found.__name__,) if _is_of_a_library(found) else None
    if isinstance(found, struct.Struct):
        return "struct", "Struct", found.format
    if found is os.environ:
        return "os", "environ"
    if found is sys.path:
        return "sys", "path"
    if not callable(found):
        return None
    if (home := _homes().get(id(found))) is not None:
        return home
    home = getattr(found, "__module__", None) or type(getattr(found, "__self__", None)).__module__
    name = getattr(found, "__name__", None)
    if isinstance(home, str) and isinstance(name, str) and is_whole(home, name) and not is_error(found):
        return "refused", home, name
    return None


def _is_of_a_library(module):
    name = module.__name__
    return name != "__main__" and sys.modules.get(name) is module and not pickling.is_learners(module)


def _homes():
    """id -> (module, name) of each replaced function and class that may have been imported by its own name."""
    loaded = [module for module in _NAMES if module in sys.modules]
    return _homes_in(tuple(loaded))


@functools.cache
def _homes_in(modules):
    homes = {}
    for module in modules:
        for name in _NAMES[module]:
            found = getattr(sys.modules[module], name, None)
            if found is not None:
                _kept.append(found)  # so that no other object gets its id
                homes.setdefault(id(found), (module, name))
    return homes


_kept = []
