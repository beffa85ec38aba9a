"""Programs that stay alive while they are looked at, and are gone afterwards."""

import os
import pathlib

import pytest

from shmlab import address_space
from shmlab.ipc import PosixSegment
from shmlab.observe.kept_alive import living


def greet(word):
    print(word, os.getpid())
    return word


def test_both_live_and_have_spoken_while_they_are_looked_at(capsys):
    with living(greet, "hello") as programs:
        assert [one.name for one in programs] == ["A", "B"]
        assert [one.output for one in programs] == [f"hello {one.pid}\n" for one in programs]
        assert all(one.alive for one in programs)
        assert capsys.readouterr().out.count("hello") == 2
    assert [one.exit.signal for one in programs] == [9, 9]
    assert not any(pathlib.Path("/proc", str(one.pid)).exists() for one in programs)


def test_the_next_one_starts_when_the_last_is_ready():
    def sign(segment):
        place = bytes(segment.buffer[:3]).index(0)
        segment.buffer[place] = place + 1
        return segment

    with PosixSegment.create(None, 64) as segment, living(sign, segment, names=("A", "B", "C")) as programs:
        assert bytes(segment.buffer[:4]) == b"\x01\x02\x03\x00"
        (row,) = [row for row in address_space(*programs).shared() if segment.name in row[0].path]
        assert len(row) == 3


def test_two_that_share_nothing_share_nothing_to_be_ready():
    with living(os.getpid) as programs:
        assert not [row for row in address_space(*programs).shared() if "w" in row[0].permissions]


def fail():
    raise KeyError("no such thing")


def leave():
    os._exit(3)


def test_what_goes_wrong_before_it_is_ready_is_told():
    with pytest.raises(KeyError, match="no such thing"), living(fail):
        raise AssertionError("it began")
    with pytest.raises(ChildProcessError, match="ended with exit code 3"), living(leave):
        raise AssertionError("it began")


def test_they_are_ended_when_the_block_raises():
    with pytest.raises(ZeroDivisionError), living(os.getpid) as programs:
        1 / 0  # noqa: B018
    assert [one.exit.signal for one in programs] == [9, 9]
