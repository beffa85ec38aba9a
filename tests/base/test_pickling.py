import ctypes
import errno
import importlib
import os
import pickle
import socket
import subprocess
import sys
import threading

import cloudpickle
import pytest

from shmlab.base import pickling
from shmlab.processes import workers


def travelled(function, *args):
    """Both as they arrive in a process that has none of this process's objects."""
    return pickle.loads(pickling.dumps_call(function, args, "it"))


class Point(ctypes.Structure):
    _fields_ = (("x", ctypes.c_int16), ("y", ctypes.c_int16))

    def norm(self):
        return abs(self.x) + abs(self.y)


class Tracked(ctypes.Structure):
    """Its methods name its own class, as methods do."""

    _fields_ = (("number", ctypes.c_int32),)

    def next(self):
        return Tracked(self.number + 1)


class Chained(Point):
    _fields_ = (("z", ctypes.c_int16),)

    def norm(self):
        return super().norm() + abs(self.z)


def over_there(function, *args):
    return workers.start(function, *args).result()


def test_a_layout_travels_by_value_with_its_methods():
    assert over_there(lambda: (Point(3, -4).norm(), ctypes.sizeof(Point), Point.y.offset)) == (7, 4, 2)


def test_a_strict_layout_stays_strict():
    class Strict(ctypes.Structure):
        __slots__ = ()
        _fields_ = (("counter", ctypes.c_int64),)

    def misspell():
        Strict().conter = 1

    with pytest.raises(AttributeError):
        over_there(misspell)


def test_an_array_of_layouts_travels():
    assert over_there(lambda: (Point * 3)(Point(1, 2))[0].y) == 2
    row = Point * 3
    assert over_there(lambda: ctypes.sizeof(row)) == 12


def test_a_layout_within_a_layout_travels():
    class Line(ctypes.Structure):
        _fields_ = (("ends", Point * 2), ("colour", ctypes.c_uint8, 3), ("style", ctypes.c_uint8, 5))

    def look():
        line = Line(style=31)
        line.ends[1].x = 5
        return line.ends[1].x, line.style, ctypes.sizeof(Line)

    assert over_there(look) == (5, 31, ctypes.sizeof(Line))


def test_a_union_travels():
    class Word(ctypes.Union):
        _fields_ = (("whole", ctypes.c_uint32), ("bytes", ctypes.c_uint8 * 4))

    assert over_there(lambda: bytes(Word(whole=0x04030201).bytes)) == b"\1\2\3\4"


def test_a_packed_layout_stays_packed():
    class Packed(ctypes.Structure):
        _pack_ = 1
        _layout_ = "ms"
        _fields_ = (("small", ctypes.c_uint8), ("large", ctypes.c_uint64))

    assert over_there(lambda: ctypes.sizeof(Packed)) == 9


def test_a_layout_with_a_base_of_its_own_travels():
    assert over_there(lambda: (ctypes.sizeof(Chained), Chained.z.offset)) == (6, 4)


def test_a_layout_whose_methods_call_super_travels():
    assert over_there(lambda: Chained(1, 2, 3).norm()) == 6


def test_a_layout_whose_methods_name_their_own_class_travels():
    def look():
        found = Tracked(41).next()
        return found.number, type(found) is Tracked

    assert over_there(look) == (42, True)


def test_one_layout_named_twice_is_one_layout_over_there():
    def same(one, other):
        return one is other is Point

    assert over_there(same, Point, Point)


def test_a_layout_of_the_library_travels_by_name():
    function, (kind,) = travelled(len, ctypes.c_int64)
    assert (function, kind) == (len, ctypes.c_int64)


def test_a_learners_module_travels_by_value(tmp_path, monkeypatch):
    (tmp_path / "homework.py").write_text("factor = 3\n\ndef triple(number):\n    return factor * number\n")
    monkeypatch.syspath_prepend(tmp_path)
    homework = importlib.import_module("homework")
    (tmp_path / "homework.py").unlink()
    importlib.invalidate_caches()
    try:
        homework.factor = 4  # what is in memory now is what runs, not what the file said
        assert over_there(homework.triple, 5) == 20
    finally:
        del sys.modules["homework"]


def test_the_learners_own_choice_for_a_module_is_kept():
    here = sys.modules[__name__]
    cloudpickle.register_pickle_by_value(here)
    over_there(travelled, len)
    kept = __name__ in cloudpickle.list_registry_pickle_by_value()
    if kept:
        cloudpickle.unregister_pickle_by_value(here)
    assert kept


def test_nothing_stays_registered():
    over_there(lambda: Point(1, 1).norm())
    assert __name__ not in cloudpickle.list_registry_pickle_by_value()


def test_several_threads_may_pickle_at_once():
    failures, gate = [], threading.Barrier(4)

    def pickle_often():
        gate.wait()
        for _ in range(300):
            try:
                if len(pickling.dumps_call(over_there, (), "it")) < 200:
                    failures.append("it went by name")
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=pickle_often) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_function_of_an_installed_module_travels_by_name():
    assert len(pickling.dumps_call(cloudpickle.dumps, (), "it")) < 200


C = ctypes.CDLL(None, use_errno=True)
C.labs.argtypes, C.labs.restype = [ctypes.c_long], ctypes.c_long
GETPID = ctypes.CDLL(None).getpid


def test_a_c_library_travels_with_what_was_said_of_its_functions():
    def used():
        failed = C.close(-1)
        return C.labs(-(2**40)), C.labs.argtypes == [ctypes.c_long], failed, ctypes.get_errno(), GETPID() == os.getpid()

    assert over_there(used) == (2**40, True, -1, errno.EBADF, True)


@pytest.mark.parametrize(
    "make", [threading.Lock, socket.socket, lambda: (number for number in ()), lambda: sys.stdout.buffer]
)
def test_what_cannot_travel_is_a_type_error_with_the_cure(make):
    thing = make()
    with pytest.raises(TypeError, match=r"it cannot be sent to another process: .*Pass plain data"):
        pickling.dumps_call(len, (thing,), "it")
    if isinstance(thing, socket.socket):
        thing.close()


def test_a_layout_of_a_script_travels(tmp_path):
    script = tmp_path / "learner.py"
    script.write_text("""
import ctypes
from shmlab import start

class Pair(ctypes.Structure):
    _fields_ = (("left", ctypes.c_int64), ("right", ctypes.c_int64))

def total(pair):
    assert type(pair) is Pair
    return pair.left + pair.right

for method in ("forkserver", "spawn", "fork"):
    print(start(total, Pair(19, 23), method=method).result())
""")
    command = [sys.executable, "-W", "ignore", str(script)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("42\n42\n42\n", "")


def test_code_keeps_the_file_it_came_from():
    """Lines are told by it, and functions within it have theirs."""

    def outer():
        def inner():
            return sys._getframe().f_code.co_filename

        return inner

    copied = pickle.loads(pickling.dumps(outer))
    assert copied is not outer
    assert copied.__code__.co_filename == copied()() == __file__
