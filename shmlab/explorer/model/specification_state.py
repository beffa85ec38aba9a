"""Compare the states of a specification: the text of one is equal for equal states, and only for these.

A text can only hold what lies in the instance. So a specification that keeps anything elsewhere is refused: in a class,
in a variable of a module or of a function around it, or in what it inherits from a list or a dict.
"""

from __future__ import annotations

import collections
import dis
import types
from collections.abc import Iterator
from typing import Any

from shmlab.base.pickling import is_learners_file

PLAIN = (bool, int, float, str, bytes, type(None))
_CANNOT_CHANGE = (*PLAIN, range, types.FunctionType, types.BuiltinFunctionType, types.ModuleType, type, property)
_STORES = ("STORE_GLOBAL", "DELETE_GLOBAL", "STORE_DEREF", "DELETE_DEREF")


def check_keeps_all_in_self(kind: type) -> None:
    """Raise TypeError for a specification that keeps something elsewhere than in its instance."""
    checked: set[types.FunctionType] = set()
    for base in kind.__mro__[:-1]:
        if not base.__flags__ & _HEAP_TYPE:
            raise _elsewhere(kind, f"it is a {base.__name__}")
        if "__slots__" in vars(base):
            raise _elsewhere(kind, f"{base.__name__} has __slots__")
        for name, value in vars(base).items():
            for function in _functions(value):
                _check_function(kind, function, checked)
            if not (_cannot_change(value) or _made_by_python(name)):
                raise _elsewhere(kind, f"{base.__name__}.{name} is a {type(value).__name__} of the class")


_HEAP_TYPE = 1 << 9  # Py_TPFLAGS_HEAPTYPE: made by a class statement


def class_state(kind: type) -> list[dict[str, Any]]:
    """Return what a class and those that it inherits from have, to be compared with what they have later."""
    return [{name: value for name, value in vars(base).items() if not _made_by_python(name)} for base in kind.__mro__]


def _elsewhere(kind: type, what: str) -> TypeError:
    return TypeError(f"{kind.__name__} keeps its state elsewhere than in self: {what}; set self.… in __init__")


def _made_by_python(name: str) -> bool:
    return name == "_abc_impl" or (name.startswith("__") and name.endswith("__"))


def _functions(value: Any) -> Iterator[types.FunctionType]:
    if isinstance(value, staticmethod | classmethod):
        value = value.__func__
    for one in (value.fget, value.fset, value.fdel) if isinstance(value, property) else (value,):
        if isinstance(one, types.FunctionType):
            yield one


def _cannot_change(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_cannot_change, value))
    if type(value).__module__ == "dataclasses":  # its marks of fields
        return True
    return isinstance(value, (*_CANNOT_CHANGE, staticmethod, classmethod))


def _check_function(kind: type, function: types.FunctionType, checked: set[types.FunctionType]) -> None:
    """Raise TypeError for a method that can change a variable around it, or a default, by itself or by a function of
    the same module. `checked`: takes the functions."""
    code = function.__code__
    if function in checked or not is_learners_file(code.co_filename):
        return
    checked.add(function)
    for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
        if not _cannot_change(default):
            raise _elsewhere(kind, f"a default of {function.__name__} is a {type(default).__name__}")
    for instruction in dis.get_instructions(code):
        name = instruction.argval
        outside = name in code.co_freevars if instruction.opname.endswith("DEREF") else True
        if instruction.opname in _STORES and outside:
            raise _elsewhere(kind, f"{function.__name__} sets {name}, a variable around the class")
    for name, value in _around(function):
        if not _cannot_change(value):
            raise _elsewhere(kind, f"{function.__name__} uses {name}, a {type(value).__name__} around the class")
        if isinstance(value, types.FunctionType) and value.__module__ == kind.__module__:
            _check_function(kind, value, checked)


def _around(function: types.FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield (name, value) for each variable around a function that it uses and that has a value."""
    code = function.__code__
    for name, cell in zip(code.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # it has no value yet
            continue
    for name in code.co_names:
        if name in function.__globals__ and any(
            one.argval == name and one.opname == "LOAD_GLOBAL" for one in dis.get_instructions(code)
        ):
            yield name, function.__globals__[name]


def state_text(specification: Any) -> str:
    """Return a text that is equal for equal states of a specification, and only for these.

    Raise TypeError for what has no such text.
    """
    return _text(vars(specification), type(specification).__name__, {})


def _text(value: Any, whose: str, met: dict[int, int]) -> str:
    """Return the text of a value. `met`: id of each container that has a text already -> its number: two names of one
    list are not two lists."""
    if type(value) in PLAIN:
        return repr(value)
    kind = type(value)
    if kind not in (list, tuple, collections.deque, dict, collections.OrderedDict, collections.defaultdict,
                    collections.Counter, set, frozenset):  # fmt: skip
        raise TypeError(
            f"{whose} keeps a {kind.__name__}: a specification keeps numbers, text, bytes, lists, tuples, deques, "
            "dicts and sets, so that its states can be compared"
        )
    if kind not in (tuple, frozenset):
        if id(value) in met:
            return f"#{met[id(value)]}"
        met[id(value)] = len(met)
    if isinstance(value, dict):
        parts = [f"{_text(key, whose, met)}: {_text(part, whose, met)}" for key, part in value.items()]  # in this order
        extra = _text_of_factory(value, whose)
    elif isinstance(value, set | frozenset):
        parts, extra = sorted(_text(part, whose, met) for part in value), ""
    else:
        parts = [_text(part, whose, met) for part in value]
        extra = f"; {value.maxlen}" if isinstance(value, collections.deque) else ""
    return f"{kind.__name__}({', '.join(parts)}{extra})"


def _text_of_factory(value: Any, whose: str) -> str:
    factory = getattr(value, "default_factory", None)
    if factory is None:
        return ""
    if not isinstance(factory, type):
        raise TypeError(f"{whose} keeps a defaultdict that makes its values by a function: give a class, such as int")
    return f"; {factory.__name__}"
