"""Convert values on their way into the memory of a check and out of it, as ctypes converts them.

They go through a scratch Structure or array of the same type, so that integers wrap, and ctypes refuses a wrong value
with its own message.
"""

import ctypes
import functools
import sys

from shmlab import layout
from shmlab.explorer.lookalikes.raw_bytes import pieces

NATIVE_INTS = {getattr(ctypes, f"c_{sign}int{bits}"): not sign for sign in ("", "u") for bits in (8, 16, 32, 64)}


def is_shared(value):
    """Return whether a value stands for shared memory."""
    return hasattr(type(value), "layout_of")


def is_text(kind):
    """Return whether ctypes reads a field of this type as its characters up to a zero."""
    return issubclass(kind, ctypes.Array) and kind._type_ in (ctypes.c_char, ctypes.c_wchar)


def is_a_copy(declared, kind):
    """Return whether two layouts have the same name and the same fields in the same places."""
    return declared is kind or (
        declared.__name__ == kind.__name__
        and issubclass(kind, ctypes.Structure | ctypes.Union)
        and issubclass(declared, ctypes.Structure | ctypes.Union)
        and _places(declared) == _places(kind)
    )


def _places(kind):
    fields = [(name, getattr(kind, name)) for name in layout.field_names(kind)]
    return ctypes.sizeof(kind), [(name, field.offset, field.size) for name, field in fields]


def store(process, kind, offset, value):
    """Store a value of type `kind` at an offset, converted as ctypes converts it in an array."""
    _put(process, kind, offset, value, lambda plain: _as_element(kind, plain))


def _as_element(kind, value):
    scratch = (kind * 1)()
    scratch[0] = value
    return bytes(scratch)


def store_field(process, kind, name, offset, value):
    """Store the field `name` of a layout at an offset, converted as ctypes converts it in a Structure."""
    field_kind = layout.field_type(kind, name)
    _put(process, field_kind, offset, value, lambda plain: _as_field(kind, name, field_kind, plain))


def _as_field(kind, name, field_kind, value):
    scratch = kind.from_buffer(bytearray(ctypes.sizeof(kind)))
    setattr(scratch, name, value)
    offset = getattr(kind, name).offset
    # ctypes copies as many characters as there are, and a zero if it fits.
    length = len(value) + 1 if is_text(field_kind) and isinstance(value, bytes) else ctypes.sizeof(field_kind)
    return bytes(scratch)[offset : offset + min(length, ctypes.sizeof(field_kind))]


def _put(process, kind, offset, value, converted):
    """Store `value`. `converted`: returns the bytes that ctypes makes of it."""
    if kind in NATIVE_INTS and type(value) is int:
        size = ctypes.sizeof(kind)
        process.store(offset, (value & ((1 << 8 * size) - 1)).to_bytes(size, sys.byteorder))
        return
    if is_shared(value):
        source = type(value).layout_of
        if source is kind:
            _copy(process, kind, value._at, offset)
            return
    store_whole(process, kind, offset, converted(_as_declared(process, kind, value)))


def _as_declared(process, kind, value):
    """Return a value whose parts have the layouts that the memory was declared with, instead of the function's own
    copies of these, or of look-alikes."""
    if is_shared(value):
        return type(value).layout_of.from_buffer_copy(bytes(value))
    if type(value) is tuple and issubclass(kind, ctypes.Array):
        return tuple(_as_declared(process, kind._type_, element) for element in value)
    if type(value) is tuple and issubclass(kind, ctypes.Structure):
        kinds = [layout.field_type(kind, name) for name in layout.field_names(kind)]
        parts = (_as_declared(process, part, element) for part, element in zip(kinds, value, strict=False))
        return (*parts, *value[len(kinds) :])
    if isinstance(value, ctypes.Structure | ctypes.Union | ctypes.Array) and type(value) is process.layout_here(kind):
        return kind.from_buffer_copy(bytes(value))
    return value


def _copy(process, kind, source, target):
    """Copy a Structure as C's assignment does: a load and a store for each scalar in it."""
    for offset, size in leaves(kind):
        process.store(target + offset, process.load(source + offset, size))


def load_whole(process, kind, start):
    """Return the bytes of a Structure or array, loaded scalar by scalar; padding is zero."""
    raw = bytearray(ctypes.sizeof(kind))
    for offset, size in leaves(kind):
        raw[offset : offset + size] = process.load(start + offset, size)
    return bytes(raw)


def store_whole(process, kind, start, raw):
    """Store the bytes of a Structure or array, scalar by scalar, as far as they go."""
    for offset, size in leaves(kind):
        if offset < len(raw):
            process.store(start + offset, raw[offset : offset + size])


@functools.cache
def leaves(kind):
    """Return ((offset, size in bytes), …) of the scalars in a layout; a Union counts as words."""
    if issubclass(kind, ctypes._SimpleCData):
        return ((0, ctypes.sizeof(kind)),)
    if issubclass(kind, ctypes.Array):
        step = ctypes.sizeof(kind._type_)
        inner = leaves(kind._type_)
        return tuple((index * step + offset, size) for index in range(kind._length_) for offset, size in inner)
    if issubclass(kind, ctypes.Union):
        return tuple(pieces(0, ctypes.sizeof(kind)))  # any of its members may be in use
    scalars = {}
    for name in layout.field_names(kind):
        start = getattr(kind, name).offset
        scalars |= {start + offset: size for offset, size in leaves(layout.field_type(kind, name))}
    return tuple(sorted(scalars.items()))
