"""What comes through the wall is what was sent, or Tampered: there is nothing between the two."""

import enum
import json
import math

import pytest

from shmlab.explorer.ops import Op, Place
from shmlab.grading.messages import operations, texts, values, wire
from shmlab.grading.messages.wire import Channel, Closed, Tampered


@pytest.fixture
def ends():
    """A Channel, and the bare socket at its other end."""
    one, other = wire.pair()
    with one, other:
        yield Channel(one), other


def travelled(value):
    """A value, packed, sent as JSON and unpacked."""
    one, other = wire.pair()
    with one, other:
        Channel(one).send(["value", values.packed(value)])
        return values.unpacked(Channel(other).receive()[1])


class Colour(enum.IntEnum):
    RED = 3


TRAVELS = {
    "nothing": None,
    "truth": True,
    "a number": -7,
    "the widest number": -(2**4096 - 1),
    "a fraction": 0.1,
    "no end": -math.inf,
    "text": "ω \x00 \ud800",
    "bytes": b"\x00\xff",
    "containers": [1, (2, None), {3}, {}, [], ()],  # a set of one: of several, the order is the hashes'
    "a dict of all": {1: [b"k"], (1, 2): {"x": {True}}, None: 0.5},
}


@pytest.mark.parametrize("what", TRAVELS)
def test_plain_data_arrives_as_it_was_sent(what):
    assert repr(travelled(TRAVELS[what])) == repr(TRAVELS[what])


def test_what_is_close_to_plain_data_arrives_as_plain_data():
    assert math.isnan(travelled(math.nan))
    assert travelled(frozenset({1})) == {1}
    assert travelled(bytearray(b"x")) == b"x"
    assert type(travelled(Colour.RED)) is int


def nested(depth, value=0):
    for _ in range(depth):
        value = [value]
    return value


ENDLESS = []
ENDLESS.append(ENDLESS)
STAYS = {
    "an object": (object(), "object: plain data travels"),
    "a function": ([len], "builtin_function_or_method: plain data travels"),
    "a wide number": (2**4096, "a number of 4,097 bits"),
    "a deep list": (nested(22), "lists in each other, more than 20 deep"),
    "a list in itself": (ENDLESS, "lists in each other"),
}


@pytest.mark.parametrize("what", STAYS)
def test_what_cannot_travel_is_refused_before_it_is_sent(what):
    value, words = STAYS[what]
    with pytest.raises(TypeError, match=words):
        values.packed(value)


def test_twenty_deep_is_not_too_deep():
    assert travelled(nested(20)) == nested(20)


def test_other_things_travel_by_the_words_of_those_who_know_them():
    packed = values.packed([1, len], lambda value: {"name": value.__name__})
    assert packed == {"list": [1, {"name": "len"}]}
    assert values.unpacked(packed, lambda name, content: (name, content)) == [1, ("name", "len")]


NO_MESSAGE = {
    "no JSON": b"nonsense",
    "half of one": b'["x", 1',
    "two in one": b'["x"]["y"]',
    "an object": b'{"x": 1}',
    "an empty list": b"[]",
    "no name": b'[1, "x"]',
    "no UTF-8": b'["\xff"]',
    "no ASCII": '["é"]'.encode(),
    "UTF-16": '["x"]'.encode("utf-16"),
    "UTF-32": '["x"]'.encode("utf-32"),
    "NaN": b'["x", NaN]',
    "Infinity": b'["x", -Infinity]',
    "a number beyond all": b'["x", 1e999]',
    "a number without end": b'["x", ' + b"9" * 1300 + b"]",
    "a very long one": b'["x", -' + b"9" * 100_000 + b"]",
    "a name that is twice": b'["x", {"list": [1], "list": [2]}]',
    "lists without end": b"[" * 100_000,
    "lists that do end": b'["x",' + b"[" * 50_000 + b"]" * 50_000 + b"]",
    "objects without end": b'["x",' + b'{"list":' * 10_000,
    "too many bytes": b'["' + b"x" * wire.MOST + b'"]',
}


@pytest.mark.parametrize("what", NO_MESSAGE)
def test_what_is_no_message_is_tampered_and_the_next_one_arrives(what, ends):
    channel, other = ends
    other.send(NO_MESSAGE[what])
    other.send(b'["x", 1.5]')
    with pytest.raises(Tampered):
        channel.receive()
    assert channel.receive() == ["x", 1.5]


