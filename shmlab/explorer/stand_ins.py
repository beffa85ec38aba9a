"""What a learner's function finds in a check in place of modules that reach outside of the model.

Sleeping takes no time, clocks and random numbers are drawn anew for each execution (so that a program
that depends on them is found out), bytes of shared memory are seen through struct, memoryview and
numpy, and what would start threads or processes, or end this one, is refused by name.
"""

import ctypes
import functools
import importlib
import random
import struct
import sys
import types

from shmlab.explorer import raw

_CLOCKS = ("time", "monotonic", "perf_counter", "process_time", "thread_time")
_REFUSED = {
    "threading": (
        "Thread",
        "Timer",
        "Lock",
        "RLock",
        "Event",
        "Condition",
        "Semaphore",
        "BoundedSemaphore",
        "Barrier",
    ),
    "queue": ("SimpleQueue",),  # whose own module is _queue
    "multiprocessing": ("shared_memory",),  # a module, which nobody calls
    "os": (
        "fork",
        "forkpty",
        "kill",
        "killpg",
        "_exit",
        "abort",
        "system",
        "popen",
        "posix_spawn",
        "execv",
        "execvp",
    ),
    "signal": ("raise_signal", "signal", "alarm", "setitimer", "pause"),
    "faulthandler": ("_sigsegv",),
    "io": ("open",),
    "shmlab": ("start",),
    "builtins": ("input", "breakpoint", "open"),
}
# Of these, everything that can be called.
_REFUSED_WHOLE = (
    *("_thread", "asyncio", "concurrent", "multiprocessing", "queue", "select", "selectors", "socket", "subprocess"),
    *("shmlab.ipc", "shmlab.workers"),
)
_BY_ADDRESS = ("addressof", "byref", "pointer", "cast", "memmove", "memset", "string_at", "wstring_at")
_ENTERS = "that reaches out of the function, and a check runs each function alone, many times; "
_CURE = "leave it out of the functions that are checked, or use run(), which has real processes"


class Module(types.ModuleType):
    """A module with some names replaced; every other is the real module's."""

    def __init__(self, real, replaced, process):
        super().__init__(real.__name__, real.__doc__)
        self.__dict__.update(replaced)
        self.__dict__.update(_real=real, _process=process)

    def __getattr__(self, name):
        found = getattr(self.__dict__["_real"], name)
        if _is_whole(self.__name__) and callable(found) and not _is_error(found):
            return _refusal(f"{self.__name__}.{name}", self.__dict__["_process"])
        return found


class _Drawing:
    """numpy.random, with a note that it was used."""

    def __init__(self, real, process):
        self._real, self._process = real, process

    def __getattr__(self, name):
        self._process.drew = True
        return getattr(self._real, name)


class StandIns:
    """The stand-ins of one execution: `seed` decides what its clocks and random numbers say. `refuses`: whether
    what reaches out of a function is refused; a replay has real processes, which may."""

    def __init__(self, process, seed, *, refuses=True):
        self._process, self._refuses = process, refuses
        self._random = random.Random(seed)
        self._now_s = 1e9 + self._random.random() * 1e9
        self._modules = {}

    def module(self, name):
        """The module `name`, or what stands for it."""
        if name not in self._modules:
            real = importlib.import_module(name)
            replaced = self._replaced(name)
            self._modules[name] = (
                Module(real, replaced, self._process) if replaced or (self._refuses and _is_whole(name)) else real
            )
        return self._modules[name]

    def refused(self, module, name):
        """What stands for something of a module that is refused as a whole."""
        return (
            _refusal(f"{module}.{name}", self._process)
            if self._refuses
            else getattr(importlib.import_module(module), name)
        )

    def name_in(self, module, name):
        """What the learner's `from module import name` gives."""
        return getattr(self.module(module), name)

    def import_(self, module, name, leaf):
        """An import statement inside of a function."""
        found = self.module(module)
        if name:
            return self.module(f"{module}.{name}") if not hasattr(found, name) else getattr(found, name)
        return found if leaf else self.module(module.partition(".")[0])

    def _replaced(self, name):
        if name == "time":
            clocks = dict.fromkeys(_CLOCKS, self._clock)
            in_ns = {f"{clock}_ns": lambda: int(self._clock() * 1e9) for clock in _CLOCKS}
            return clocks | in_ns | {"sleep": self._sleep}
        if name == "random":
            return {public: self._drawn(getattr(self._random, public)) for public in _NAMES["random"]}
        if name == "struct":
            return {public: getattr(raw, public) for public in _NAMES["struct"]}
        if name == "numpy":
            arrays = importlib.import_module("shmlab.explorer.arrays")
            drawing = _Drawing(importlib.import_module("numpy.random"), self._process)
            return {"frombuffer": arrays.frombuffer, "ndarray": arrays.ndarray, "random": drawing}
        if name == "ctypes":
            return {"sizeof": _sizeof} | {public: _by_address(public) for public in _BY_ADDRESS}
        if name == "builtins":
            return {"memoryview": raw.view, "type": Type, "exit": sys.exit, "quit": sys.exit} | self._refusals(name)
        return self._refusals(name)

    def _refusals(self, name):
        return {
            public: _refusal(f"{name}.{public}", self._process) for public in _REFUSED.get(name, ()) if self._refuses
        }

    def _clock(self):
        self._process.drew = True
        self._now_s += self._random.random() * 10
        return self._now_s

    def _sleep(self, seconds):
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self._process.pause()

    def _drawn(self, draw):
        def drawn(*arguments, **options):
            self._process.drew = True
            return draw(*arguments, **options)

        return drawn


