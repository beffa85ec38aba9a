"""Which of four kinds of shared memory outlive a process, however it ends; afterwards nothing of them is there."""

import os
import signal
import threading

import pytest
from foreign import in_kernel, planted

from shmlab import objects
from shmlab.observe import what_stays
from shmlab.observe.what_stays import ANONYMOUS, KINDS, MEMFD, POSIX, SYSV


def returns():
    pass


def raises():
    raise ValueError("a bad number")


def exits():
    os._exit(3)


def is_killed():
    os.kill(os.getpid(), signal.SIGKILL)


def test_what_has_a_name_or_a_key_stays_however_the_process_ends():
    with planted() as foreign:
        found = what_stays(returns, raises, exits, is_killed)
        assert in_kernel() == foreign
    assert [end.stays for end in found.ends] == [{POSIX: True, SYSV: True, ANONYMOUS: False, MEMFD: False}] * 4
    assert [end.words.partition(":")[0] for end in found.ends] == [
        "finished",
        "raised ValueError",
        "ended with exit code 3",
        "was killed by SIGKILL",
    ]
    assert not objects()


def test_the_table_has_a_row_for_each_kind_and_a_column_for_each_end():
    table = what_stays(returns, is_killed).table()
    assert table.headings == ("shared memory", "returns", "is_killed")
    assert [row[0] for row in table.rows] == list(KINDS)
    assert [row[1:] for row in table.rows] == [("stays", "stays")] * 2 + [("gone", "gone")] * 2


def test_an_end_that_cannot_travel_is_refused_and_leaves_nothing():
    lock = threading.Lock()

    def ends():
        lock.acquire()

    with pytest.raises(TypeError, match="cannot"):
        what_stays(ends)
    assert not objects()
