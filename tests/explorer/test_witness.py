"""A witness as a table: what a row says of memory."""

import ctypes

from shmlab import Program


class Note(ctypes.Structure):
    _fields_ = [("open", ctypes.c_int64), ("source", ctypes.c_int64)]


class Memory(ctypes.Structure):
    _fields_ = [("stock", ctypes.c_int64 * 2), ("note", Note)]


def fill(shm):
    shm.note.source = 7
    shm.stock[1] = 2
    assert not shm.stock[1]


def test_a_row_has_the_values_of_a_structure_and_the_caption_its_names():
    table = Program([fill], shared=Memory()).check(progress=False).witness.table()
    assert table.rows[-1][4] == "stock = [0, 2], note = {0, 7}"
    assert table.caption.endswith("before: stock = [0, 0], note = {'open': 0, 'source': 0}")
