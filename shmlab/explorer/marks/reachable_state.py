"""Find what a function reaches besides its local variables and what can change while it runs.

These are globals that functions assign or that hold something mutable, attributes of functions, classes, and whatever
the function itself is bound to. They are looked for once in each execution and compared at each mark. A function that
a mark meets later, in some object, is examined when it is met.
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
    """The state that functions can reach and change. `apart`: why no two histories of this execution can be compared,
    or "". `by_identity`: whether code asks whether two numbers are one object. `reasons`: {why there was no mark: how
    often}."""

    def __init__(self, *functions):
        self._roots = []  # the callables called from outside that are no plain functions
        self._spaces, self._functions = {}, {}
        self._seen, self._references = set(), []
        self.apart, self.by_identity = "", False
        self.reasons = collections.Counter()
        for function in functions:
            self.begin(function)

    def begin(self, function):
        """Examine a function that is called from outside, if it is new."""
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
        """Return a value that changes whenever something more is followed."""
        return len(self._functions), sum(map(len, self._names()))

    def now(self):
        """Return the state as it is now, to be compared."""
        spaces = [
            [(name, space[name]) for name in sorted(names) if name in space] for space, names in self._spaces.values()
        ]
        changed = [
            (number, vars(function), function.__defaults__)
            for number, (function, defaults) in enumerate(self._functions.values())
            if vars(function) or function.__defaults__ is not defaults
        ]
        return self._roots, spaces, changed, self._compared() if self.by_identity else ()

    def _compared(self):
        """Return the constants and plain globals of all functions: where code asks whether something is one object, it
        matters whether a variable holds one of these or its equal."""
        spaces = {function.__code__: function.__globals__ for function, _ in self._functions.values()}
        return [
            [*use_of(code).constants, *filter(_is_value, (spaces[code].get(name) for name, _, _ in use_of(code).names))]
            for code in sorted(spaces, key=lambda code: (code.co_filename, code.co_firstlineno, code.co_qualname))
        ]

    def _names(self):
        return [names for _, names in self._spaces.values()]

    def uses(self, *names):
        """Return whether any function that is reached uses one of the names; a with-statement uses __exit__."""
        return any(
            names_used(function.__code__) & set(names) or ("__exit__" in names and has_with(function.__code__))
            for function, _ in self._functions.values()
        )

    def _walk(self, function):
        remaining = [function]
        while remaining:
            obj = remaining.pop()
            if id(obj) not in self._seen:
                self._seen.add(id(obj))
                self._references.append(obj)  # so that no other object gets its id
                remaining += self._reached(obj)

    def _reached(self, obj):
        """Return what one object leads to; note what can change in it."""
        if isinstance(obj, types.FunctionType):
            return self._reached_from_function(obj)
        if isinstance(obj, type):
            return [*vars(obj).values(), *obj.__bases__] if is_fresh(obj) else []
        if isinstance(obj, staticmethod | classmethod):
            return [obj.__func__]
        if isinstance(obj, property):
            return [obj.fget, obj.fset, obj.fdel]
        if isinstance(obj, types.MethodType):
            return [obj.__func__, obj.__self__]
        if isinstance(obj, functools.partial):
            return [obj.func, *obj.args, *obj.keywords.values()]
        if isinstance(obj, list | tuple | set | frozenset):
            return list(obj)
        if isinstance(obj, dict):
            return list(obj.values())
        if isinstance(obj, functools._lru_cache_wrapper):
            return [obj.__wrapped__]
        return [type(obj), *_own_attributes(obj).values()] if is_fresh(type(obj)) else []

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
        """Note a library's object that may hold something which cannot be compared."""
        if isinstance(value, types.ModuleType) or (_is_of_library(value) and not trusted.keeps_nothing(value)):
            self.apart = self.apart or f"{'.'.join((name, *attributes[:1]))} in line {line}"


def _is_used_plainly(value, attributes):
    """Return whether a module is used only for one of its names, and that name holds nothing."""
    if not isinstance(value, types.ModuleType):
        return False
    name = value.__name__
    if trusted.module_is_known(name) and (not attributes or attributes[0] not in trusted.barred_of(name)):
        return bool(attributes) or not trusted.barred_of(name)
    return bool(attributes) and trusted.is_known(name, attributes[0])


def _is_of_library(value):
    """Return whether this is a library's class, or its function in C."""
    kind = type(value)
    return (kind is types.BuiltinFunctionType and not _owner(value)) or (
        isinstance(value, type) and not is_fresh(value)
    )