def _refusal(name, process):
    """What stands for something that a check does not do; a class, as learners derive their own from some."""

    def refused(kind, *_, **__):
        process.refuse(f"{name}: {_ENTERS}{_CURE}")

    return type(
        name.rpartition(".")[2], (), {"__new__": refused, "__init_subclass__": classmethod(lambda _, **__: None)}
    )


class _OfType(type):
    """What `type` does, but for shared memory: the type of a look-alike is its layout, as on the real segment. So a
    function that asks what it has been given gets the same answer in a check as in a real process."""

    def __call__(cls, *arguments, **named):
        if cls is Type and len(arguments) == 1 and not named:
            kind = type(arguments[0])
            return getattr(kind, "layout_of", None) or kind
        return super().__call__(*arguments, **named) if cls is not Type else type(*arguments, **named)

    def __instancecheck__(cls, found):
        return isinstance(found, type) if cls is Type else super().__instancecheck__(found)

    def __subclasscheck__(cls, found):
        return issubclass(found, type) if cls is Type else super().__subclasscheck__(found)

    def __eq__(cls, other):
        return other is cls or (cls is Type and other is type)

    def __hash__(cls):
        return hash(type) if cls is Type else super().__hash__()


class Type(type, metaclass=_OfType):
    """What a learner's function finds as `type`."""


def _sizeof(found):
    return ctypes.sizeof(getattr(type(found), "layout_of", None) or getattr(found, "layout_of", None) or found)


def _by_address(name):
    """A function of ctypes that goes around the fields, refused on shared memory."""

    def called(*arguments):
        if any(hasattr(type(one), "layout_of") for one in arguments):
            raise NotImplementedError(f"a check does not follow ctypes.{name} of shared memory: use its fields")
        return getattr(ctypes, name)(*arguments)

    return called


MODULES = frozenset({"time", "random", "struct", "numpy", "ctypes", *_REFUSED}) - {"builtins"}
BUILTINS = ("memoryview", "type", "exit", "quit", *_REFUSED["builtins"])
_NAMES = {
    "time": (*_CLOCKS, *(f"{clock}_ns" for clock in _CLOCKS), "sleep"),
    "random": tuple(name for name in random.__all__ if name not in ("Random", "SystemRandom")),
    "struct": ("pack_into", "unpack_from", "unpack", "iter_unpack", "Struct"),
    "numpy": ("frombuffer", "ndarray"),
    "ctypes": ("sizeof", *_BY_ADDRESS),
    **_REFUSED,
    "builtins": BUILTINS,
}


def named(found):
    """What to look up in StandIns for a value that a function refers to, or None: (module,) or (module, name)."""
    if isinstance(found, types.ModuleType):
        return (found.__name__,) if found.__name__ in MODULES or _is_whole(found.__name__) else None
    if isinstance(found, struct.Struct):
        return "struct", "Struct", found.format
    if not callable(found):
        return None
    home = getattr(found, "__module__", None) or type(getattr(found, "__self__", None)).__module__
    name = getattr(found, "__name__", None)
    if isinstance(home, str) and isinstance(name, str) and _is_whole(home) and not _is_error(found):
        return "refused", home, name
    return _homes().get(id(found))


def _is_whole(module):
    return any(module == one or module.startswith(f"{one}.") for one in _REFUSED_WHOLE)


def _is_error(found):
    return isinstance(found, type) and issubclass(found, BaseException)


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
                homes[id(found)] = module, name
    return homes


_kept = []
