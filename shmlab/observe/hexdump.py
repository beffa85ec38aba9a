"""The rows of a hexdump, and which bytes of a ctypes Structure belong to which field.

A number stands in memory in the byte order of its type. Between fields there may be padding: bytes of no field, so
that the next field is aligned. Source: ctypes, and C's rules for layouts.
"""

from __future__ import annotations

import ctypes
import dataclasses
import sys
from typing import Any

from shmlab import layout
from shmlab.base.table import Table

ROW = 16
PADDING = "padding"
_SCALARS = {"c": "char", "u": "wchar", "?": "bool", "f": "float", "d": "double", "g": "long double"}
_OTHER_ORDER = ("__ctype_be__", "big-endian") if sys.byteorder == "little" else ("__ctype_le__", "little-endian")
_MOST_LETTERS = 44


@dataclasses.dataclass(frozen=True)
class Part:
    """A field of a layout, or padding: the bytes from `offset` up to `offset + size`. `type`: in C's words."""

    name: str
    offset: int
    size: int
    type: str

    @property
    def end(self) -> int:
        return self.offset + self.size

    @property
    def places(self) -> range:
        return range(self.offset, self.end)


def parts(kind: type[Any]) -> tuple[Part, ...]:
    """Return the Parts of a ctypes type, in the order of their offsets: fields at every depth, and padding.

    An array of numbers is one Part; an array of Structures has a Part for each field of each element. A Union is one
    Part, as its members lie on the same bytes, and so are the bit fields of one unit.
    """
    found: list[Part] = []
    at = 0
    for part in _fields("", kind, 0):
        if part.offset > at:
            found.append(Part(PADDING, at, part.offset - at, "nobody's"))
        found.append(part)
        at = part.end
    size = ctypes.sizeof(kind)
    return (*found, *([Part(PADDING, at, size - at, "nobody's")] if at < size else []))


def _fields(name: str, kind: Any, offset: int) -> list[Part]:
    if issubclass(kind, ctypes.Structure):
        return _members(name, kind, offset)
    if issubclass(kind, ctypes.Array) and issubclass(kind._type_, ctypes.Structure | ctypes.Array):
        step = ctypes.sizeof(kind._type_)
        return [
            part
            for index in range(kind._length_)
            for part in _fields(f"{name}[{index}]", kind._type_, offset + index * step)
        ]
    return [Part(name or "value", offset, ctypes.sizeof(kind), _type_in_words(kind))]


def _members(name: str, kind: type[ctypes.Structure], offset: int) -> list[Part]:
    found: list[Part] = []
    for base in reversed(kind.__mro__):
        for field, member, *bits in vars(base).get("_fields_", ()):
            within = offset + getattr(kind, field).offset
            inner = _fields(f"{name}.{field}" if name else field, member, within)
            if bits and found and found[-1].offset == within and found[-1].type.endswith("bits"):
                last = found.pop()  # another bit field of the same unit
                inner = [dataclasses.replace(last, name=f"{last.name}, {inner[0].name}")]
            elif bits:
                inner = [dataclasses.replace(inner[0], type=f"{inner[0].type}, bits")]
            found += inner
    return found


def _type_in_words(kind: Any) -> str:
    if issubclass(kind, ctypes.Array):
        return f"{_type_in_words(kind._type_)}[{kind._length_}]"
    if issubclass(kind, ctypes.Union):
        return f"union {kind.__name__}"
    code = kind._type_
    words = _SCALARS.get(code) or f"{'u' if code.isupper() else ''}int{8 * ctypes.sizeof(kind)}"
    foreign = ctypes.sizeof(kind) > 1 and getattr(kind, _OTHER_ORDER[0], None) is kind
    return f"{words}, {_OTHER_ORDER[1]}" if foreign else words


def _value(part: Part, memory: Any) -> str:
    if part.name == PADDING:
        return ""
    if part.type.endswith("bits"):
        return ", ".join(str(_found(memory, name)) for name in part.name.split(", "))
    return _in_words(_found(memory, part.name))


def _found(memory: Any, name: str) -> Any:
    if name == "value":
        return layout.values(memory) if not hasattr(memory, "value") else memory.value
    for step in name.replace("[", ".[").removeprefix(".").split("."):
        memory = memory[int(step[1:-1])] if step.startswith("[") else getattr(memory, step)
    return layout.values(memory)


def _in_words(value: object) -> str:
    if isinstance(value, dict):
        words = layout.in_words(value)
    elif isinstance(value, int) and not isinstance(value, bool) and abs(value) > 9:
        words = f"{value} = {value:#x}"
    else:
        words = repr(value) if isinstance(value, bytes) else str(value)
    return words if len(words) <= _MOST_LETTERS else words[: _MOST_LETTERS - 2] + " …"


def printable(byte: int) -> str:
    """Return a byte as an ASCII character, or a dot."""
    return chr(byte) if 32 <= byte < 127 else "."


def rows(data: bytes, first: int = 0) -> list[tuple[int, bytes]]:
    """Return `data` in rows of 16 bytes, [(offset, bytes of the row)]. `first`: the offset of its first byte."""
    return [(first + at, data[at : at + ROW]) for at in range(0, len(data), ROW)]


def text(data: bytes, first: int = 0) -> str:
    """Return `data` as the text of a hexdump: an offset, 16 bytes in hex and as ASCII in each line."""
    lines = []
    for offset, row in rows(data, first):
        halves = " ".join(f"{byte:02x}" for byte in row[:8]), " ".join(f"{byte:02x}" for byte in row[8:])
        lines.append(f"{offset:08x}  {halves[0]:<23}  {halves[1]:<23}  |{''.join(map(printable, row))}|")
    return "\n".join(lines)


def values(kind: type[Any], data: bytes) -> list[tuple[Part, str]]:
    """Return [(Part, its value in words)] of `data`, the bytes of a ctypes type."""
    memory = kind.from_buffer_copy(data)
    return [(part, _value(part, memory)) for part in parts(kind)]


def table(kind: type[Any], data: bytes) -> Table:
    """Return the fields of `data`, the bytes of a ctypes type, as a Table: name, offset, size, type and value."""
    rows = tuple((part.name, str(part.offset), str(part.size), part.type, value) for part, value in values(kind, data))
    return Table("", ("field", "offset", "bytes", "type", "value"), rows)
