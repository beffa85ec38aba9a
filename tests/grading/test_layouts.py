"""A layout that was described to another process has every field at the same place there."""

import ctypes
import json
import sys

import pytest

from shmlab import layout
from shmlab.grading.messages.layouts import build, describe


def over_there(kind):
    """The layout as the other process builds it, from what travelled as JSON."""
    return build(json.loads(json.dumps(describe(kind))))


class Inner(ctypes.Structure):
    _fields_ = (("wide", ctypes.c_int64), ("narrow", ctypes.c_uint8))


class Either(ctypes.Union):
    _fields_ = (("number", ctypes.c_int32), ("fraction", ctypes.c_float))


class Packed(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("flag", ctypes.c_bool), ("wide", ctypes.c_int64), ("last", ctypes.c_int8))


class Bits(ctypes.Structure):
    _fields_ = (("low", ctypes.c_uint32, 3), ("high", ctypes.c_uint32, 29), ("after", ctypes.c_uint16))


class Nameless(ctypes.Structure):
    _anonymous_ = ("either",)
    _fields_ = (("before", ctypes.c_int8), ("either", Either))


class Derived(Inner):
    _fields_ = (("after", ctypes.c_uint8),)


class DerivedPacked(Packed):
    _fields_ = (("after", ctypes.c_int64),)


class DerivedNameless(Nameless):
    _fields_ = (("after", ctypes.c_int8),)


class OnlyRenamed(Inner):
    pass


class Swapped(ctypes.BigEndianStructure):
    _fields_ = (("number", ctypes.c_int32), ("several", ctypes.c_uint16 * 3))


class Nested(ctypes.Structure):
    _fields_ = (("grid", (Inner * 2) * 3), ("text", ctypes.c_char * 5), ("either", Either), ("derived", Derived))


class Numbers(ctypes.Structure):
    _fields_ = tuple(
        (f"field_{kind.__name__}", kind)
        for kind in (
            *(ctypes.c_bool, ctypes.c_char, ctypes.c_wchar, ctypes.c_byte, ctypes.c_ubyte, ctypes.c_short),
            *(ctypes.c_ushort, ctypes.c_int, ctypes.c_uint, ctypes.c_long, ctypes.c_ulong, ctypes.c_longlong),
            *(ctypes.c_ulonglong, ctypes.c_float, ctypes.c_double, ctypes.c_longdouble, ctypes.c_size_t),
        )
    )


LAYOUTS = [Inner, Either, Packed, Bits, Nameless, Derived, DerivedPacked, DerivedNameless, OnlyRenamed, Swapped,
           Nested, Numbers]  # fmt: skip


def places(kind):
    """(name, offset, size or bits) of every field."""
    return [(name, getattr(kind, name).offset, getattr(kind, name).size) for name in layout.field_names(kind)]


@pytest.mark.parametrize("kind", LAYOUTS)
def test_every_field_is_at_the_same_place(kind):
    found = over_there(kind)
    assert places(found) == places(kind)
    assert (found.__name__, ctypes.sizeof(found)) == (kind.__name__, ctypes.sizeof(kind))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_the_same_bytes_mean_the_same(kind):
    content = bytes(range(1, 250)) * (1 + ctypes.sizeof(kind) // 249)
    if kind is Numbers:  # not all bytes are a bool, a character, a number
        content = bytes(ctypes.sizeof(kind))
    content = content[: ctypes.sizeof(kind)]
    there = layout.values(over_there(kind).from_buffer_copy(content))
    assert repr(there) == repr(layout.values(kind.from_buffer_copy(content)))


@pytest.mark.parametrize("kind", LAYOUTS)
def test_a_misspelt_field_is_refused_there_too(kind):
    with pytest.raises(AttributeError):
        over_there(kind)().misspelt = 1


def test_the_declaration_of_a_program_travels():
    memory = layout.initial({"count": 1, "ready": 0, "slots": [1, 2, 3], "raw": b"abc"})
    there = over_there(type(memory)).from_buffer_copy(memory)
    assert layout.values(there) == {"count": 1, "ready": 0, "slots": [1, 2, 3], "raw": b"abc"}


class Pointing(ctypes.Structure):
    _fields_ = (("where", ctypes.c_void_p),)


class Aligned(ctypes.Structure):
    _align_ = 64
    _fields_ = (("number", ctypes.c_int32),)


REFUSED = {
    "an address": (Pointing, "c_void_p cannot be described to another process"),
    "addresses": (ctypes.c_char_p * 2, "c_char_p cannot be described"),
    "a pointer": (ctypes.POINTER(Inner), "cannot be described"),
    "a Python object": (ctypes.py_object, "py_object cannot be described"),
    "an alignment": (Aligned, "Aligned has an _align_"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_means_nothing_over_there_is_refused(what):
    kind, words = REFUSED[what]
    with pytest.raises(TypeError, match=words):
        describe(kind)


@pytest.mark.parametrize("description", [["enum", "Colour", None, [], []], ["simple"], [], "simple", None])
def test_what_describes_nothing_is_refused(description):
    with pytest.raises(ValueError, match="describes no layout"):
        build(description)


def test_native_and_other_byte_order_are_told_apart():
    native, other = ("__ctype_le__", "__ctype_be__") if sys.byteorder == "little" else ("__ctype_be__", "__ctype_le__")
    assert describe(ctypes.c_int32)[2] == native
    assert describe(getattr(ctypes.c_int32, other))[2] == other
    assert bytes(over_there(Swapped)(number=1))[:4] == (b"\0\0\0\1" if sys.byteorder == "little" else b"\1\0\0\0")
