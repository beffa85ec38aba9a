import ctypes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shmlab import buffer, layout

integers = st.integers(-(2**63), 2**63 - 1)
names = st.from_regex(r"[a-z][a-z0-9_]{0,8}x", fullmatch=True)
declarations = st.dictionaries(
    names,
    st.one_of(integers, st.lists(integers, min_size=1, max_size=20), st.binary(min_size=1, max_size=50)),
    max_size=8,
)
steadily = settings(deadline=None, derandomize=True, database=None)


@steadily
@given(declarations)
def test_values_come_back_as_they_were_declared(shared):
    assert layout.values(layout.initial(shared)) == shared


@steadily
@given(declarations)
def test_values_survive_being_copied_as_bytes(shared):
    memory = layout.initial(shared)
    copy = type(memory).from_buffer_copy(bytes(memory))
    assert layout.values(copy) == shared


@steadily
@given(declarations, names)
def test_a_layout_refuses_every_name_but_its_own(shared, name):
    memory = layout.initial(shared)
    if name not in shared:
        with pytest.raises(AttributeError):
            setattr(memory, name, 1)
        with pytest.raises(AttributeError):
            getattr(memory, name)


@steadily
@given(st.integers(-(2**70), 2**70))
def test_integers_wrap_as_in_c(number):
    memory = layout.initial({"counter": 0})
    memory.counter = number
    assert (memory.counter - number) % 2**64 == 0
    assert -(2**63) <= memory.counter < 2**63


def test_fields_follow_one_another_without_gaps_for_integers():
    kind = type(layout.initial({"first": 1, "row": [1, 2], "last": 3}))
    assert (kind.first.offset, kind.row.offset, kind.last.offset, ctypes.sizeof(kind)) == (0, 8, 24, 32)


def test_nothing_is_a_layout_too():
    memory = layout.initial({})
    assert (layout.values(memory), ctypes.sizeof(memory)) == ({}, 0)
    assert bytes(layout.buffer(memory)) == b""


@pytest.mark.parametrize("field", [1, [1, 2], b"ab"])
def test_the_buffer_is_the_same_memory(field):
    memory = layout.initial({"field": field})
    buffer(memory)[0] = 0xFF
    assert bytes(memory)[0] == 0xFF


def test_the_buffer_of_an_array_is_the_same_memory():
    memory = layout.initial({"row": [0, 0]})
    buffer(memory.row)[8] = 5
    assert memory.row[1] == 5


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ({"x": 1.5}, "'x' is 1.5: give an int"),
        ({"x": None}, "'x' is None"),
        ({"x": "text"}, "'x' is 'text'"),
        ({"x": (1, 2)}, r"'x' is \(1, 2\)"),
        ({"x": [1, 2.5]}, "'x' holds 2.5: a list of shared memory holds integers"),
        ({"x": [[1]]}, r"'x' holds \[1\]"),
        ([("x", 1)], r"shared is \[\('x', 1\)\]: give a dict"),
        (7, "shared is 7: give a dict"),
        (ctypes.Structure, "shared is <class .*an instance of a ctypes Structure"),
    ],
)
def test_what_cannot_be_shared_is_a_type_error_that_names_it(shared, words):
    with pytest.raises(TypeError, match=words):
        layout.initial(shared)


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        ({"a b": 1}, "'a b'"),
        ({"": 1}, "''"),
        ({"2nd": 1}, "'2nd'"),
        ({"for": 1}, "'for'"),
        ({3: 1}, "field 3"),
        ({"_fields_": 1}, "'_fields_': names that begin with an underscore"),
        ({"x": []}, "'x' is an empty list"),
        ({"x": b""}, "'x' is empty"),
        ({"x": 2**63}, f"'x' holds {2**63}"),
        ({"x": -(2**63) - 1}, "a signed 64-bit integer is"),
        ({"x": [0, 2**63]}, f"'x' holds {2**63}"),
    ],
)
def test_what_does_not_fit_is_a_value_error_that_names_it(shared, words):
    with pytest.raises(ValueError, match=words):
        layout.initial(shared)


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int32), ("y", ctypes.c_int32))

    def norm(self):
        return abs(self.x) + abs(self.y)


class Named(Point):
    """A Point with one more field."""

    _fields_ = (("name", ctypes.c_char * 8),)


class Alias(Point):
    """A Point under another name, with no fields of its own."""


class Strict(ctypes.Structure):
    __slots__ = ()
    _fields_ = (("x", ctypes.c_int32),)


