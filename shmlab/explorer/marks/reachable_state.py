"""What a function reaches beside its local variables and that can change while it runs.

Globals that functions assign or that hold something mutable, attributes of functions, classes, and what
the function itself is bound to. Looked for once for each execution, compared at each mark. A function that a mark
meets later, in some object, is looked at when it is met.
"""

import collections
import dis
import functools
import types

from shmlab.base.pickling import content_of, is_learners_file
from shmlab.explorer.marks import trusted
from shmlab.explorer.marks.instances import is_fresh

_PLAIN = (int, float, complex, str, bytes, bool, type(None), range, types.EllipsisType)
_CONSTANTS = (None, True, False, ...)


class ReachableState:
    """What a function can reach and change. `now()` gives it as it is, to be compared. `apart`: why no two histories
    of this execution can be compared, or "". `by_identity`: whether code asks whether two numbers are one object."""

    def __init__(self, *functions):
        self._roots = []  # of those that are called from outside, the ones that are objects
        self._spaces, self._functions = {}, {}
        self._seen, self._kept = set(), []
        self.apart, self.by_identity = "", False
        self.reasons = collections.Counter()  # why there was no mark -> how often
        for function in functions:
            self.begin(function)

    def begin(self, function):
        """A function is called from outside, for the first time perhaps."""
        if id(function) in self._seen:
            return
        if not isinstance(function, types.FunctionType):
            self._roots.append(function)
        self._walk(function)
        if self.apart:
            self.note(self.apart)

    def note(self, reason):
        """Note why there was no mark."""
        self.reasons[reason] += 1

    def follow(self, function):
        """Have what a function reaches compared, too."""
        if id(function) not in self._seen:
            self._walk(function)

    def size(self):
        """Grows whenever something more is followed."""
        return len(self._functions), sum(map(len, self._names()))

    def now(self):
        spaces = [
            [(name, space[name]) for name in sorted(names) if name in space] for space, names in self._spaces.values()
        ]
        changed = [
            (number, vars(one), one.__defaults__)
            for number, (one, defaults) in enumerate(self._functions.values())
            if vars(one) or one.__defaults__ is not defaults
        ]
        return self._roots, spaces, changed

    def _names(self):
        return [names for _, names in self._spaces.values()]

    def uses(self, *names):
        """Whether any function that is reached uses one of the names; a with-statement uses __exit__."""
        return any(
            names_used(one.__code__) & set(names) or ("__exit__" in names and has_with(one.__code__))
            for one, _ in self._functions.values()
        )

    def _walk(self, function):
        left = [function]
        while left:
            one = left.pop()
            if id(one) not in self._seen:
                self._seen.add(id(one))
                self._kept.append(one)  # so that nothing else gets its id
                left += self._reached(one)

    def _reached(self, one):
        """What is reached from one thing; notes what of it can change."""
        if isinstance(one, types.FunctionType):
            return self._reached_from_function(one)
        if isinstance(one, type):
            return [*vars(one).values(), *one.__bases__] if is_fresh(one) else []
        if isinstance(one, staticmethod | classmethod):
            return [one.__func__]
        if isinstance(one, property):
            return [one.fget, one.fset, one.fdel]
        if isinstance(one, types.MethodType):
            return [one.__func__, one.__self__]
        if isinstance(one, functools.partial):
            return [one.func, *one.args, *one.keywords.values()]
        if isinstance(one, list | tuple | set | frozenset):
            return list(one)
        if isinstance(one, dict):
            return list(one.values())
        if isinstance(one, functools._lru_cache_wrapper):
            return [one.__wrapped__]
        return [type(one), *_own(one).values()] if is_fresh(type(one)) else []

    def _reached_from_function(self, function):
        code = function.__code__
        if not is_learners_file(code.co_filename):
            return []
        self._functions[id(function)] = function, function.__defaults__
        use = use_of(code)
        self.apart = self.apart or use.inside
        self.by_identity = self.by_identity or use.by_identity
        reached = [value for cell in function.__closure__ or () for value in content_of(cell) or ()]
        reached += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        space, names = self._spaces.setdefault(id(function.__globals__), (function.__globals__, set()))
        builtins = space["__builtins__"] if isinstance(space.get("__builtins__"), dict) else {}
        for name, attributes, line in use.names:
            value = space.get(name, builtins.get(name))
            reached.append(value)
            if not (_is_plain(value) or _is_used_plainly(value, attributes)):
                names.add(name)
                self._note_library(value, name, attributes, line)
        names |= use.assigned
        return reached

    def _note_library(self, value, name, attributes, line):
        """Note a part of a library that may keep something, and that nobody could compare."""
        if isinstance(value, types.ModuleType) or (_is_of_library(value) and not trusted.keeps_nothing(value)):
            self.apart = self.apart or f"{'.'.join((name, *attributes[:1]))} in line {line}"


