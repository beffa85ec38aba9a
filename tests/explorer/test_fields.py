"""shm in a check is what a ctypes Structure over a segment is: the same values, exceptions and bytes."""

import ctypes
import itertools
from ctypes import c_bool, c_char, c_double, c_float, c_int8, c_int16, c_int32, c_int64, c_uint8, c_uint16, c_uint32

import pytest
from alone import outcome, outcomes, twins
from cells import cell
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import Program, layout

steadily = settings(deadline=None, derandomize=True, database=None, max_examples=60)

INTS = [getattr(ctypes, f"c_{sign}int{bits}") for sign in ("", "u") for bits in (8, 16, 32, 64)]
SCALARS = [*INTS, c_float, c_double, c_bool, c_char, ctypes.c_size_t, ctypes.c_longlong]
numbered_names = map("f{}".format, itertools.count())


def made(base, fields, **body):
    return type("Made", (base,), {**body, "_fields_": fields})


def named(kinds):
    return [(next(numbered_names), kind) for kind in kinds]


def structures(kinds):
    """Structures and Unions of fields of these kinds: plain, packed, with an anonymous part."""
    fields = st.lists(kinds, min_size=1, max_size=4).map(named)
    return st.one_of(
        fields.map(lambda found: made(ctypes.Structure, found)),
        fields.map(lambda found: made(ctypes.Structure, found, _pack_=1, _layout_="ms")),
        fields.map(lambda found: made(ctypes.Union, found)),
        st.tuples(fields, fields).map(
            lambda two: made(ctypes.Structure, [*two[0], ("inner", made(ctypes.Union, two[1]))], _anonymous_=("inner",))
        ),
    )


def arrays(kind):
    return st.integers(1, 4).map(lambda length: kind * length)


def bit_fields(kind):
    widths = st.lists(st.integers(1, ctypes.sizeof(kind) * 8), min_size=1, max_size=3)
    return widths.map(lambda bits: made(ctypes.Structure, [(next(numbered_names), kind, width) for width in bits]))


scalars = st.sampled_from(SCALARS)
big_endian = st.lists(st.sampled_from([*INTS, c_double]), min_size=1, max_size=3).map(
    lambda kinds: made(ctypes.BigEndianStructure, named(kinds))
)
leaves = st.one_of(scalars, scalars, scalars.flatmap(arrays), st.sampled_from(INTS).flatmap(bit_fields), big_endian)
kinds = st.recursive(leaves, lambda inner: st.one_of(structures(inner), inner.flatmap(arrays)), max_leaves=6)
layouts = structures(kinds).filter(lambda kind: issubclass(kind, ctypes.Structure))

numbers = st.one_of(st.integers(-(2**65), 2**65), st.integers(-3, 3), st.booleans())
values = st.one_of(
    numbers, numbers, st.floats(width=32), st.binary(max_size=4), st.none(), st.lists(st.integers(0, 9), max_size=3)
)
# (the way down through the parts of shm, whether the last one is written, what to write)
acts = st.lists(st.tuples(st.lists(st.integers(0, 5), min_size=1, max_size=4), st.booleans(), values), max_size=8)


def parts_of(found):
    """The names or indexes of what a Structure, Union or array consists of."""
    kind = getattr(type(found), "layout_of", type(found))
    if issubclass(kind, ctypes.Array):
        return [*range(-1, kind._length_ + 1), slice(0, 2), slice(None, None, -1)]
    return [*layout.field_names(kind), "nonesuch"] if issubclass(kind, ctypes.Structure | ctypes.Union) else []


def follow(found, way, writes, value):
    """Go the way down, and read or write the last part."""
    for step, number in enumerate(way):
        parts = parts_of(found)
        if not parts:
            return found
        part = parts[number % len(parts)]
        by_name = isinstance(part, str)
        if writes and step == len(way) - 1:
            return setattr(found, part, value) if by_name else found.__setitem__(part, value)
        found = getattr(found, part) if by_name else found[part]
    return found


def without_padding(kind, memory):
    """The bytes that belong to fields; C leaves those between them as they come."""
    return bytes(byte for byte, counts in zip(memory, fields_cover(kind), strict=True) if counts)


