"""What the bytes of a segment mean: shared fields as a ctypes Structure that refuses misspelt names.

ctypes is the layout language throughout: it is C's own layout, so a C program can attach to the
same segment and read the same fields.
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
    """The strict Structure that a declaration of shared fields stands for, filled with its values.

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
    """A strict Structure type: `fields` as ctypes wants them, unknown names an AttributeError."""
    body = {"__slots__": (), "__getattr__": _missing, "_fields_": list(fields)}
    return type(name, (ctypes.Structure,), body)


def strict(layout: type[Any]) -> type[Any]:
    """`layout` itself where it refuses unknown names, else a copy of it that does, at every depth."""
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
    """The strict copy of a layout that some program shares, or None where there is none."""
    found = _copies.get(layout)
    return None if found is layout else found


def _strict_copy(layout: type[Any]) -> type[Any]:
    own = vars(layout).get("_fields_")
    fields = [(name, strict(_not_pointer(name, kind)), *bits) for name, kind, *bits in own or ()]
    if layout.__dictoffset__ == 0 and fields == list(own or ()):
        return layout
    # Python makes these anew for the copy; everything else, methods included, is carried over.
    made = ("__dict__", "__weakref__", "_fields_")
    kept = {name: value for name, value in vars(layout).items() if name not in made and not isinstance(value, CFIELD)}
    body = {"__getattr__": _missing} | kept | {"__slots__": ()}
    if own is not None:
        body["_fields_"] = fields
    return type(layout)(layout.__name__, tuple(strict(base) for base in layout.__bases__), body)


def _missing(memory: Any, name: str) -> Any:
    raise no_field(type(memory), name)


def no_field(layout: type[Any], name: str) -> AttributeError:
    """The AttributeError of a field that a layout has not: it names those that there are, and the nearest."""
    if name.startswith("__") and name.endswith("__"):  # not a field's: Python and libraries ask for these
        return AttributeError(f"{layout.__name__!r} object has no attribute {name!r}")
    names = field_names(layout)
    hint = f"its fields are {', '.join(names)}{did_you_mean(name, names)}"
    return AttributeError(f"{layout.__name__} has no field {name!r}; {hint}", name=name)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """The end of a sentence on a name that there is not: the nearest of those that there are."""
    close = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {close[0]}?" if close else ""


def explained(error: BaseException, layout: type[Any]) -> None:
    """Let ctypes' AttributeError of a name that no field has say what fields there are, where it came from `layout` or
    a part of it. A store to a name that is missing meets no code of ours before."""
    if type(error) is not AttributeError or not (found := _CTYPES_WORDS.match(str(error))):
        return
    for part in _parts(layout):
        if part.__name__ == found[1] and found[2] not in field_names(part):
            error.args = no_field(part, found[2]).args
            return


_CTYPES_WORDS = re.compile(r"'(\w+)' object has no attribute '(\w+)'")


def _parts(layout: type[Any]) -> Iterator[type[Any]]:
    """A layout, and those of its fields, at every depth."""
    if issubclass(layout, ctypes.Array):
        yield from _parts(layout._type_)
    elif issubclass(layout, ctypes.Structure | ctypes.Union):
        yield layout
        for name in field_names(layout):
            yield from _parts(field_type(layout, name))


def _not_pointer(name: str, kind: Any) -> Any:
    """`kind` itself. Raises TypeError for an address: what it points to is another process's affair."""
    if kind in _POINTERS or hasattr(kind, "contents") or issubclass(kind, ctypes._CFuncPtr):
        raise TypeError(
            f"shared field {name!r} is a pointer: an address means nothing in another process; store an offset"
        )
    return kind


CFIELD = type(structure("Probe", [("x", ctypes.c_int)]).x)  # the descriptor behind each field
_POINTERS = (ctypes.c_char_p, ctypes.c_wchar_p, ctypes.py_object)


def values(memory: Any) -> Any:
    """The content of a Structure or array as plain Python: dicts, lists, bytes and numbers."""
    if isinstance(memory, ctypes.Structure | ctypes.Union):
        return {name: values(getattr(memory, name)) for name in field_names(type(memory))}
    if isinstance(memory, ctypes.Array):
        if memory._type_ in (ctypes.c_uint8, ctypes.c_char):
            return bytes(memory)
        return [values(element) for element in memory]
    return memory


def in_words(content: dict[str, Any]) -> str:
    """What `values` gave, as one line: counter = 4, ready = 1."""
    return ", ".join(f"{name} = {value}" for name, value in content.items())


def field_names(layout: type[Any]) -> list[str]:
    """The names of all fields, those of its base Structures first."""
    names: list[str] = []
    for base in reversed(layout.__mro__):
        names += [name for name, *_ in vars(base).get("_fields_", ())]
    return names


def field_type(layout: type[Any], name: str) -> type[Any]:
    """The ctypes type of the field `name`. Raises AttributeError when there is none."""
    for base in layout.__mro__:
        for field, kind, *_ in vars(base).get("_fields_", ()):
            if field == name:
                return kind
    raise no_field(layout, name)


def buffer(shm: Any) -> memoryview:
    """The raw bytes of shared memory, a writable memoryview: shm.field and these are the same memory."""
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
