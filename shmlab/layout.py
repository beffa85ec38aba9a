"""Shared fields as a ctypes Structure that refuses misspelt names.

Every layout in this package is a ctypes type: ctypes lays fields out as C does, so that a C program can attach
to the same segment and read the same fields.
"""

from __future__ import annotations

import ctypes
import difflib
import keyword
import re
import weakref
from collections.abc import Iterable, Iterator
from typing import Any

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


def initial(shared: dict[str, int | list[int] | bytes] | ctypes.Structure) -> Any:
    """Return a strict Structure with the fields that `shared` declares, filled with its values.

    `shared`: a dict (int -> signed 64-bit, list of int -> array of them, bytes -> array of uint8),
    or an instance of a ctypes Structure, taken with its layout and content.
    Raises TypeError or ValueError, naming the field.
    """
    if isinstance(shared, ctypes.Structure):
        return strict(type(shared)).from_buffer_copy(shared)
    if not isinstance(shared, dict):
        raise TypeError(f"shared is {shared!r}: give a dict of fields, or an instance of a ctypes Structure")
    for name, value in shared.items():
        _check_name(name)
        _check_value(name, value)
    fields = [(name, _field_type(value)) for name, value in shared.items()]
    memory = structure("Shared", fields)()
    for name, value in shared.items():
        setattr(memory, name, value if isinstance(value, int) else type(getattr(memory, name))(*value))
    return memory


def structure(name: str, fields: Iterable[tuple[Any, ...]]) -> type[Any]:
    """Return a strict Structure type: `fields` as ctypes takes them; an unknown name is an AttributeError."""
    body = {"__slots__": (), **_OURS, "_fields_": list(fields)}
    return type(name, (ctypes.Structure,), body)


def strict(layout: Any) -> Any:
    """Return `layout` itself if it refuses unknown names at every depth, else a copy that does."""
    if issubclass(layout, ctypes.Array):
        element = strict(layout._type_)
        return layout if element is layout._type_ else element * layout._length_
    if not issubclass(layout, ctypes.Structure | ctypes.Union):
        return layout
    if layout not in _copies:  # one copy of a layout, so that its values can be assigned to each other
        _copies[layout] = _strict_copy(layout)
    return _copies[layout]


_copies: weakref.WeakKeyDictionary[type[Any], type[Any]] = weakref.WeakKeyDictionary()


def copy_of(layout: type[Any]) -> type[Any] | None:
    """Return the strict copy that was made of a layout for a program, or None."""
    found = _copies.get(layout)
    return None if found is layout else found


def _strict_copy(layout: Any) -> Any:
    own = vars(layout).get("_fields_")
    fields = [(name, strict(_not_pointer(name, kind)), *bits) for name, kind, *bits in own or ()]
    if layout.__dictoffset__ == 0 and fields == list(own or ()):
        return layout
    # Python makes these three anew for the copy; everything else, methods included, is taken over.
    made = ("__dict__", "__weakref__", "_fields_")
    kept = {name: value for name, value in vars(layout).items() if name not in made and not isinstance(value, CFIELD)}
    body = _OURS | kept | {"__slots__": ()}
    if own is not None:
        body["_fields_"] = fields
    return type(layout)(layout.__name__, tuple(strict(base) for base in layout.__bases__), body)


def _missing(memory: Any, name: str) -> Any:
    raise no_field(type(memory), name)


def _copied(memory: Any, memo: Any = None) -> Any:
    """Return a private copy, for the module copy: ctypes' own way needs a `__dict__`. `memory`: a layout's, or what
    stands for it in a check."""
    kind = getattr(type(memory), "layout_of", type(memory))
    return kind.from_buffer_copy(bytes(memory))


_OURS = {"__getattr__": _missing, "__copy__": _copied, "__deepcopy__": _copied}


def no_field(layout: type[Any], name: str) -> AttributeError:
    """Return the AttributeError for a field that a layout does not have: it names its fields, and the nearest one."""
    if name.startswith("__") and name.endswith("__"):  # no field has such a name: Python and libraries ask for these
        return AttributeError(f"{layout.__name__!r} object has no attribute {name!r}")
    names = field_names(layout)
    hint = f"its fields are {', '.join(names)}{did_you_mean(name, names)}"
    return AttributeError(f"{layout.__name__} has no field {name!r}; {hint}", name=name)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return the end of a sentence about a name that does not exist: the nearest of `names`, or ""."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def explained(error: BaseException, layout: type[Any]) -> None:
    """Add to ctypes' AttributeError which fields there are, if it came from `layout` or a part of it.

    A store to a missing name runs no code of this package: only the error that ctypes raised can be changed.
    """
    if type(error) is not AttributeError or not (found := _CTYPES_WORDS.match(str(error))):
        return
    for part in _parts(layout):
        if part.__name__ == found[1] and found[2] not in field_names(part):
            error.args = no_field(part, found[2]).args
            return