def fields_cover(kind):
    """For each byte of a layout, whether it belongs to a field."""
    if issubclass(kind, ctypes.Array):
        return fields_cover(kind._type_) * kind._length_
    if not issubclass(kind, ctypes.Structure | ctypes.Union):
        return [True] * ctypes.sizeof(kind)
    covered = [False] * ctypes.sizeof(kind)
    for name, inner, *_ in kind._fields_:
        for at, counts in enumerate(fields_cover(inner), getattr(kind, name).offset):
            covered[at] |= counts
    return covered


@steadily
@given(layouts, acts, st.data())
def test_any_layout_reads_and_writes_as_the_real_one(kind, acts, data):
    content = data.draw(st.binary(min_size=ctypes.sizeof(kind), max_size=ctypes.sizeof(kind)))
    real, memory, shm, process = twins(kind.from_buffer_copy(content))
    for way, writes, value in acts:
        assert outcome(follow, shm, way, writes, value) == outcome(follow, real, way, writes, value)
        assert without_padding(kind, process.memory) == without_padding(kind, memory)


class Pair(ctypes.Structure):
    _fields_ = (("x", c_int16), ("y", c_int16))
    FACTOR = 5
    weights = (1, 2)

    def total(self):
        return self.x + self.FACTOR * self.y

    @property
    def first(self):
        return self.x

    @first.setter
    def first(self, value):
        self.x = value

    @classmethod
    def unit(cls):
        return cls(1, 1)

    @staticmethod
    def four():
        return 4

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return (self.x, self.y)[index]


class Born(ctypes.Structure):
    _fields_ = (("x", c_int16), ("y", c_int16))

    def __init__(self, x, y=7):
        super().__init__(x, y)


class Either(ctypes.Union):
    _fields_ = (("small", c_uint8), ("large", c_uint32))


class Bits(ctypes.Structure):
    _fields_ = (("low", c_uint8, 3), ("high", c_uint8, 3), ("wide", c_int32, 29))


class Swapped(ctypes.BigEndianStructure):
    _fields_ = (("x", c_int16), ("w", c_int16), ("y", c_uint32), ("z", c_double))


class Everything(ctypes.Structure):
    _fields_ = (
        ("number", c_int64),
        ("flag", c_bool),
        ("letter", c_char),
        ("ratio", c_float),
        ("text", c_char * 4),
        ("lines", c_char * 4 * 2),
        ("slots", c_int32 * 3),
        ("grid", c_uint16 * 2 * 2),
        ("pair", Pair),
        ("pairs", Pair * 2),
        ("born", Born),
        ("either", Either),
        ("bits", Bits),
        ("swapped", Swapped),
        ("tiny", c_int8),
    )


def everything():
    return Everything.from_buffer_copy(bytes((index * 37 + 11) % 251 for index in range(ctypes.sizeof(Everything))))


