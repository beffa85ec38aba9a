import random
import threading

import ipywidgets
import pytest

from shmlab import Barrier, Condition, Mutex, Program, Semaphore, fetch_add, pause, step
from shmlab.explorer.by_hand import Game
from shmlab.explorer.question import Terms


@pytest.fixture(autouse=True)
def nothing_in_the_log(caplog):
    """A press hides its exceptions in the log: a test that has one there fails."""
    yield
    assert caplog.get_records("call") == []


def increment(shm):
    shm.counter += 1


def counting(processes=2, function=increment, **more):
    return Program(
        function, processes=processes, shared={"counter": 0}, invariant=lambda shm: shm.counter == processes, **more
    )


def guarded(shm, mutex):
    with mutex:
        shm.counter += 1


def play(panel, *ranks):
    for rank in ranks:
        assert not panel.process_boxes[rank].go.disabled
        panel.process_boxes[rank].go.click()


def press(panel, rank, what):
    button = panel.process_boxes[rank].others[what]
    assert not button.disabled
    assert button.layout.display is None
    button.click()


def labels(panel):
    return [box.go.description for box in panel.process_boxes]


# The game of two increments.


def test_each_button_says_what_its_process_would_do():
    panel = step(counting())
    assert labels(panel) == ["P0: load counter", "P1: load counter"]
    assert "shm.counter += 1" in panel.process_boxes[0].words.value
    assert "shm.counter += 1" in panel.process_boxes[0].go.tooltip
    play(panel, 0)
    assert labels(panel) == ["P0: store counter ← 1", "P1: load counter"]
    assert "last step: load counter → 0" in panel.process_boxes[0].words.value
    assert "registers: counter (loaded) = 0" in panel.process_boxes[0].words.value
    play(panel, 0)
    assert "registers: none" in panel.process_boxes[0].words.value


def test_a_lost_update_is_named():
    panel = step(counting())
    play(panel, 0, 1, 0)
    assert panel.process_boxes[0].go.disabled
    assert "finished" in panel.process_boxes[0].words.value
    assert "Choose who goes next: P1." in panel.status.value
    play(panel, 1)
    assert "fails, invariant (lost update)" in panel.status.value
    assert "the invariant does not hold: counter = 1" in panel.status.value
    assert 'role="alert"' in panel.status.value
    assert all(box.go.disabled for box in panel.process_boxes)


def test_a_game_without_a_fault_ends_well():
    panel = step(counting())
    play(panel, 0, 0, 1, 1)
    assert "ok: every process has ended, and the invariant holds: counter = 2" in panel.status.value
    assert 'role="status"' in panel.status.value


def test_what_a_step_changed_is_marked_by_more_than_colour():
    panel = step(counting())
    play(panel, 0)
    assert "(was" not in panel.memory.value
    play(panel, 0)
    assert "<b" in panel.memory.value
    assert "1</b> (was 0)" in panel.memory.value
    assert "<b>counter = 1</b>" in panel.timeline.value


def test_the_timeline_has_a_row_for_each_step():
    panel = step(counting())
    for made, rank in enumerate([0, 1, 0, 1]):
        assert panel.timeline.value.count("<tr>") == made + 2  # headings, and what was before
        play(panel, rank)
    assert "load counter → 0" in panel.timeline.value


def test_undo_goes_back_to_the_start_step_by_step():
    panel = step(counting())
    assert panel.undo.disabled
    seen = []
    for rank in (0, 1, 0, 1):
        seen.append((labels(panel), panel.memory.value, panel.timeline.value, panel.status.value))
        play(panel, rank)
    for before in reversed(seen):
        panel.undo.click()
        assert (labels(panel), panel.memory.value, panel.timeline.value, panel.status.value) == before
    assert panel.undo.disabled


