import ctypes

from shmlab.observe import hexdump


class Header(ctypes.Structure):
    _fields_ = (("magic", ctypes.c_char * 4), ("version", ctypes.c_uint16))


class Record(ctypes.Structure):
    _fields_ = (
        ("tag", ctypes.c_uint8),
        ("header", Header),
        ("count", ctypes.c_int64),
        ("slots", ctypes.c_int32 * 3),
        ("rate", ctypes.c_double),
        ("pair", Header * 2),
        ("low", ctypes.c_uint32, 3),
        ("high", ctypes.c_uint32, 5),
        ("network", ctypes.c_int32.__ctype_be__),
        ("last", ctypes.c_bool),
    )


class Number(ctypes.Union):
    _fields_ = (("whole", ctypes.c_int32), ("real", ctypes.c_float))


class Extended(Record):
    _fields_ = (("number", Number), ("more", ctypes.c_uint8))


def places(kind):
    return {part.name: (part.offset, part.size) for part in hexdump.parts(kind) if part.name != hexdump.PADDING}


def values(memory):
    found = hexdump.values(type(memory), bytes(memory))
    return {part.name: value for part, value in found if part.name != hexdump.PADDING}


def test_every_byte_belongs_to_one_part():
    for kind in (Header, Record, Extended, Number, ctypes.c_int64, ctypes.c_int16 * 5):
        covered = [place for part in hexdump.parts(kind) for place in part.places]
        assert covered == list(range(ctypes.sizeof(kind)))


def test_fields_stand_where_ctypes_puts_them():
    found = places(Extended)
    assert found["count"] == (Record.count.offset, 8)
    assert found["header.version"] == (Record.header.offset + Header.version.offset, 2)
    assert found["slots"] == (Record.slots.offset, 12)
    assert found["pair[1].magic"] == (Record.pair.offset + ctypes.sizeof(Header), 4)
    assert found["low, high"] == (Record.low.offset, 4)
    assert found["number"] == (Extended.number.offset, 4)


def test_padding_is_what_is_left():
    padding = [(part.offset, part.size) for part in hexdump.parts(Record) if part.name == hexdump.PADDING]
    assert padding[0] == (1, 1)  # before the header, whose uint16 wants an even place
    assert padding[-1] == (ctypes.sizeof(Record) - 3, 3)  # so that an array of them stays aligned


def test_types_are_named_as_in_c():
    types = {part.name: part.type for part in hexdump.parts(Extended)}
    assert [types[name] for name in ("tag", "header.magic", "count", "slots", "rate", "network", "last")] == [
        "uint8", "char[4]", "int64", "int32[3]", "double", "int32, big-endian", "bool",
    ]  # fmt: skip
    assert types["number"] == "union Number"


def test_values_are_read_at_every_depth():
    memory = Extended(tag=1, count=-300, rate=0.5, low=2, high=9, network=258, last=True)
    memory.header.magic, memory.slots[1], memory.pair[1].version, memory.number.whole = b"SHML", 5, 3, 77
    found = values(memory)
    assert found["tag"] == "1"
    assert found["header.magic"] == "b'SHML'"
    assert found["count"] == "-300 = -0x12c"
    assert found["slots"] == "[0, 5, 0]"
    assert found["rate"] == "0.5"
    assert found["pair[1].version"] == "3"
    assert found["low, high"] == "2, 9"
    assert found["network"] == "258 = 0x102"
    assert found["last"] == "True"
    assert found["number"].startswith("whole = 77, real = 1.07")


def test_a_number_alone_and_an_array_alone_have_a_value():
    assert values(ctypes.c_int64(258)) == {"value": "258 = 0x102"}
    assert values((ctypes.c_int16 * 3)(1, 2, 3)) == {"value": "[1, 2, 3]"}


def test_a_structure_of_the_other_byte_order_says_so():
    class Swapped(ctypes.BigEndianStructure):
        _fields_ = (("number", ctypes.c_int32), ("letter", ctypes.c_uint8))

    types = {part.name: part.type for part in hexdump.parts(Swapped)}
    assert (types["number"], types["letter"]) == ("int32, big-endian", "uint8")
    assert values(Swapped(258, 1))["number"] == "258 = 0x102"


def test_a_long_value_is_cut():
    memory = (ctypes.c_int64 * 100)()
    assert values(memory)["value"].endswith(" …")
    assert len(values(memory)["value"]) < 60


def test_a_dump_has_offset_bytes_and_letters():
    text = hexdump.text(b"SHML\0\xff" + bytes(range(32, 48)), first=32)
    assert text.splitlines() == [
        "00000020  53 48 4d 4c 00 ff 20 21  22 23 24 25 26 27 28 29  |SHML.. !\"#$%&'()|",
        "00000030  2a 2b 2c 2d 2e 2f                                 |*+,-./|",
    ]


def test_the_table_prints():
    assert "magic    0       4      char[4]  b'SHML'" in str(hexdump.table(Header, b"SHML\1\0"))