class Word(ctypes.Union):
    _fields_ = (("whole", ctypes.c_uint16), ("halves", ctypes.c_uint8 * 2))


class Everything(ctypes.Structure):
    _fields_ = (
        ("points", Point * 2),
        ("word", Word),
        ("low", ctypes.c_uint16, 3),
        ("high", ctypes.c_uint16, 13),
        ("ratio", ctypes.c_double),
        ("letter", ctypes.c_char),
        ("flag", ctypes.c_bool),
    )


def everything():
    return Everything(((1, 2), (3, 4)), (0x0201,), 5, 8000, 0.5, b"q", True)


def test_a_structure_keeps_its_layout_content_and_methods():
    memory = layout.initial(Point(3, -4))
    assert (layout.values(memory), memory.norm(), bytes(memory)) == ({"x": 3, "y": -4}, 7, bytes(Point(3, -4)))


def test_a_structure_is_copied():
    given_point = Point(3, 4)
    layout.initial(given_point).x = 9
    assert given_point.x == 3


def test_a_structure_becomes_strict_at_every_depth():
    memory = layout.initial(everything())
    for place in (memory, memory.points[0], memory.word):
        with pytest.raises(AttributeError):
            place.misspelt = 1


def test_a_copied_structure_has_every_field_where_it_was():
    kind = type(layout.initial(everything()))
    assert ctypes.sizeof(kind) == ctypes.sizeof(Everything)
    for name, *_ in Everything._fields_:
        assert (getattr(kind, name).offset, getattr(kind, name).size) == (
            getattr(Everything, name).offset,
            getattr(Everything, name).size,
        )


def test_all_kinds_of_fields_come_as_plain_python():
    assert layout.values(layout.initial(everything())) == {
        "points": [{"x": 1, "y": 2}, {"x": 3, "y": 4}],
        "word": {"whole": 0x0201, "halves": b"\1\2"},
        "low": 5,
        "high": 8000,
        "ratio": 0.5,
        "letter": b"q",
        "flag": True,
    }


@pytest.mark.parametrize("kind", [Named, Alias])
def test_inherited_fields_are_kept_and_strict(kind):
    memory = layout.initial(kind(1, 2))
    assert ctypes.sizeof(memory) == ctypes.sizeof(kind)
    assert layout.values(memory)["y"] == 2
    assert memory.norm() == 3
    with pytest.raises(AttributeError):
        memory.misspelt = 1


def test_a_strict_layout_is_taken_as_it_is():
    assert type(layout.initial(Strict(1))) is Strict
    assert layout.strict(Strict * 3) is Strict * 3


def test_a_packed_structure_stays_packed():
    class Packed(ctypes.Structure):
        _pack_ = 1
        _layout_ = "ms"
        _fields_ = (("small", ctypes.c_uint8), ("large", ctypes.c_uint64))

    assert ctypes.sizeof(layout.initial(Packed(1, 2))) == 9


def test_fields_of_another_byte_order_keep_it():
    class Network(ctypes.BigEndianStructure):
        _fields_ = (("port", ctypes.c_uint16),)

    memory = layout.initial(Network(80))
    assert (bytes(memory), layout.values(memory)) == (b"\0\x50", {"port": 80})


def test_anonymous_fields_stay_within_reach():
    class Packet(ctypes.Structure):
        _anonymous_ = ("word",)
        _fields_ = (("word", Word), ("end", ctypes.c_uint8))

    memory = layout.initial(Packet((0x0201,), 3))
    memory.whole = 0x0403
    assert bytes(memory.word.halves) == b"\3\4"


@pytest.mark.parametrize("kind", [ctypes.c_char_p, ctypes.c_wchar_p, ctypes.py_object, ctypes.POINTER(ctypes.c_int)])
def test_pointers_cannot_be_shared(kind):
    class Pointing(ctypes.Structure):
        _fields_ = (("target", kind),)

    # An address of one process means nothing in another: following it there would crash.
    with pytest.raises(TypeError, match="'target'"):
        layout.initial(Pointing())


def test_field_names_are_in_order_with_those_of_the_base_first():
    assert layout.field_names(Named) == ["x", "y", "name"]
    assert layout.field_names(Alias) == ["x", "y"]


def test_the_type_of_a_field_is_found_in_the_base_too():
    assert layout.field_type(Named, "y") is ctypes.c_int32
    with pytest.raises(AttributeError, match="Named has no field 'z'; its fields are x, y, name"):
        layout.field_type(Named, "z")
