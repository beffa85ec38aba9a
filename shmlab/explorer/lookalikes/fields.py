"""shm in a check: a look-alike of the ctypes layout whose every scalar access is one step.

It raises what ctypes raises, with the same messages; values converts what is stored.
"""

import ctypes
import functools
import inspect
import operator
import sys

from shmlab import layout
from shmlab.explorer.lookalikes.raw_bytes import RawBytes
from shmlab.explorer.lookalikes.values import NATIVE_INTS, is_text, load_whole, store, store_field, store_whole
from shmlab.primitives import atomic_place, with_sign


class Shared:
    """The base of all look-alikes. `_process`: the Process that uses it; `_at`: the offset of its first byte."""

    __slots__ = ("_at", "_process")
    layout_of = None

    def __new__(cls, *arguments, **fields):
        """Return a private value: a learner who calls the type of a field makes one of the real layout."""
        return cls.layout_of(*arguments, **fields)

    def __init__(self, *arguments, **fields):
        """Refuse the call: a learner makes it on shared memory itself, where ctypes would store the fields."""
        name = type(self).__name__
        raise NotImplementedError(f"a check does not follow __init__ of shared memory: store the fields of {name}")

    def take_atomic(self, name, place, *values):
        """Do an atomic operation of primitives.py as one step."""
        offset, size, signed = atomic_place(type(self).layout_of, place)
        mask = (1 << 8 * size) - 1
        done = self._process.atomic(name, self._at + offset, size, tuple(value & mask for value in values))
        return with_sign(done, size) if signed and name not in ("compare_exchange", "store_release") else done

    def take_buffer(self):
        """Return the raw bytes, as layout.buffer gives them."""
        return RawBytes(self._process, self._at, ctypes.sizeof(type(self).layout_of))

    def __bytes__(self):
        return load_whole(self._process, type(self).layout_of, self._at)

    def __array__(self, dtype=None, copy=None):
        from shmlab.explorer.lookalikes import arrays

        return arrays.of_field(self, type(self).layout_of).__array__(dtype, copy)

    def __hash__(self):
        raise TypeError("unhashable type")  # ctypes' message

    def __copy__(self):
        return type(self).layout_of.from_buffer_copy(bytes(self))

    def __deepcopy__(self, memo):
        return self.__copy__()

    def __reduce_ex__(self, protocol):
        name = type(self).__name__
        raise NotImplementedError(f"a check does not follow a copy of shared memory: make a {name} of its values")


class SharedArray(Shared):
    """An array in shared memory; slices are read and written element by element."""

    __slots__ = ()

    def __len__(self):
        return type(self).layout_of._length_

    def __getitem__(self, index):
        kind = type(self).layout_of._type_
        if isinstance(index, slice):
            elements = [self[number] for number in range(*index.indices(len(self)))]
            return (
                b"".join(elements)
                if kind is ctypes.c_char
                else "".join(elements)
                if kind is ctypes.c_wchar
                else elements
            )
        return load(self._process, kind, self._element(index))

    def __setitem__(self, index, value):
        kind = type(self).layout_of._type_
        if not isinstance(index, slice):
            store(self._process, kind, self._element(index, value), value)
            return
        chosen = range(*index.indices(len(self)))
        if not hasattr(value, "__len__") or len(chosen) != len(value):
            raise ValueError("Can only assign sequence of same size")
        for number, element in zip(chosen, value, strict=True):
            self[number] = bytes((element,)) if kind is ctypes.c_char else element

    def __array_function__(self, function, types, arguments, options):
        from shmlab.explorer.lookalikes import arrays

        return arrays.on_shared(function, arguments, options)

    def __delitem__(self, index):
        del type(self).layout_of()[index]  # raises ctypes' error

    def __getattr__(self, name):
        getattr(type(self).layout_of(), name)
        raise NotImplementedError(f"a check does not follow .{name} of an array: use its elements")

    def __setattr__(self, name, value):
        if name in ("_at", "_process") or isinstance(getattr(type(self), name, None), property):
            object.__setattr__(self, name, value)
            return
        raise NotImplementedError(f"an array has no fields: what is stored in .{name} would be lost; use its elements")

    def _element(self, index, *value):
        try:
            at = operator.index(index)
        except TypeError:
            at = None
        if at is None or not -len(self) <= at < len(self):
            scratch = type(self).layout_of()  # raises as ctypes does
            if value:
                scratch[index] = value[0]
            return scratch[index]
        index = at
        return self._at + index % len(self) * ctypes.sizeof(type(self).layout_of._type_)

    def _read_value(self):
        return type(self).layout_of.from_buffer_copy(bytes(self)).value

    def _write_value(self, value):
        self._write_text("value", value, len(value) + 1)

    def _write_raw(self, value):
        self._write_text("raw", value, len(value))

    def _write_text(self, name, value, length):
        """Store characters as ctypes does: for `value` also the zero after them, if it fits; the rest of the array
        stays."""
        kind = type(self).layout_of
        scratch = kind()
        setattr(scratch, name, value)
        store_whole(self._process, kind, self._at, bytes(scratch)[: length * ctypes.sizeof(kind._type_)])


def standing_for(kind, process, offset):
    """Return the look-alike of the shared memory of type `kind` at an offset. This is no method because fields may
    have any name."""
    stand_in = object.__new__(process.look_alike(kind))
    stand_in._process, stand_in._at = process, offset
    return stand_in