def _is_used_plainly(value, attributes):
    """Whether a module is only used for one of its names, which keeps nothing."""
    if not isinstance(value, types.ModuleType):
        return False
    name = value.__name__
    if trusted.module_is_known(name) and (not attributes or attributes[0] not in trusted.barred_of(name)):
        return bool(attributes) or not trusted.barred_of(name)
    return bool(attributes) and trusted.is_known(name, attributes[0])


def _is_of_library(value):
    """Whether this is a function in C, or a class, that a library has under a name."""
    kind = type(value)
    return (kind is types.BuiltinFunctionType and not _owner(value)) or (
        isinstance(value, type) and not is_fresh(value)
    )


class Use:
    """What a piece of code, with those within it, uses. `names`: [(global name, attributes taken of it, line)];
    `assigned`: globals that it assigns; `inside`: what it does that no mark follows, and where, or ""; `by_identity`:
    whether it asks whether two numbers are one object."""

    def __init__(self, code):
        self.names, self.assigned, self.inside, self.by_identity = [], set(), "", False
        self._read(code)

    def _read(self, code):
        found = [one for one in dis.get_instructions(code) if one.opname not in ("CACHE", "EXTENDED_ARG", "PRECALL")]
        line = code.co_firstlineno
        for index, one in enumerate(found):
            line = (one.positions.lineno if one.positions else None) or line
            if one.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF"):
                self.names.append((one.argval, _attributes(found[index + 1 :]), line))
            elif one.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                self.assigned.add(one.argval)
            elif one.opname in ("STORE_ATTR", "DELETE_ATTR") and _is_dunder(one.argval):
                self.inside = self.inside or f"an assignment to {one.argval} in line {line}"
            elif one.opname == "IS_OP":
                self.by_identity = self.by_identity or not _asks_for_constant(found[index - 1])
            if one.opcode in dis.hasname and isinstance(one.argval, str) and trusted.looks_inside(one.argval):
                self.inside = self.inside or f"{one.argval} in line {line}"
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._read(constant)
            elif isinstance(constant, str) and any(map(trusted.looks_inside, _words(constant))):
                self.inside = self.inside or f"the text {constant!r:.40} in line {code.co_firstlineno}"


@functools.lru_cache(maxsize=1024)
def use_of(code):
    return Use(code)


def _words(text):
    """The parts of a text that could be names of attributes."""
    return "".join(one if one.isalnum() or one == "_" else " " for one in text[:4000]).split()


def _attributes(following):
    """The attributes that are taken of what has just been loaded, one of the other."""
    names = []
    for one in following:
        if one.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            break
        names.append(one.argval)
    return tuple(names)


def _asks_for_constant(before):
    return before.opname.startswith(("LOAD_CONST", "LOAD_COMMON_CONSTANT")) and any(
        before.argval is constant for constant in _CONSTANTS
    )


def _is_dunder(name):
    return name.startswith("__") and name.endswith("__") and name != "__notes__"


@functools.lru_cache(maxsize=4096)
def names_used(code):
    """The global and attribute names in a piece of code and those within it."""
    return frozenset(code.co_names).union(*map(names_used, _within(code)))


@functools.lru_cache(maxsize=4096)
def has_with(code):
    """Whether there is a with-statement in a piece of code or those within it."""
    return any(found.opname == "WITH_EXCEPT_START" for found in dis.get_instructions(code)) or any(
        map(has_with, _within(code))
    )


def _within(code):
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def _is_plain(value):
    """Whether a global that nobody assigns can be left out: nothing in it can change."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is types.FunctionType and is_learners_file(value.__code__.co_filename):  # it is followed itself
        return not (value.__closure__ or value.__kwdefaults__) and all(map(_is_plain, value.__defaults__ or ()))
    if kind is types.MethodType:
        return trusted.is_ours(type(value.__self__).__module__) and not is_fresh(type(value.__self__))
    if kind in (tuple, frozenset):
        return all(map(_is_plain, value))
    if kind is types.BuiltinFunctionType:
        return not _owner(value) and trusted.keeps_nothing(value)
    if kind is types.FunctionType:
        return trusted.keeps_nothing(value) or trusted.is_ours(value.__globals__.get("__name__"))
    return isinstance(value, type) and not is_fresh(value) and trusted.keeps_nothing(value)


def _owner(value):
    owner = value.__self__
    return None if isinstance(owner, types.ModuleType) else owner


def _own(one):
    """What an object keeps, by name. Nobody's `__getattr__` is asked: what stands for shared memory refuses."""
    try:
        return object.__getattribute__(one, "__dict__")
    except AttributeError:
        return {}
