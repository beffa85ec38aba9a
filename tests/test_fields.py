"""shm in a check is what a ctypes Structure over a segment is: the same values, exceptions and bytes."""

import ctypes
import itertools

import pytest
from alone import Alone, outcome, plain, twins
from cells import cell
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import Program, layout
from shmlab.explorer.fields import look_alike

steadily = settings(deadline=None, derandomize=True, database=None, max_examples=150)

INTS = [getattr(ctypes, f"c_{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
SCALARS = [*INTS, ctypes.c_float, ctypes.c_double, ctypes.c_bool, ctypes.c_char, ctypes.c_size_t, ctypes.c_longlong]
names = map("f{}".format, itertools.count())


def made(base, fields, **body):
    return type("Made", (base,), {**body, "_fields_": fields})


def array_of(kind):
    return st.integers(1, 4).map(lambda length: kind * length)


def bit_fields(kind):
    widths = st.lists(st.integers(1, ctypes.sizeof(kind) * 8), min_size=1, max_size=3)
    return widths.map(lambda bits: made(ctypes.Structure, [(next(names), kind, width) for width in bits]))


def structures(kinds):
    """Structures and Unions of fields of these kinds: plain, packed, with an anonymous part."""
    fields = st.lists(kinds, min_size=1, max_size=4).map(lambda found: [(next(names), kind) for kind in found])
    return st.one_of(
        fields.map(lambda found: made(ctypes.Structure, found)),
        fields.map(lambda found: made(ctypes.Structure, found, _pack_=1)),
        fields.map(lambda found: made(ctypes.Union, found)),
        st.tuples(fields, fields).map(
            lambda two: made(
                ctypes.Structure, [*two[0], ("inner", made(ctypes.Union, two[1]))], _anonymous_=("inner",)
            )
        ),
    )


scalars = st.sampled_from(SCALARS)
swapped = st.lists(st.sampled_from([*INTS, ctypes.c_double]), min_size=1, max_size=3).map(
    lambda kinds: made(ctypes.BigEndianStructure, [(next(names), kind) for kind in kinds])
)
leaves = st.one_of(scalars, scalars, scalars.flatmap(array_of), st.sampled_from(INTS).flatmap(bit_fields), swapped)
kinds = st.recursive(leaves, lambda inner: st.one_of(structures(inner), inner.flatmap(array_of)), max_leaves=6)
layouts = structures(kinds).filter(lambda kind: issubclass(kind, ctypes.Structure))

numbers = st.one_of(st.integers(-(2**65), 2**65), st.integers(-3, 3), st.booleans())
values = st.one_of(
    numbers,
    numbers,
    st.floats(width=32),
    st.binary(max_size=4),
    st.text("ab", max_size=2),
    st.none(),
    st.tuples(st.integers(0, 9)),
    st.lists(st.integers(0, 9), max_size=3),
)
acts = st.lists(st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.booleans(), values), max_size=8)


def parts_of(found):
    """The names or indexes of what a Structure, Union or array consists of."""
    kind = getattr(type(found), "layout_of", type(found))
    if issubclass(kind, ctypes.Array):
        return [*range(-1, kind._length_ + 1), slice(0, 2), slice(None, None, -1)]
    return [*layout.field_names(kind), "nonesuch"] if issubclass(kind, ctypes.Structure | ctypes.Union) else []


def follow(found, way, writes, value):
    """Go the way down through the parts of shm, and read or write the last."""
    for step, number in enumerate(way):
        parts = parts_of(found)
        if not parts:
            return found
        part = parts[number % len(parts)]
        last = writes and step == len(way) - 1
        if isinstance(part, str):
            if last:
                setattr(found, part, value)
                return None
            found = getattr(found, part)
        else:
            if last:
                found[part] = value
                return None
            found = found[part]
    return found


@steadily
@given(layouts, acts, st.data())
def test_any_layout_reads_and_writes_as_the_real_one(kind, acts, data):
    content = data.draw(st.binary(min_size=ctypes.sizeof(kind), max_size=ctypes.sizeof(kind)))
    real, memory, shm, process = twins(kind.from_buffer_copy(content))
    for way, writes, value in acts:
        assert outcome(follow, shm, way, writes, value) == outcome(follow, real, way, writes, value)
        assert process.memory == memory