def test_the_slider_goes_to_any_step_and_forward_again():
    panel = step(counting())
    play(panel, 0, 1, 0, 1)
    assert (panel.at.max, panel.at.value) == (4, 4)
    panel.at.value = 1
    assert labels(panel) == ["P0: store counter ← 1", "P1: load counter"]
    panel.at.value = 4
    assert "lost update" in panel.status.value
    panel.at.value = 1
    play(panel, 0)  # another way than before
    assert (panel.at.max, panel.at.value) == (2, 2)


def test_the_move_made_before_keeps_what_came_after_it():
    panel = step(counting())
    play(panel, 0, 1, 0, 1)
    panel.at.value = 1
    play(panel, 1)
    assert (panel.at.max, panel.at.value) == (4, 2)


def test_reset_forgets_the_steps():
    panel = step(counting())
    assert panel.reset.disabled
    play(panel, 0, 1)
    panel.reset.click()
    assert "No step yet." in panel.status.value
    assert panel.at.max == 0
    assert panel.reset.disabled


def test_a_failing_schedule_is_shown_and_can_be_gone_through():
    panel = step(counting())
    panel.fail.click()
    verdict = counting().check(progress=False)
    assert panel.game.schedule == verdict.witness.schedule
    assert panel.at.value == len(verdict.witness.schedule)
    assert "fails, invariant (lost update)" in panel.status.value
    panel.undo.click()
    assert "Choose who goes next: P" in panel.status.value


def test_a_program_that_is_right_is_said_to_be():
    program = counting(function=guarded, sync={"mutex": Mutex()})
    panel = step(program)
    play(panel, 0)
    panel.fail.click()
    assert f"✓ {program.check(progress=False).sentence}" in panel.status.value
    assert panel.game.at == 1
    play(panel, 0)
    assert "interleavings" not in panel.status.value


def test_the_same_buttons_stay():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}), memory="tso", crashes=1)
    before = [box.go for box in panel.process_boxes]
    children = panel.children, *(box.children for box in panel.process_boxes)
    play(panel, 0, 0, 0)
    panel.undo.click()
    panel.reset.click()
    assert [box.go for box in panel.process_boxes] == before
    assert (panel.children, *(box.children for box in panel.process_boxes)) == children


# Whoever cannot go.


def test_a_blocked_process_says_why():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}))
    play(panel, 0)
    assert panel.process_boxes[1].go.disabled
    assert panel.process_boxes[1].go.description == "P1: acquire mutex"
    assert "waits to acquire mutex, held by P0" in panel.process_boxes[1].words.value
    assert "waits to acquire mutex, held by P0" in panel.process_boxes[1].go.tooltip
    assert "held by P0" in panel.memory.value


def test_a_press_that_comes_too_late_does_nothing():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}))
    play(panel, 0)
    said = panel.status.value
    panel.process_boxes[1].go.click()
    assert panel.status.value == said
    assert panel.game.at == 1


@pytest.fixture
def focused(monkeypatch):
    """The descriptions of the buttons that were given the focus."""
    found = []
    monkeypatch.setattr(ipywidgets.Button, "focus", lambda button: found.append(button.description))
    return found


def test_focus_never_goes_to_a_crash(focused):
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}), memory="tso", crashes=1)
    play(panel, 0, 0, 0)
    assert focused == ["P0: flush counter ← 1"]
    assert not panel.process_boxes[0].others["crash"].disabled


def test_focus_goes_to_one_who_can_go(focused):
    panel = step(counting(), memory="tso", crashes=1)
    play(panel, 0, 0)
    assert focused == ["P1: load counter"]
    play(panel, 1)
    assert len(focused) == 1  # it can go on: it keeps the focus
    play(panel, 1)
    assert focused[1:] == ["P1: flush counter ← 1"]
    press(panel, 1, "flush 0")
    assert focused[2:] == ["P0: flush counter ← 1"]
    press(panel, 0, "flush 0")
    assert focused[3:] == ["Undo"]


def cross(rank, locks):
    locks[rank].acquire()
    locks[1 - rank].acquire()