class Use:
    """What a piece of code uses, including the code within it. `names`: [(global name, attributes taken of it, line)].
    `assigned`: the globals that it assigns. `inside`: what it does that no mark can follow, and where, or "".
    `by_identity`: whether it asks whether two numbers are one object. `constants`: those that stand in it."""

    def __init__(self, code):
        self.names, self.constants, self.assigned, self.inside, self.by_identity = [], [], set(), "", False
        self._read(code)

    def _read(self, code):
        instructions = [
            instruction
            for instruction in dis.get_instructions(code)
            if instruction.opname not in ("CACHE", "EXTENDED_ARG", "PRECALL")
        ]
        line = code.co_firstlineno
        by_name = {"setattr", "delattr"} & {*code.co_names}
        for index, instruction in enumerate(instructions):
            line = (instruction.positions.lineno if instruction.positions else None) or line
            if instruction.opname in ("LOAD_GLOBAL", "LOAD_NAME", "LOAD_CLASSDEREF"):
                self.names.append((instruction.argval, _attributes(instructions[index + 1 :]), line))
            elif instruction.opname in ("STORE_GLOBAL", "DELETE_GLOBAL"):
                self.assigned.add(instruction.argval)
            elif instruction.opname in ("STORE_ATTR", "DELETE_ATTR") and _is_dunder(instruction.argval):
                self.inside = self.inside or f"an assignment to {instruction.argval} in line {line}"
            elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD") and instruction.argval == "__annotations__":
                self.inside = self.inside or f"__annotations__ in line {line}"
            elif instruction.opname == "IS_OP":
                self.by_identity = self.by_identity or not _asks_for_constant(instructions[index - 1])
            if (
                instruction.opcode in dis.hasname
                and isinstance(instruction.argval, str)
                and trusted.looks_inside(instruction.argval)
                and not (code.co_filename == "<string>" and instruction.argval in _OF_FROZEN_DATACLASSES)
            ):
                self.inside = self.inside or f"{instruction.argval} in line {line}"
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._read(constant)
                continue
            self.constants.append(constant)
            words = _words(constant) if isinstance(constant, str) else ()
            if any(map(trusted.looks_inside, words)) or (by_name and any(map(_is_dunder, words))):
                self.inside = self.inside or f"the text {constant!r:.40} in line {code.co_firstlineno}"


_OF_FROZEN_DATACLASSES = ("__setattr__", "__delattr__")  # how they set their fields, which are compared


@functools.lru_cache(maxsize=1024)
def use_of(code):
    return Use(code)


def _words(text):
    """Return the parts of a text that could be names of attributes."""
    text = text[:4000].replace("<locals>", "")  # a part of the name of a class in a function
    return "".join(char if char.isalnum() or char == "_" else " " for char in text).split()


def _attributes(following):
    """Return the chain of attributes taken of the object that has just been loaded."""
    names = []
    for instruction in following:
        if instruction.opname not in ("LOAD_ATTR", "LOAD_METHOD"):
            break
        names.append(instruction.argval)
    return tuple(names)


def _asks_for_constant(before):
    return before.opname.startswith(("LOAD_CONST", "LOAD_COMMON_CONSTANT")) and any(
        before.argval is constant for constant in _CONSTANTS
    )


def _is_dunder(name):
    return name.startswith("__") and name.endswith("__") and name != "__notes__"


@functools.lru_cache(maxsize=4096)
def names_used(code):
    """Return the global and attribute names in a piece of code and the code within it."""
    return frozenset(code.co_names).union(*map(names_used, _within(code)))


@functools.lru_cache(maxsize=4096)
def has_with(code):
    """Return whether there is a with-statement in a piece of code or the code within it."""
    return any(instruction.opname == "WITH_EXCEPT_START" for instruction in dis.get_instructions(code)) or any(
        map(has_with, _within(code))
    )


def _within(code):
    return [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]


def _is_plain(value):
    """Return whether a global that is never assigned can be left out because nothing in it can change."""
    kind = type(value)
    if kind in _PLAIN:
        return True
    if kind is types.FunctionType and is_learners_file(value.__code__.co_filename):  # the function itself is followed
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


def _is_value(value):
    return type(value) in _PLAIN or (type(value) in (tuple, frozenset) and all(map(_is_value, value)))


def _owner(value):
    owner = value.__self__
    return None if isinstance(owner, types.ModuleType) else owner


def _own_attributes(obj):
    """Return an object's own attributes by name. Asks no `__getattr__`: a stand-in for shared memory refuses it."""
    try:
        return object.__getattribute__(obj, "__dict__")
    except AttributeError:
        return {}
