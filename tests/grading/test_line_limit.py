"""A cell that goes on for ever ends after so many lines, whatever it does; time plays no part."""

import signal
import sys
import time

import pytest
from cells import cell

from shmlab.grading.inside_sandbox import line_limit
from shmlab.grading.inside_sandbox.line_limit import EndlessCell, LineLimit, replace_sleep

UNITS = {"": 1, "_ns": 10**9}
CLOCKS = {name + unit: a_second for name in ("time", "monotonic", "perf_counter") for unit, a_second in UNITS.items()}


@pytest.fixture(autouse=True)
def few_lines(monkeypatch):
    """A thousand lines are too many; afterwards time and signals are as before."""
    monkeypatch.setattr(line_limit, "MOST_LINES", 1000)
    for name in ("sleep", *CLOCKS):
        monkeypatch.setattr(time, name, getattr(time, name))
    before = signal.getsignal(signal.SIGVTALRM)
    yield
    signal.signal(signal.SIGVTALRM, before)


def patiently(text):
    """Call the `f` that a cell defines."""
    function = cell(text)["f"]
    gave_up = []
    try:
        with LineLimit(lambda: gave_up.append(True)):
            return function()
    finally:
        assert not gave_up
        assert sys.gettrace() is None
        assert LineLimit.active is None
        assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


ENDLESS = {
    "a loop": "def f():\n    while True:\n        pass",
    "a loop in one line": "def f():\n    while True: pass",
    "a loop over what has no end": "def f():\n    for _ in iter(int, 1):\n        pass",
    "a list without an end": "def f():\n    return [0 for _ in iter(int, 1)]",
    "a sum without an end": "def f():\n    return sum(0 for _ in iter(int, 1))",
    "a generator": "def f():\n    def g():\n        while True:\n            yield 0\n    return sum(g())",
    "calls without an end": "def f():\n    def g():\n        pass\n    while True:\n        g()",
    "a loop that forgives exceptions": "def f():\n    while True:\n        try:\n            int('x')\n"
    "        except Exception:\n            pass",
    "a loop that sleeps": "import time\ndef f():\n    while True:\n        time.sleep(1000)",
}


@pytest.mark.parametrize("what", ENDLESS)
def test_what_has_no_end_is_ended(what):
    replace_sleep()
    with pytest.raises(EndlessCell, match="went on for more than 1,000 lines: it seems to have no end"):
        patiently(ENDLESS[what])


ENDS = {
    "a few hundred rounds": "def f():\n    for _ in range(300):\n        pass\n    return 'done'",
    "a long loop in the library": "import textwrap\ndef f():\n    textwrap.wrap('word ' * 5000, 10)\n    return 'done'",
    "a long loop in C": "def f():\n    sum(range(10**6))\n    return 'done'",
    "nothing": "def f():\n    return 'done'",
}


@pytest.mark.parametrize("what", ENDS)
def test_what_ends_is_let_go_on(what):
    assert patiently(ENDS[what]) == "done"


def test_the_line_that_was_one_too_many_is_always_the_same():
    text = "rounds = 0\ndef f():\n    global rounds\n    while True:\n        rounds += 1"
    counted = []
    for _ in range(3):
        space = cell(text)
        with pytest.raises(EndlessCell), LineLimit(None):
            space["f"]()
        counted.append(space["rounds"])
    assert len(set(counted)) == 1
    assert 100 < counted[0] < 1000


def test_what_swallows_its_end_meets_another():
    class GaveUp(BaseException):
        pass

    def give_up():
        raise GaveUp

    swallows = "def f():\n    while True:\n        try:\n            while True:\n                pass\n"
    swallows += "        except EndlessCell:\n            pass"
    function = cell(swallows, EndlessCell=EndlessCell)["f"]
    with pytest.raises(GaveUp), LineLimit(give_up):
        function()


def test_it_has_a_moment_to_clean_up():
    text = "def f():\n    try:\n        while True:\n            pass\n    finally:\n        made.append('clean')"
    made = []
    function = cell(text, made=made)["f"]
    with pytest.raises(EndlessCell), LineLimit(None):
        function()
    assert made == ["clean"]


@pytest.mark.parametrize("name", CLOCKS)
def test_a_clock_goes_on_while_somebody_naps(name):
    replace_sleep()
    clock = getattr(time, name)
    before = clock()
    time.sleep(1800)
    time.sleep(0.5)
    assert type(clock()) is type(before)
    assert 1800.5 <= round((clock() - before) / CLOCKS[name], 6) < 3600


def test_naps_take_no_time_and_count():
    replace_sleep()
    before = time.clock_gettime(time.CLOCK_MONOTONIC)
    time.sleep(3600)
    assert time.clock_gettime(time.CLOCK_MONOTONIC) - before < 1800
    with LineLimit(None):
        time.sleep(3600)
    with pytest.raises(EndlessCell), LineLimit(None):
        time.sleep(0)
        time.sleep(0)
    with pytest.raises(ValueError, match="must be non-negative"):
        time.sleep(-1)