def test_a_deadlock_says_who_waits_for_what():
    panel = step(Program(cross, processes=2, shared={}, sync={"locks": [Mutex(), Mutex()]}))
    play(panel, 0, 1)
    assert "fails, deadlock (circular wait): " in panel.status.value
    assert "P0 waits to acquire locks[1], held by P1; P1 waits to acquire locks[0], held by P0" in panel.status.value


def test_what_must_always_hold_is_said_when_it_does_not():
    def count_down(shm):
        shm.left = -1

    panel = step(Program(count_down, processes=1, shared={"left": 1}, always=lambda shm: shm.left >= 0))
    play(panel, 0)
    assert "fails, always: after step 1 a rule is broken that must always hold: left = -1" in panel.status.value


def test_an_exception_ends_the_game():
    def divide(shm):
        shm.answer = 1 // shm.divisor

    panel = step(Program(divide, processes=1, shared={"answer": 0, "divisor": 0}))
    play(panel, 0)
    for words in ("P0 raised", "ZeroDivisionError", "shm.answer = 1 // shm.divisor"):
        assert words in panel.status.value
    assert "fails, exception: " in panel.status.value
    assert "ZeroDivisionError" in panel.process_boxes[0].words.value
    assert panel.process_boxes[0].go.description == "P0: ended"


def test_going_round_is_noticed():
    def spin(shm):
        while shm.flag == 0:
            pause()

    panel = step(Program([spin, increment], shared={"flag": 0, "counter": 0}))
    play(panel, 0, 0)
    assert "All stands as it did after step 1: going round like this gains nothing." in panel.status.value


def test_a_livelock_is_shown():
    def spin(shm):
        while shm.flag == 0:
            pause()

    panel = step(Program(spin, processes=1, shared={"flag": 0}))
    panel.fail.click()
    assert "fails, livelock" in panel.status.value
    assert panel.game.at == panel.game.length > 0


def test_what_is_never_possible_is_said_though_nothing_can_be_shown():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}, possible={"three": lambda shm: shm.counter == 3}))
    assert "three" in panel.memory.value
    assert "not seen yet" in panel.memory.value
    panel.fail.click()
    assert "fails, impossible" in panel.status.value
    assert panel.game.at == 0


def test_what_must_be_possible_is_ticked_off():
    panel = step(counting(possible={"one": lambda shm: shm.counter == 1}))
    play(panel, 0)
    assert "not seen yet" in panel.memory.value
    play(panel, 0)
    assert "not seen yet" not in panel.memory.value


# Moves of other kinds.


def test_a_store_buffer_is_shown_and_flushed():
    panel = step(counting(), memory="tso")
    play(panel, 0, 0)
    assert "store counter ← 1 (into its buffer)" in panel.timeline.value
    assert "store buffer: counter ← 1" in panel.process_boxes[0].words.value
    assert panel.process_boxes[0].others["flush 0"].description == "P0: flush counter ← 1"
    assert "(was 0)" not in panel.memory.value
    press(panel, 0, "flush 0")
    assert "(was 0)" in panel.memory.value
    assert panel.process_boxes[0].others["flush 0"].layout.display == "none"
    assert "store buffer: empty" in panel.process_boxes[0].words.value


def test_a_process_waits_for_its_own_buffer():
    def store_and_add(shm):
        shm.counter = 1
        fetch_add(shm, "counter", 1)

    panel = step(Program(store_and_add, processes=1, shared={"counter": 0}), memory="tso")
    play(panel, 0)
    assert labels(panel) == ["P0: fetch_add counter"]
    assert panel.process_boxes[0].go.disabled
    assert "waits until its own stores have reached memory" in panel.process_boxes[0].words.value
    press(panel, 0, "flush 0")
    play(panel, 0)
    assert "ok: every process has ended: counter = 2" in panel.status.value


def sleep(shm, mutex, ready):
    with ready:
        while shm.full == 0:
            ready.wait()
        shm.full -= 1