@functools.cache
def look_alike(kind):
    """Return the class whose objects stand for shared memory of the ctypes Structure, Union or array `kind`."""
    return look_alike_with(kind, kind)


def look_alike_with(kind, own):
    """Return the same, with what a learner added to the layout taken from `own`, a function's own copy of it."""
    body = {"__slots__": (), "layout_of": kind, "__module__": kind.__module__, "__qualname__": kind.__qualname__}
    body |= {"__class__": property(_class_of)}
    if issubclass(kind, ctypes.Array):
        body |= {"_type_": kind._type_, "_length_": kind._length_}
        if kind._type_ in (ctypes.c_char, ctypes.c_wchar):
            body["value"] = property(SharedArray._read_value, SharedArray._write_value)
        if kind._type_ is ctypes.c_char:
            body["raw"] = property(SharedArray.__bytes__, SharedArray._write_raw)
        return type(kind.__name__, (SharedArray,), body)
    body |= {"_fields_": getattr(kind, "_fields_", ())}
    body |= {name: inspect.getattr_static(own, name) for name in _added(kind)}
    body |= _fields(kind, 0)
    body.setdefault("__getattr__", lambda self, name: _no_field(kind, name))
    body.setdefault("__setattr__", _set_field)
    body.setdefault("__delattr__", _delete_field)
    return type(kind.__name__, (Shared,), body)


def _added(kind):
    """Return {name: value} of what a learner added to a layout or to its base classes: methods, constants."""
    added = {}
    for base in reversed(kind.__mro__):
        if base not in (object, ctypes.Structure, ctypes.Union, *ctypes.Structure.__mro__, *ctypes.Union.__mro__):
            added |= {name: value for name, value in vars(base).items() if _is_learners(name, value)}
    return added


@functools.cache
def with_methods(kind):
    """Return the Structures and Unions in a layout, at every depth, to which a learner added more than fields."""
    if issubclass(kind, ctypes.Array):
        return with_methods(kind._type_)
    if not issubclass(kind, ctypes.Structure | ctypes.Union):
        return ()
    has_more = any(getattr(value, "__module__", None) != layout.__name__ for value in _added(kind).values())
    parts = (part for name in layout.field_names(kind) for part in with_methods(layout.field_type(kind, name)))
    return tuple(dict.fromkeys((*([kind] if has_more else []), *parts)))


def _set_field(self, name, value):
    if name not in ("_at", "_process") and not hasattr(type(self), name):
        _no_field(type(self).layout_of, name)
    object.__setattr__(self, name, value)


def _delete_field(self, name):
    _set_field(self, name, None) if not hasattr(type(self), name) else object.__delattr__(self, name)


def _no_field(kind, name):
    raise layout.no_field(kind, name)


def _class_of(self):
    """Return the declared layout, for isinstance, as the function knows it."""
    return self._process.class_here(type(self).layout_of)


def _fields(kind, base):
    """Return {name: property} of the fields of a layout that begins at byte `base`, and of its anonymous parts."""
    properties = {}
    for name in layout.field_names(kind):
        properties[name] = _field(kind, name, base)
    for name in getattr(kind, "_anonymous_", ()):
        properties = _fields(layout.field_type(kind, name), base + getattr(kind, name).offset) | properties
    return properties


def _is_learners(name, value):
    """Return whether a learner added this to a layout, as a method or a constant, and ctypes did not."""
    if name in ("__init__", "__new__", "__class__", "__init_subclass__") or isinstance(value, layout.CFIELD):
        return False
    if name.startswith("__") and name.endswith("__"):
        return callable(value)
    return name not in ("_fields_", "_anonymous_", "_pack_", "_align_", "_layout_")


def _field(kind, name, base):
    field, field_kind = getattr(kind, name), layout.field_type(kind, name)
    if field.size != ctypes.sizeof(field_kind):
        return _bit_field(kind, name, base, field.offset, ctypes.sizeof(field_kind))
    offset = base + field.offset
    read = _load_text if is_text(field_kind) else load
    return property(
        lambda self: read(self._process, field_kind, self._at + offset),
        lambda self, value: store_field(self._process, kind, name, self._at + offset, value),
        lambda self: _delete(kind, name),
    )


def _delete(kind, name):
    delattr(kind(), name)  # raises ctypes' error


def _load_text(process, kind, offset):
    return kind.from_buffer_copy(load_whole(process, kind, offset)).value


def _bit_field(kind, name, base, offset, size):
    """Return the property of a bit field. It is a part of an integer: reading it loads that, writing it loads and
    stores that."""

    def around(self):
        scratch = bytearray(ctypes.sizeof(kind))
        scratch[offset : offset + size] = self._process.load(self._at + base + offset, size)
        return kind.from_buffer(scratch), scratch

    def write(self, value):
        whole, scratch = around(self)
        setattr(whole, name, value)
        self._process.store(self._at + base + offset, bytes(scratch[offset : offset + size]))

    return property(lambda self: getattr(around(self)[0], name), write, lambda self: _delete(kind, name))


def load(process, kind, offset):
    """Return the value of type `kind` at an offset; for a Structure or array, its look-alike."""
    if not issubclass(kind, ctypes._SimpleCData):
        return standing_for(kind, process, offset)
    raw = process.load(offset, ctypes.sizeof(kind))
    signed = NATIVE_INTS.get(kind)
    if signed is not None:
        return int.from_bytes(raw, sys.byteorder, signed=signed)
    return kind.from_buffer_copy(raw).value
