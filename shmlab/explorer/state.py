"""What a function reaches beside its local variables and that can change while it runs.

Globals that functions assign or that hold something mutable, attributes of functions, classes, and what
the function itself is bound to. Looked for once for each execution, compared at each mark.
"""

import dis
import functools
import types

from shmlab.explorer.canonical import is_fresh
from shmlab.pickling import content_of, is_learners_file

_PLAIN = (int, float, complex, str, bytes, bool, type(None), range, types.BuiltinFunctionType)
# A function that uses one of these can reach everything by its name.
_REACH_ALL = frozenset({"globals", "exec", "eval", "vars", "locals", "__globals__", "__dict__", "__closure__"})


class State:
    """What a function can reach and change. `now()` gives it as it is, to be pickled."""

    def __init__(self, function):
        self._root = () if isinstance(function, types.FunctionType) else (function,)
        self._spaces, self._functions = [], []
        self.can_be_told = True
        self._walk(function)

    def now(self):
        spaces = [[(name, space[name]) for name in names if name in space] for space, names in self._spaces]
        changed = [
            (number, vars(one), one.__defaults__)
            for number, (one, defaults) in enumerate(self._functions)
            if vars(one) or one.__defaults__ is not defaults
        ]
        return self._root, spaces, changed

    def uses(self, *names):
        """Whether any function that is reached uses one of the names; a with-statement uses __exit__."""
        return any(
            names_used(one.__code__) & set(names) or ("__exit__" in names and has_with(one.__code__))
            for one, _ in self._functions
        )

    def _walk(self, function):
        seen, left = set(), [function]
        while left:
            one = left.pop()
            if id(one) not in seen:
                seen.add(id(one))
                left += self._reached(one, seen)

    def _reached(self, one, seen):
        """What is reached from one thing; notes what of it can change."""
        if isinstance(one, types.FunctionType):
            return self._reached_from_function(one, seen)
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
        return [type(one), *getattr(one, "__dict__", {}).values()] if is_fresh(type(one)) else []

    def _reached_from_function(self, function, seen):
        if not is_learners_file(function.__code__.co_filename):
            return []
        self._functions.append((function, function.__defaults__))
        names = names_used(function.__code__)
        if names & _REACH_ALL:
            self.can_be_told = False
        reached = [value for cell in function.__closure__ or () for value in content_of(cell) or ()]
        reached += [*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()]
        space = function.__globals__
        if id(space) not in seen:
            seen.add(id(space))
            reached += [value for name, value in space.items() if name != "__builtins__"]
            self._spaces.append((space, sorted(name for name, value in space.items() if not _is_plain(name, value))))
        rebound = globals_assigned(function.__code__)
        for at, (known, names) in enumerate(self._spaces):
            if known is space and not rebound <= set(names):
                self._spaces[at] = space, sorted(rebound | set(names))
        return reached


def changing(function):
    """The State of a function, or None where it cannot be told."""
    state = State(function)
    return state if state.can_be_told else None


@functools.lru_cache(maxsize=4096)
def globals_assigned(code):
    """The names of globals that a piece of code, or one within it, assigns or deletes."""
    own = {found.argval for found in dis.get_instructions(code) if found.opname in ("STORE_GLOBAL", "DELETE_GLOBAL")}
    return frozenset(own.union(*map(globals_assigned, _within(code))))


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


def _is_plain(name, value):
    """Whether a global that nobody assigns can be left out: nothing in it can change."""
    if name.startswith("__") and name.endswith("__"):
        return True
    if isinstance(value, types.FunctionType):
        return not (value.__closure__ or value.__kwdefaults__) and all(
            isinstance(one, _PLAIN) for one in value.__defaults__ or ()
        )
    if isinstance(value, type):
        return not is_fresh(value)
    if isinstance(value, types.MethodType):
        return not is_learners_file(getattr(value.__func__, "__code__", _OURS).co_filename)
    if isinstance(value, tuple | frozenset):
        return all(_is_plain("", one) for one in value)
    return isinstance(value, _PLAIN)


_OURS = changing.__code__
