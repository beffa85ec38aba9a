"""What bytes of memory are called."""

import ctypes
import sys

import pytest

from shmlab.explorer.explain.field_names import field_at, number_at


class Header(ctypes.Structure):
    _fields_ = [("magic", ctypes.c_uint16), ("length", ctypes.c_int32)]  # two bytes of padding between them


class Memory(ctypes.Structure):
    _fields_ = [("counter", ctypes.c_int64), ("headers", Header * 2), ("rate", ctypes.c_double)]


@pytest.mark.parametrize(
    ("offset", "size", "name"),
    [
        (0, 8, "counter"),
        (2, 2, "bytes 2 to 3 of counter"),
        (7, 1, "byte 7 of counter"),
        (8, 2, "headers[0].magic"),
        (20, 4, "headers[1].length"),
        (16, 4, "4 bytes from headers[1].magic"),
        (18, 1, "padding at byte 2"),
    ],
)
def test_bytes_are_called_by_their_field(offset, size, name):
    assert field_at(Memory, offset, size) == name


@pytest.mark.parametrize(
    ("offset", "raw", "number"),
    [
        (0, b"\xff" * 8, -1),
        (0, b"\xff" * 4, 2**32 - 1),  # a part has no sign
        (4, b"\xff" * 8, 2**64 - 1),
        (8, b"\xff" * 2, 2**16 - 1),
        (12, b"\xff" * 4, -1),
        (24, bytes(ctypes.c_double(0.5)), 0.5),
        (10, b"\xff" * 2, 2**16 - 1),
    ],
)
def test_a_number_is_as_its_field_has_it(offset, raw, number):
    assert number_at(Memory, offset, raw) == number


def test_a_part_is_in_the_order_of_this_machine():
    assert number_at(Memory, 2, (513).to_bytes(2, sys.byteorder)) == 513