SAME = """
import copy; part = copy.copy(shm.pair); part.first = 9; r = part.first, shm.pair.first
import copy; part = copy.deepcopy(shm.slots); part[0] = 9; r = part[0], shm.slots[0], list(part)
shm.number = 2**64 + 5
shm.number = ctypes.c_int32(5)
shm.number = True; r = shm.number
shm.number = 1.5
shm.number = None
shm.flag = 2; r = shm.flag
shm.flag = b''; r = shm.flag
shm.letter = 65; r = shm.letter
shm.letter = 300
shm.letter = b'ab'
shm.ratio = 1e300; r = shm.ratio
shm.ratio = 'x'
shm.text = b'ab'; r = shm.text
shm.text = b'abcd'; r = shm.text
shm.text = b'abcde'
shm.text = 'ab'
r = shm.lines[0].value, shm.lines[1].raw
shm.lines[0].value = b'a'
shm.lines[0].raw = b'a'
shm.lines[0] = b'ab'
shm.lines[0] = (1,)
shm.lines[0] = shm.lines[1]
shm.lines[0][0:2] = b'xy'
shm.lines[0][0] = 120
r = [bytes(line) for line in shm.lines]
shm.slots = (1, 2)
shm.slots = [1, 2, 3]
shm.slots = (1, 2, 3, 4)
shm.slots[:] = [1, 2, 3]
shm.slots[:] = [1, 'a', 3]
shm.slots[0:2] = 0
shm.slots[0:2] = [1]
shm.slots[1:] = shm.slots[:2]
shm.slots[0] += 1; r = shm.slots[0]
shm.slots['a']
shm.slots[1.0]
r = shm.slots[2**70]
r = shm.slots[True]
r = shm.slots[:], shm.slots[::-1], shm.slots[1:9]
r = len(shm.slots), sum(shm.slots), sorted(shm.slots), list(reversed(shm.slots)), 3 in shm.slots
a, b, c = shm.slots; r = b
r = shm.slots == shm.slots
shm.grid[1][0] = 5; r = [list(row) for row in shm.grid]
shm.grid[0] = shm.grid[1]
r = shm.pair.x, shm.pair.total(), shm.pair.first, shm.pair.four()
shm.pair.first = 3
r = shm.pair.FACTOR, shm.pair.weights
r = len(shm.pair), shm.pair[1]
r = shm.pair.unit().x
r = shm.pair.nope
shm.pair.nope = 1
shm.pair = shm.pairs[0]
shm.pair = (1,)
shm.pair = (1, 2, 3)
shm.pair = 3
shm.pairs[1] = shm.pairs[0]
shm.pairs[0] = (9,)
shm.pair, shm.pairs[0] = shm.pairs[0], shm.pair
part = shm.pair; part.x = 9; r = shm.pair.x
part = type(shm.pair)(1, 2); shm.pair = part; r = shm.pair.y
part = type(shm.pair)(1, 2); part.x = 5; r = part.x
r = type(shm.slots)(1, 2, 3)[1]
r = shm.born.x, shm.born.y
shm.born.x = 3
shm.born = (4,)
shm.either = (3,); r = shm.either.small
shm.either.large = 2**31; r = shm.either.small
shm.bits.low = 9; shm.bits.high = 7; r = shm.bits.low
shm.bits.wide = -1; r = shm.bits.wide
shm.swapped.y = 1; r = shm.swapped.y
shm.swapped = (1, 2, 3, 4.5)
shm.tiny = 200; r = shm.tiny
r = hasattr(shm, 'nope'), hasattr(shm, 'pair')
setattr(shm, 'number', getattr(shm, 'number') + 1)
r = ctypes.sizeof(shm), ctypes.sizeof(shm.slots), ctypes.sizeof(type(shm.pair))
""".strip().splitlines()


@pytest.mark.parametrize("code", SAME)
def test_what_a_learner_writes_does_the_same(code):
    real, seen = outcomes(code, everything())
    assert seen == real


# Ways around the fields, by address or by pickle: no check follows them.
REFUSED = """
import pickle; r = pickle.dumps(shm.pair)
r = ctypes.addressof(shm)
r = ctypes.byref(shm)
r = ctypes.pointer(shm.pair)
ctypes.memset(ctypes.addressof(shm), 0, 8)
ctypes.memmove(shm, b'12345678', 8)
r = ctypes.string_at(shm, 8)
r = ctypes.cast(shm.slots, ctypes.POINTER(ctypes.c_int32))[0]
""".strip().splitlines()


@pytest.mark.parametrize("code", REFUSED)
def test_what_cannot_be_followed_is_refused_by_name(code):
    _, (seen, memory) = outcomes(code, everything())
    assert seen == (NotImplementedError, "")
    assert memory == bytes(everything())


@pytest.mark.parametrize(
    ("kind", "code", "final"),
    [
        (Born, "shm.x = shm.y + 1", "x = 8, y = 7"),
        (Pair, "shm.x = shm.total()", "x = 36, y = 7"),
        (Pair, "shm.x = shm.FACTOR", "x = 5, y = 7"),
    ],
)
def test_a_whole_program_has_its_layouts_methods(kind, code, final):
    function = cell(f"def f(shm):\n    {code}")["f"]
    program = Program([function], shared=kind(1, 7))
    assert program.count(progress=False).finals == {final: (1, True)}
    assert program.check(progress=False).ok
