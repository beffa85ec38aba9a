"""The objects that a learner's function gets in a check in place of modules that reach outside of the model.

Sleeping takes no time. Clocks and random numbers differ in each execution, and are extreme in some of them, so that a
program that depends on them is noticed. struct, memoryview and numpy see the bytes of shared memory. What would start
threads or processes, or end this one, is refused by name.
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

_EXTREME_DRAWS = 4  # a method that draws until a number fits has to come to an end
_MOST_S = 10.0  # between two looks at a clock
_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")


class Module(types.ModuleType):
    """A module with some names replaced; every other name is the real module's. None of them can be set."""

    def __init__(self, real, replaced, own_stand_ins):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(replaced)
        self.__dict__.update(_real=real, _stand_ins=own_stand_ins)

    def __getattr__(self, name):
        value = getattr(self.__dict__["_real"], name)
        if isinstance(value, types.ModuleType):
            return self._stand_ins.like(value)
        if self._stand_ins.refuses and is_whole(self.__name__, name) and callable(value) and not is_error(value):
            return refusal(f"{self.__name__}.{name}", self._stand_ins.process)
        return value

    def __setattr__(self, name, value):
        refuse_change(self._stand_ins.process, self.__name__, name)

    __delattr__ = functools.partialmethod(__setattr__, None)

    def __dir__(self):
        return dir(self.__dict__["_real"])

    def __repr__(self):
        return repr(self.__dict__["_real"])


class _Drawing:
    """numpy.random; notes that it was used, and that no seed decides what comes."""

    def __init__(self, real, process):
        self._real, self._process = real, process

    def __getattr__(self, name):
        self._process.drew = self._process.adrift = True
        return getattr(self._real, name)


class _Draws(random.Random):
    """Random numbers, of which the first few are as small as can be in every third execution, and as large as can be
    in another third; the clock then stands nearly still, or leaps. `seed`: of the execution."""

    def __init__(self, seed):
        super().__init__(seed)
        self._extreme, self._left = (None, 0.0, 1 - 2**-53)[seed % 3], _EXTREME_DRAWS

    def seed(self, *seed):
        """Begin the numbers that a seed stands for: none of them is extreme."""
        super().seed(*seed)
        self._left = 0

    def random(self):
        return super().random() if self._next_extreme() is None else self._extreme

    def _randbelow(self, limit):
        """Return a number below `limit`; random.Random draws all its whole numbers by this method."""
        if self._next_extreme() is not None:
            return round(self._extreme) * (limit - 1)
        return self._randbelow_with_getrandbits(limit)  # as random.Random: a seed stands for the same numbers

    def getrandbits(self, bits):
        return super().getrandbits(bits) if self._next_extreme() is None else round(self._extreme) * (2**bits - 1)

    def passed_s(self):
        """Return how much time has passed since the last look at a clock, in seconds."""
        extreme = self._next_extreme()
        return _MOST_S * (super().random() if extreme is None else max(extreme, 1e-7))

    def _next_extreme(self):
        """Count a draw, and return its extreme value, 0 or nearly 1, or None."""
        self._left -= 1
        return self._extreme if self._left >= 0 else None