def wake(shm, mutex, ready):
    with ready:
        shm.full += 1
        ready.notify()


def handing(**more):
    return Program([sleep, sleep, wake, wake], shared={"full": 0}, sync={"mutex": Mutex(), "ready": Condition("mutex")},
                   **more)  # fmt: skip


def test_whom_a_notification_wakes_is_chosen():
    panel = step(handing())
    play(panel, 0, 0, 0, 1, 1, 1, 2, 2, 2)
    assert "P0, P1 waiting" in panel.memory.value
    assert panel.process_boxes[2].go.disabled
    assert "choose whom it wakes" in panel.process_boxes[2].words.value
    press(panel, 2, "wakes 1")
    assert "notify ready: wakes P1" in panel.timeline.value
    assert "waits for the mutex of ready, held by P2" in panel.process_boxes[1].words.value
    assert "waits on ready" in panel.process_boxes[0].words.value
    play(panel, 2, 1)
    assert "wait on ready ends: has the mutex again" in panel.status.value


def test_a_wait_may_end_for_nothing_only_where_that_is_allowed():
    panel = step(handing())
    play(panel, 0, 0, 0)
    press(panel, 0, "wake")
    assert "P0: wakes up for nothing on ready" in panel.status.value
    assert labels(panel)[0] == "P0: end the wait on ready"
    play(panel, 0)
    panel = step(handing(), spurious=False)
    play(panel, 0, 0, 0)
    assert panel.process_boxes[0].others == {}


def test_a_crash_takes_the_mutex_along():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}), crashes=1)
    play(panel, 0)
    press(panel, 0, "crash")
    assert "P0: is killed" in panel.status.value
    assert "was killed" in panel.process_boxes[0].words.value
    assert "free, its owner died" in panel.memory.value
    assert all(button.disabled for box in panel.process_boxes for button in box.others.values())
    play(panel, 1)
    assert "fails, exception: P1 raised" in panel.status.value
    assert "OwnerDied" in panel.status.value


def test_a_time_out_is_a_move():
    def impatient(items):
        try:
            items.acquire(timeout=1)
        except TimeoutError:
            items.release()

    panel = step(Program(impatient, processes=1, shared={}, sync={"items": Semaphore(0)}))
    assert "waits to acquire items" in panel.process_boxes[0].words.value
    assert "0 units" in panel.memory.value
    press(panel, 0, "time out")
    assert labels(panel) == ["P0: release items"]


def test_a_barrier_counts_who_has_come():
    def meet(gate):
        gate.wait()

    panel = step(Program(meet, processes=3, shared={}, sync={"gate": Barrier(3)}))
    assert labels(panel) == [f"P{rank}: arrive at gate" for rank in range(3)]
    play(panel, 1)
    assert "1 of 3 arrived" in panel.memory.value
    assert "waits at gate" in panel.process_boxes[1].words.value
    play(panel, 0, 2)
    assert "ok: every process has ended" in panel.status.value


def test_registers_are_shown():
    def named(shm, rank):
        old = shm.counter
        shm.counter = old + 1

    panel = step(counting(function=named))
    play(panel, 1)
    assert "registers: rank = 1, old = 0" in panel.process_boxes[1].words.value


def test_arrays_and_structures_are_shown_cell_by_cell():
    def fill(shm):
        shm.slots[1] = 5
        shm.text[99] = 7

    panel = step(Program(fill, processes=1, shared={"slots": [0, 0], "text": bytes(100)}))
    assert "[1]: 0" in panel.memory.value
    assert "… 36 more" in panel.memory.value
    play(panel, 0)
    assert "[1]: 5</b> (was 0)" in panel.memory.value
    assert "<b>slots[1] = 5</b>" in panel.timeline.value
    play(panel, 0)
    assert "[99]: 7</b> (was 0)" in panel.memory.value
    assert "… 35 more" in panel.memory.value


# Errors, and other places than a notebook.