_CTYPES_WORDS = re.compile(r"'(\w+)' object has no attribute '(\w+)'")


def _parts(layout: Any) -> Iterator[Any]:
    """Yield a layout, and the layouts of its fields, at every depth."""
    if issubclass(layout, ctypes.Array):
        yield from _parts(layout._type_)
    elif issubclass(layout, ctypes.Structure | ctypes.Union):
        yield layout
        for name in field_names(layout):
            yield from _parts(field_type(layout, name))


def _not_pointer(name: str, kind: Any) -> Any:
    """Return `kind` itself. Raise TypeError for a pointer: its address means nothing in another process."""
    if kind in _POINTERS or hasattr(kind, "contents") or issubclass(kind, ctypes._CFuncPtr):  # type: ignore[attr-defined]
        raise TypeError(
            f"shared field {name!r} is a pointer: an address means nothing in another process; store an offset"
        )
    return kind


CFIELD = type(structure("Probe", [("x", ctypes.c_int)]).x)  # the descriptor behind each field
_POINTERS = (ctypes.c_char_p, ctypes.c_wchar_p, ctypes.py_object)


def values(memory: Any) -> Any:
    """Return the content of a Structure or array as plain Python: dicts, lists, bytes and numbers."""
    if isinstance(memory, ctypes.Structure | ctypes.Union):
        return {name: values(getattr(memory, name)) for name in field_names(type(memory))}
    if isinstance(memory, ctypes.Array):
        if memory._type_ in (ctypes.c_uint8, ctypes.c_char):
            return bytes(memory)
        return [values(element) for element in memory]
    return memory


def in_words(content: dict[str, Any]) -> str:
    """Return what `values` returned as one line: counter = 4, ready = 1."""
    return ", ".join(f"{name} = {value}" for name, value in content.items())


def field_names(layout: type[Any]) -> list[str]:
    """Return the names of all fields of a layout, those of its base Structures first."""
    names: list[str] = []
    for base in reversed(layout.__mro__):
        names += [name for name, *_ in vars(base).get("_fields_", ())]
    return names


def field_type(layout: type[Any], name: str) -> type[Any]:
    """Return the ctypes type of the field `name`. Raise AttributeError when there is none."""
    for base in layout.__mro__:
        for field, kind, *_ in vars(base).get("_fields_", ()):
            if field == name:
                return kind
    raise no_field(layout, name)


def buffer(shm: Any) -> memoryview:
    """Return the raw bytes of shared memory, a writable memoryview: a store to shm.field changes these bytes."""
    return shm.take_buffer() if hasattr(type(shm), "take_buffer") else memoryview(shm).cast("B")


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"shared field {name!r}: a field's name is a Python name, such as 'counter'")
    if name.startswith("_"):
        raise ValueError(f"shared field {name!r}: names that begin with an underscore belong to ctypes")


def _check_value(name: str, value: object) -> None:
    if isinstance(value, int):
        _check_range(name, value)
    elif isinstance(value, list):
        if not value:
            raise ValueError(f"shared field {name!r} is an empty list: an array has at least one element")
        for element in value:
            if not isinstance(element, int):
                raise TypeError(f"shared field {name!r} holds {element!r}: a list of shared memory holds integers")
            _check_range(name, element)
    elif isinstance(value, bytes):
        if not value:
            raise ValueError(f"shared field {name!r} is empty: give as many bytes as it shall have")
    else:
        raise TypeError(
            f"shared field {name!r} is {value!r}: give an int, a list of ints or bytes; "
            "for anything else declare a ctypes Structure and pass an instance of it"
        )


def _check_range(name: str, value: int) -> None:
    if not INT_MIN <= value <= INT_MAX:
        raise ValueError(f"shared field {name!r} holds {value}: a signed 64-bit integer is {INT_MIN} to {INT_MAX}")


def _field_type(value: int | list[int] | bytes) -> type[Any]:
    if isinstance(value, int):
        return ctypes.c_int64
    return (ctypes.c_uint8 if isinstance(value, bytes) else ctypes.c_int64) * len(value)