class StandIns:
    """The stand-ins of one execution. `seed`: decides its clocks and random numbers. `refuses`: whether it refuses
    what reaches out of a function; a replay has real processes, which may do that. `own`: called with the name of a
    module and these StandIns, returns a copy of a learner's own module, or None for a library's."""

    def __init__(self, process, seed, *, refuses=True, own=None):
        self.process, self.refuses, self._own = process, refuses, own
        self._random = _Draws(seed)
        self._now_s = 1e9 + random.Random(seed).random() * 1e9
        self._modules = {}
        self.path = list(sys.path)

    def to_come(self):
        """Return bytes that decide, for one seed, which numbers and times come next; b"" where none was asked for."""
        if not self.process.drew:
            return b""
        _, words, spare = self._random.getstate()
        return repr((self._now_s, hash(words), spare)).encode()

    def module(self, name):
        """Return the module `name`, or its stand-in."""
        if name not in self._modules:
            copied = self._own(name, self) if self._own is not None else None
            if name == "numpy.random":
                copied = _Drawing(importlib.import_module(name), self.process)
            if copied is None:
                copied = Module(importlib.import_module(name), self._replaced(name), self)
            self._modules[name] = copied
        return self._modules[name]

    def like(self, real):
        """Return the stand-in for a module that a library's module contains."""
        return self.module(real.__name__) if sys.modules.get(real.__name__) is real else real

    def refused(self, module, name):
        """Return the stand-in for something in a module that is refused as a whole."""
        if not self.refuses:
            return getattr(importlib.import_module(module), name)
        return refusal(f"{module}.{name}", self.process)

    def name_in(self, module, name):
        """Return what the learner's `from module import name` gives."""
        return getattr(self.module(module), name)

    def import_(self, module, name, leaf):
        """Do an import statement inside of a function."""
        parent, imported = None, None
        for part in itertools.accumulate(module.split("."), "{}.{}".format):
            parent, imported = imported, self.module(part)
            if parent is not None and not isinstance(parent, Module):
                setattr(parent, part.rpartition(".")[2], imported)
        if not name:
            return imported if leaf else self.module(module.partition(".")[0])
        if not hasattr(imported, name):
            with contextlib.suppress(ModuleNotFoundError):
                return self.module(f"{module}.{name}")
            if isinstance(imported, Module):
                exec(f"from {module} import {name}")  # raises Python's own error
            raise ImportError(
                f"cannot import name {name!r} from {module!r} ({imported.__file__})",
                name=module,
                path=imported.__file__,
            )
        return getattr(imported, name)

    def _import_module(self, name, package=None):
        """Stand for importlib.import_module."""
        return self.import_(importlib.util.resolve_name(name, package), "", True)

    def _replaced(self, name):
        """Return {name: stand-in} for the names of a module that are replaced."""
        return self._refusals(name) | self._seen_by(name) | identity.answers(name, self.process)

    def _seen_by(self, name):
        """Return {name: stand-in} for what sees shared memory, clocks, random numbers, or other things of this
        execution's own."""
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
        self._now_s += self._random.passed_s()
        return self._now_s

    def _sleep(self, seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.process.pause()

    def _drawn(self, draw):
        def drawing(*arguments, **options):
            self.process.drew = True
            return draw(*arguments, **options)

        return drawing


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


def named(value):
    """Return how to look up in StandIns a value that a function refers to, as (module,) or (module, name); None if it
    has no stand-in."""
    if isinstance(value, types.ModuleType):
        return (value.__name__,) if _is_of_a_library(value) else None
    if isinstance(value, struct.Struct):
        return "struct", "Struct", value.format
    if value is os.environ:
        return "os", "environ"
    if value is sys.path:
        return "sys", "path"
    if not callable(value):
        return None
    if (home := _homes().get(id(value))) is not None:
        return home
    home = getattr(value, "__module__", None) or type(getattr(value, "__self__", None)).__module__
    name = getattr(value, "__name__", None)
    if isinstance(home, str) and isinstance(name, str) and is_whole(home, name) and not is_error(value):
        return "refused", home, name
    return None


def _is_of_a_library(module):
    name = module.__name__
    return name != "__main__" and sys.modules.get(name) is module and not pickling.is_learners(module)


def _homes():
    """Return {id: (module, name)} for each replaced function or class that may have been imported by its own name."""
    loaded = [module for module in _NAMES if module in sys.modules]
    return _homes_in(tuple(loaded))


@functools.cache
def _homes_in(modules):
    homes = {}
    for module in modules:
        for name in _NAMES[module]:
            value = getattr(sys.modules[module], name, None)
            if value is not None:
                _references.append(value)  # so that no other object gets its id
                homes.setdefault(id(value), (module, name))
    return homes


_references = []