NO_VALUE = {
    "a bare list": [1],
    "an unknown form": {"pickle": "gASVBAAAAAAAAABLAS4="},
    "two forms": {"list": [], "tuple": []},
    "no form": {},
    "a list of no list": {"list": "xy"},
    "bytes of no text": {"bytes": [1]},
    "bytes of no digits": {"bytes": "0g"},
    "half a byte": {"bytes": "0"},
    "a float of another kind": {"float": "1.5"},
    "a float of no text": {"float": [1]},
    "a set of lists": {"set": [{"list": []}]},
    "a set with twins": {"set": [1, 1]},
    "a dict of no pairs": {"dict": [[1, 2, 3]]},
    "a dict of texts": {"dict": ["xy"]},
    "a dict with such keys": {"dict": [[{"list": []}, 1]]},
    "a dict with twins": {"dict": [[1, 2], [1, 3]]},
    "a wrong one deep inside": {"list": [{"tuple": [{"dict": [[1, {"bytes": 2}]]}]}]},
}


@pytest.mark.parametrize("what", NO_VALUE)
def test_what_is_no_value_is_tampered(what):
    with pytest.raises(Tampered):
        values.unpacked(NO_VALUE[what])


def test_values_more_than_twenty_deep_are_tampered():
    value = 0
    for _ in range(22):
        value = {"list": [value]}
    with pytest.raises(Tampered):
        values.unpacked(value)


def test_too_long_a_message_is_not_sent(ends):
    channel, other = ends
    with pytest.raises(ValueError, match=r"'load' takes 131,\d\d\d bytes: at most 131,072 travel at once"):
        channel.send(["load", "x" * wire.MOST])
    channel.send(["x", "y" * (wire.MOST - len('["x",""]'))])
    assert len(other.recv(wire.MOST + 1)) == wire.MOST


def test_it_is_told_whether_a_message_waits(ends):
    channel, other = ends
    assert not channel.has_message()
    other.send(b'["x"]')
    assert channel.has_message()
    assert channel.receive() == ["x"]
    assert not channel.has_message()


def test_a_patient_end_waits_for_so_long(ends):
    channel, _ = ends
    channel.set_timeout(0.001)
    with pytest.raises(BlockingIOError):
        channel.receive()


def test_nobody_there_is_closed(ends):
    channel, other = ends
    other.close()
    with pytest.raises(Closed):
        channel.receive()
    with pytest.raises(Closed):
        channel.send(["x"])


def touches(place, size):
    """Whether they are within the 16 bytes that were handed over."""
    return place >= 8 and place + size <= 24


OBJECTS = {0: "Semaphore", 1: "Mutex", 2: "Condition", 3: "Barrier"}
OPERATIONS = [
    Op("load", 8, 8),
    Op("load_acquire", 23, 1),
    Op("store", 16, 8, (b"12345678",)),
    Op("store_release", 8, 2, (b"12",)),
    Op("fetch_add", 8, 4, (2**32 - 1,)),
    Op("exchange", 8, 1, (255,)),
    Op("compare_exchange", 8, 8, (0, 2**64 - 1)),
    Op("fence"),
    Op("acquire", 0, 0, (True,)),
    Op("release", 1),
    Op("try_acquire", 1),
    Op("consistent", 1),
    Op("value", 0),
    Op("wait", 2, 0, (False,)),
    Op("notify", 2),
    Op("notify_all", 2),
    Op("barrier", 3, 0, (False,)),
]


@pytest.mark.parametrize("op", OPERATIONS, ids=str)
def test_operations_on_what_was_handed_over_arrive(op):
    assert operations.checked_op(json.loads(json.dumps(operations.packed_op(op))), touches, OBJECTS) == op


