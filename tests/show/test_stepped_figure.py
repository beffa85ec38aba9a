"""An interleaving to step through on the page: its moments, and HTML that needs no script and no kernel."""

import itertools
import re

import pytest
from markup import Markup

from shmlab import Condition, Mutex, Program, stepped


def buy(shm, mutex, baked):
    with mutex:
        if shm.loaves == 0:
            baked.wait()
        shm.loaves -= 1


def bake(shm, mutex, baked):
    with mutex:
        shm.loaves += 1
        baked.notify()


def shop(*people):
    sync = {"mutex": Mutex(), "baked": Condition("mutex")}
    program = Program(people, shared={"loaves": 0}, sync=sync, always=lambda shm: shm.loaves >= 0)
    return program.check(spurious=False, progress=False)


@pytest.fixture(scope="module")
def stolen():
    """The Verdict of a stolen wake-up."""
    return shop(buy, buy, bake, bake)


def test_one_moment_before_the_first_step_and_one_after_each(stolen):
    moments = stepped(stolen).moments()
    assert len(moments) == len(stolen.witness.steps) + 1
    assert not any(row.acts or row.words for row in moments[0].rows)
    for step, moment in zip(stolen.witness.steps, moments[1:], strict=True):
        assert [row.acts for row in moment.rows] == [rank == step.rank for rank in range(4)]
        assert {name: value for name, value, _ in moment.memory} == {"loaves": str(step.memory["loaves"])}


def test_a_change_of_memory_is_marked(stolen):
    moments = stepped(stolen).moments()
    values = [moment.memory[0][1] for moment in moments]
    changed = [moment.memory[0][2] for moment in moments]
    assert changed == [False, *(one != other for one, other in itertools.pairwise(values))]


def test_who_sleeps_and_who_was_woken_is_said(stolen):
    moments = stepped(stolen).moments()
    sleeps = [moment for moment in moments if any(row.now == "sleeps at baked" for row in moment.rows)]
    woken = [moment for moment in moments if any("wants the mutex" in row.now for row in moment.rows)]
    assert sleeps and woken
    assert all("wait" in moment.waits[0] and "nobody" not in moment.waits[0] for moment in sleeps)
    assert moments.index(sleeps[-1]) < moments.index(woken[0])


def test_the_last_moment_says_what_fails_and_how_each_process_ends(stolen):
    last = stepped(stolen).moments()[-1]
    assert stolen.failure.sentence in last.heading
    assert tuple(row.now for row in last.rows) == stolen.witness.ends


def test_the_page_runs_no_script_and_each_moment_has_its_button(stolen):
    page = stepped(stolen).as_html()
    found = Markup(page)
    assert "script" not in found.tags and not any(name.startswith("on") for _, name, _ in found.attributes)
    steps = len(stolen.witness.steps)
    assert page.count('type="radio"') == steps + 1 == page.count("<table>")
    assert len(re.findall(r"\bchecked/", page)) == 1
    identifiers = re.findall(r'\bid="([^"]+)"', page)
    assert len(identifiers) == len(set(identifiers))
    assert set(re.findall(r'for="([^"]+)"', page)) <= set(identifiers)


def test_two_on_one_page_do_not_disturb_each_other(stolen):
    first, second = (set(re.findall(r'name="([^"]+)"', stepped(stolen).as_html())) for _ in range(2))
    assert len(first) == len(second) == 1 and first != second


def test_what_a_learner_wrote_is_text_and_no_markup():
    def less(shm):
        shm.n = 1 if shm.n < 5 else 2

    verdict = Program(less, processes=1, shared={"n": 0}, invariant=lambda shm: shm.n == 0).check(progress=False)
    page = stepped(verdict).as_html()
    assert "&lt; 5" in page and "< 5" not in page


def test_a_witness_alone_can_be_stepped_through(stolen):
    assert len(stepped(stolen.witness).moments()) == len(stolen.witness.steps) + 1


def test_what_has_no_interleaving_is_refused():
    with pytest.raises(ValueError, match="no interleaving to step through: ok"):
        stepped(shop(bake))
    with pytest.raises(TypeError, match="a Verdict or a Witness, not int"):
        stepped(3)
