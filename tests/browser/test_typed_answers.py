"""Exercises as a learner does them: a wrong answer is typed and shows the interleaving that fails, then a right one."""

import pytest
from jupyterlab_page import expect, width

pytestmark = pytest.mark.browser

WITHOUT_LOCK = """\
def add_three(shm, lock, rank):
    for _ in range(3):
        shm.counter += 1
        shm.added[rank] += 1"""
WITH_LOCK = """\
def add_three(shm, lock, rank):
    for _ in range(3):
        with lock:
            shm.counter += 1
        shm.added[rank] += 1"""
TEST_OUTSIDE_LOCK = """\
def reserve(hall, lock):
    if hall.free == 0:
        return False
    with lock:
        hall.free -= 1
    return True"""
TEST_INSIDE_LOCK = """\
def reserve(hall, lock):
    with lock:
        if hall.free == 0:
            return False
        hall.free -= 1
    return True"""
WAIT_BEFORE_SIGNAL = """\
def start_counts():
    return [0, 0]

def rendezvous(rank, arrived, first, second):
    first()
    arrived[1 - rank].acquire()
    arrived[rank].release()
    second()"""
SIGNAL_BEFORE_WAIT = """\
def start_counts():
    return [0, 0]

def rendezvous(rank, arrived, first, second):
    first()
    arrived[rank].release()
    arrived[1 - rank].acquire()
    second()"""


@pytest.mark.parametrize(
    ("exercises", "item", "wrong", "fails", "right"),
    [
        ("00_start_here", "add_three", WITHOUT_LOCK, "the counter is", WITH_LOCK),
        ("05_lost_updates", "reserve", TEST_OUTSIDE_LOCK, "seats are free", TEST_INSIDE_LOCK),
        ("06_semaphores_and_mutexes", "rendezvous", WAIT_BEFORE_SIGNAL, "nobody can go on", SIGNAL_BEFORE_WAIT),
    ],
)
def test_a_wrong_answer_shows_how_it_fails_and_the_right_one_passes(notebook, exercises, item, wrong, fails, right):
    opened = notebook(f"exercises/{exercises}.ipynb")
    answer = opened.cell(f"def {item}(")
    check = opened.next_code(answer)
    opened.run_above(answer)
    assert "not done yet" in answer.inner_text()
    expect(check.locator(".cm-content")).to_have_count(0)  # it is folded, and a click shows it
    opened.unfold(check)

    opened.type_into(answer, wrong)
    opened.run(answer)
    shown = opened.run(check)
    expect(shown.filter(has_text=fails).first).to_be_visible()  # a progress bar may have been the first
    picture = shown.locator("img").first
    assert width(picture) > 300
    assert picture.get_attribute("alt")
    shown.get_by_text("The same as a table").click()
    expect(shown.locator("details table").first).to_contain_text("P1")

    opened.type_into(answer, right)
    opened.run(answer)
    shown = opened.run(check)
    expect(shown.filter(has_text=": right, ").first).to_be_visible()
    assert opened.errors() == []