FORGED = {
    "before the bytes": ["load", 7, 8, []],
    "after the bytes": ["load", 17, 8, []],
    "three bytes": ["load", 8, 3, []],
    "no bytes": ["load", 8, 0, []],
    "a load with a value": ["load", 8, 8, [1]],
    "a store of nothing": ["store", 8, 8, []],
    "a store of too little": ["store", 8, 8, [{"bytes": "00"}]],
    "a store of a number": ["store", 8, 1, [0]],
    "one too many": ["exchange", 8, 1, [256]],
    "less than nothing": ["fetch_add", 8, 8, [-1]],
    "a truth added": ["fetch_add", 8, 8, [True]],
    "half an exchange": ["compare_exchange", 8, 8, [1]],
    "a place below": ["load", -8, 8, []],
    "a place that is true": ["acquire", True, 0, [False]],
    "a place in words": ["load", "8", 8, []],
    "a place with a fraction": ["load", 8.0, 8, []],
    "a place beyond all": ["load", 2**64, 8, []],
    "an unknown object": ["release", 9, 0, []],
    "what no mutex can": ["value", 1, 0, []],
    "what no semaphore can": ["consistent", 0, 0, []],
    "an acquire without a word on its limit": ["acquire", 0, 0, []],
    "an acquire with a number": ["acquire", 0, 0, [1]],
    "a release of so many": ["release", 0, 0, [5]],
    "a release with a size": ["release", 0, 8, []],
    "a fence somewhere": ["fence", 8, 0, []],
    "an end": ["end", 0, 0, []],
    "an unknown kind": ["flush", 8, 8, []],
    "a kind of lists": [["load"], 8, 8, []],
    "values that are none": ["load", 8, 8, {"list": []}],
    "too short": ["load", 8, 8],
    "too long": ["load", 8, 8, [], 0],
    "no list": "load",
    "nothing": None,
}


@pytest.mark.parametrize("what", FORGED)
def test_forged_operations_are_tampered(what):
    with pytest.raises(Tampered):
        operations.checked_op(FORGED[what], touches, OBJECTS)


PLACE = Place("<cell 3>", 4, "f", (4, 4, 0, 10), (("x", "1"),))


def test_places_of_the_learner_arrive_and_others_are_none():
    assert operations.checked_place(operations.packed_place(PLACE), {"<cell 3>"}) == PLACE
    assert operations.checked_place(operations.packed_place(PLACE._replace(span=())), {"<cell 3>"}) == PLACE._replace(
        span=()
    )
    assert operations.checked_place(operations.packed_place(PLACE), {"<cell 4>"}) is None
    assert operations.checked_place(operations.packed_place(None), {"<cell 3>"}) is None


def test_a_place_is_cut_to_what_fits():
    registers = tuple((f"n{number}" * 40, "x" * 1000) for number in range(90))
    found = operations.checked_place(operations.packed_place(PLACE._replace(registers=registers)), {"<cell 3>"})
    assert len(found.registers) == 40
    assert {len(value) for _, value in found.registers} == {100}


NO_PLACE = {
    "too short": ["<cell 3>", 4, "f", []],
    "no list": {"file": "<cell 3>"},
    "a text": "12345",
    "a file of numbers": [3, 4, "f", [], []],
    "a line of words": ["<cell 3>", "4", "f", [], []],
    "a line below": ["<cell 3>", -1, "f", [], []],
    "half a span": ["<cell 3>", 4, "f", [1, 2], []],
    "a span of letters": ["<cell 3>", 4, "f", "abcd", []],
    "a function of numbers": ["<cell 3>", 4, 5, [], []],
    "a long function": ["<cell 3>", 4, "f" * 5000, [], []],
    "registers by letters": ["<cell 3>", 4, "f", [], {"ab": 1}],
    "registers of three": ["<cell 3>", 4, "f", [], [["x", "y", "z"]]],
    "registers of numbers": ["<cell 3>", 4, "f", [], [["x", 1]]],
    "registers that no file holds": ["<cell 3>", 4, "f", [], [["x", "\ud800"]]],
    "too many": ["<cell 3>", 4, "f", [], [["x", "1"]] * 41],
}


@pytest.mark.parametrize("what", NO_PLACE)
def test_what_is_no_place_is_tampered(what):
    with pytest.raises(Tampered):
        operations.checked_place(NO_PLACE[what], {"<cell 3>"})


def test_texts_are_short_and_can_be_written():
    assert texts.is_text("ω" * 4000)
    assert not texts.is_text("x" * 4001)
    assert not texts.is_text("x\ud800")
    assert not texts.is_text(b"x")
    assert texts.shortened("x" * 5000) == "x" * 3999 + "…"
    assert texts.shortened("a\ud800b") == "a?b"
    assert texts.shortened("abc", 2) == "a…"
    assert texts.is_text(texts.shortened("\ud800" * 9000))


@pytest.mark.parametrize(("value", "is_one"), [(0, 1), (2**64 - 1, 1), (2**64, 0), (-1, 0), (True, 0), (1.0, 0)])
def test_counts_are_whole_and_no_longer_than_an_address(value, is_one):
    assert texts.is_count(value) == bool(is_one)