def test_a_function_that_is_not_deterministic_is_said_to_be():
    def rolls(shm):
        shm.counter = random.randrange(10**9)
        shm.counter = 1

    panel = step(counting(processes=1, function=rolls))
    while panel.game.choices:
        panel.process_boxes[0].go.click()
    assert "fails, nondeterministic: P0 went on differently although it had observed the same" in panel.status.value
    assert panel.process_boxes[0].go.disabled
    panel.reset.click()
    assert not panel.process_boxes[0].go.disabled


def test_a_predicate_that_fails_itself_is_said_and_the_step_not_made():
    panel = step(Program(increment, processes=1, shared={"counter": 0}, always=lambda shm: 1 // (1 - shm.counter) == 1))
    play(panel, 0)
    play(panel, 0)
    assert "ZeroDivisionError" in panel.status.value
    assert "itself failed on a reachable memory" in panel.status.value
    assert panel.game.at == 1
    panel.undo.click()
    assert "No step yet." in panel.status.value


def test_an_interrupted_check_leaves_the_game_as_it_was(monkeypatch):
    def interrupted(*_, **__):
        raise KeyboardInterrupt

    panel = step(counting())
    play(panel, 0)
    monkeypatch.setattr(Program, "check", interrupted)
    panel.fail.click()
    assert "Interrupted." in panel.status.value
    assert panel.game.at == 1
    play(panel, 0)


def test_an_interrupted_diagnosis_takes_the_step_back(monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    panel = step(counting())
    play(panel, 0, 1, 0)
    with monkeypatch.context() as patched:
        patched.setattr("shmlab.explorer.by_hand.diagnose", interrupted)
        play(panel, 1)
    assert "Interrupted." in panel.status.value
    assert panel.game.at == 3
    play(panel, 1)
    assert "lost update" in panel.status.value


def test_presses_may_come_in_another_thread_than_the_cell():
    def twice(shm):
        shm.counter += 1
        shm.counter += 1

    panel = step(counting(function=twice))
    thread = threading.Thread(target=play, args=(panel, 0, 1, 0, 0))
    thread.start()
    thread.join()
    play(panel, 1, 1, 1, 0)
    assert "counter = 2" in panel.status.value
    assert panel.game.at == 8


def test_the_panel_can_be_read_where_nothing_is_drawn():
    panel = step(counting(function=guarded, sync={"mutex": Mutex()}))
    play(panel, 0, 0)
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    words = data["text/plain"]
    assert words.startswith("The step panel: run this cell in JupyterLab")
    assert "mutex: held by P0" in words
    assert "load counter → 0" in words


def test_what_a_program_says_is_shown_and_not_obeyed():
    def loud(shm):
        assert shm.counter, "<b>no"

    panel = step(counting(processes=1, function=loud))
    play(panel, 0)
    assert "&lt;b&gt;no" in panel.status.value
    assert "<b>no" not in panel.status.value + panel.process_boxes[0].words.value


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match="step takes a Program"):
        step(increment)
    with pytest.raises(ValueError, match='choose "sc", "tso" or "pso"'):
        step(counting(), memory="arm")
    with pytest.raises(ValueError, match="crashes is -1"):
        step(counting(), crashes=-1)


# The game without its panel.


def test_a_move_that_cannot_come_next_is_refused():
    game = Game(counting().question(), Terms())
    with pytest.raises(ValueError, match="cannot come next"):
        game.make((0, "crash"))
    with pytest.raises(ValueError, match="step is 1: give 0 to 0"):
        game.go_to(1)


@pytest.mark.parametrize("memory", ["sc", "tso", "pso"])
def test_every_failing_schedule_ends_as_the_check_says(memory):
    program = counting(processes=3)
    verdict = program.check(memory=memory, progress=False)
    game = Game(program.question(), Terms(memory))
    game.load(verdict.witness.schedule)
    assert game.story().steps == verdict.witness.steps
    assert game.ending().sentence == verdict.sentence
