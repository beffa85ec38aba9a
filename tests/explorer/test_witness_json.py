import ctypes
import json

import pytest
from replayed import FAILING

from shmlab import Program, Witness, plot


def failing(name):
    make, crashes, _ = FAILING[name]
    program = make()
    return program, program.check(crashes=crashes, progress=False).witness


@pytest.mark.parametrize("name", FAILING)
def test_a_witness_that_was_written_is_read_again_equal(name):
    _, witness = failing(name)
    again = Witness.from_json(witness.to_json())
    assert again == witness
    assert str(again) == str(witness)
    assert again.to_json() == witness.to_json()


@pytest.mark.parametrize("name", ["lost updates", "two mutexes", "polite", "held by a dead one"])
def test_a_witness_that_was_read_is_replayed_and_drawn(name):
    program, witness = failing(name)
    again = Witness.from_json(witness.to_json())
    assert program.replay(again).why == program.replay(witness).why
    plot(again)


class Odd(ctypes.Structure):
    _fields_ = [
        ("ratio", ctypes.c_double),
        ("name", ctypes.c_char * 4),
        ("wide", ctypes.c_wchar * 3),
        ("data", ctypes.c_uint8 * 3),
        ("flag", ctypes.c_bool),
        ("low", ctypes.c_uint8, 3),
        ("wide_number", ctypes.c_uint64),
    ]


def fill(shm):
    shm.ratio = float("inf")
    shm.name = b"\xff\x00"
    shm.wide = 'ß"'
    shm.data = (1, 2, 255)
    shm.flag, shm.low, shm.wide_number = True, 5, 2**64 - 1
    assert not shm.flag, 'said "so"'


@pytest.mark.parametrize("memory", ["sc", "tso", "pso"])
def test_values_of_every_kind_survive(memory):
    witness = Program(fill, processes=2, shared=Odd()).check(memory=memory, progress=False).witness
    text = witness.to_json()
    assert Witness.from_json(text) == witness
    assert Witness.from_json(json.dumps(json.loads(text))) == witness


def test_the_text_can_be_read_by_people():
    _, witness = failing("lost updates")
    lines = witness.to_json().splitlines()
    assert lines[1:3] == ['"format": "shmlab witness",', '"version": 1,']
    told = [line for line in lines if '"words": ' in line]
    assert len(told) == len(witness.steps)
    assert '"words": "load n → 0"' in told[0] or '"words": "load ' in told[0]


def changed(text, *path, to=None, drop=False):
    found = json.loads(text)
    where = found
    for one in path[:-1]:
        where = where[one]
    if drop:
        del where[path[-1]]
    else:
        where[path[-1]] = to
    return json.dumps(found)


def test_a_text_that_is_no_witness_is_refused_by_name():
    _, witness = failing("lost updates")
    text = witness.to_json()
    for broken, said in {
        "": "this is no witness, as it is no JSON: Expecting value",
        "{": "as it is no JSON",
        "[]": "does not begin with",
        "[" * 100_000: "this is no witness",
        "{}": "does not begin with",
        changed(text, "version", to=2): "is of version 2, and this shmlab reads version 1",
        changed(text, "ends", drop=True): r"^ends is missing",
        changed(text, "steps", 1, "kind", drop=True): r"^steps\[1\]\.kind is missing",
        changed(text, "steps", 1, "colour", to="red"): r"^steps\[1\]\.colour is no part",
        changed(text, "steps", 1, "rank", to="x"): r"^steps\[1\]\.rank is 'x'.*: a whole number",
        changed(text, "steps", 1, "rank", to=7): r"^steps\[1\]\.rank is 7.*as in the schedule",
        changed(text, "steps", 1, to=[]): r"^steps\[1\] is \[\].*: an object",
        changed(text, "steps", 1, "memory", to=3): r"^steps\[1\]\.memory is 3",
        changed(text, "steps", 1, "preempts", to=1): r"^steps\[1\]\.preempts is 1.*: true or false",
        changed(text, "schedule", 0, to=[0]): r"^schedule\[0\] is \[0\].*: a list of 2",
        changed(text, "schedule", to=[]): "of a schedule of 0",
        changed(text, "core", 0, to=10_000): r"^core\[0\] is 10000",
        changed(text, "loop", to=10_000): "^loop is 10000",
        changed(text, "memory", to="strong"): "^memory is 'strong'.*: one of",
        changed(text, "raw", to="00"): "^raw is '00'",
        changed(text, "raw", to={"$bytes": "zz"}): "^raw is ",
        changed(text, "final", to={"n": {"$float": "one"}}): "^final.n is 'one'",
    }.items():
        with pytest.raises(ValueError, match=said):
            Witness.from_json(broken)
    with pytest.raises(TypeError, match="give the text that to_json"):
        Witness.from_json(text.encode())


def test_a_witness_of_another_program_does_not_fit():
    _, witness = failing("lost updates")
    other, _ = failing("two mutexes")
    with pytest.raises(RuntimeError, match=r"^step 1 of"):
        other.replay(Witness.from_json(witness.to_json()))
