import base64
import ctypes
import dataclasses
import functools
import html
import itertools
import re

import matplotlib.figure
import matplotlib.text
import pytest
from IPython.core.interactiveshell import InteractiveShell
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import FancyBboxPatch

from shmlab import Barrier, Condition, Mutex, Program, Semaphore, fence, fetch_add, plot
from shmlab.layout import buffer
from shmlab.show import notebook_display, style
from shmlab.show.timeline.rows import WitnessText


def increments(times):
    def increment(shm):
        for _ in range(times):
            shm.counter += 1

    return increment


def lost_update(times=3, processes=2):
    return Program(
        increments(times),
        processes=processes,
        shared={"counter": 0},
        invariant=lambda shm: shm.counter == times * processes,
    )


def philosophers(number):
    def eat(shm, rank, fork):
        with fork[rank], fork[(rank + 1) % number]:
            shm.meals += 1

    forks = {"fork": [Semaphore(1) for _ in range(number)]}
    return Program(eat, processes=number, shared={"meals": 0}, sync=forks)


def two_mutexes():
    def transfer(shm, accounts, ledger):
        with accounts, ledger:
            shm.amount -= 1

    def audit(shm, accounts, ledger):
        with ledger, accounts:
            shm.audits += 1

    return Program(
        [transfer, audit],
        shared={"amount": 5, "audits": 0},
        sync={"accounts": Mutex(), "ledger": Mutex()},
    )


def forgotten_release():
    def take(shm, rank, mutex):
        mutex.acquire()
        shm.taken[rank] = 1
        if rank == 0:
            mutex.release()

    return Program(take, processes=3, shared={"taken": [0, 0, 0]}, sync={"mutex": Semaphore(1)})


def stale_condition():
    def put(shm, ready):
        with ready:
            shm.items += 1
            ready.notify()

    def take(shm, ready):
        with ready:
            if shm.items == 0:
                ready.wait()
            shm.items -= 1

    return Program(
        [put, take, take, put],
        shared={"items": 0},
        sync={"mutex": Mutex(), "ready": Condition("mutex")},
        always=lambda shm: shm.items >= 0,
    )


def lost_wake_up():
    def sleeper(shm, ready):
        if not shm.ready_flag:
            with ready:
                ready.wait()

    def waker(shm, ready):
        shm.ready_flag = 1
        with ready:
            ready.notify()

    return Program([sleeper, waker], shared={"ready_flag": 0}, sync={"mutex": Mutex(), "ready": Condition("mutex")})


def barrier_too_wide():
    def meet(shm, rank, meeting):
        shm.arrived[rank] = 1
        meeting.wait()

    return Program(meet, processes=2, shared={"arrived": [0, 0]}, sync={"meeting": Barrier(3)})


def barrier_only_once():
    def phase(shm, rank, meeting):
        shm.cells[rank] += 1
        meeting.wait()
        shm.sums[rank] = sum(shm.cells)
        shm.cells[rank] += 1

    return Program(
        phase,
        processes=3,
        shared={"cells": [0, 0, 0], "sums": [0, 0, 0]},
        sync={"meeting": Barrier(3)},
        invariant=lambda shm: list(shm.sums) == [3, 3, 3],
    )


def peterson(with_fence=False):
    def enter(shm, rank):
        other = 1 - rank
        shm.interested[rank] = 1
        shm.turn = other
        if with_fence:
            fence()
        while shm.interested[other] and shm.turn == other:
            pass
        shm.inside += 1
        assert shm.inside == 1, "two are inside"
        shm.inside -= 1
        shm.interested[rank] = 0

    return Program(enter, processes=2, shared={"interested": [0, 0], "turn": 0, "inside": 0})


def store_buffering():
    def left(shm):
        shm.x = 1
        shm.seen_by_left = shm.y

    def right(shm):
        shm.y = 1
        shm.seen_by_right = shm.x

    return Program(
        [left, right],
        shared={"x": 0, "y": 0, "seen_by_left": 9, "seen_by_right": 9},
        invariant=lambda shm: shm.seen_by_left or shm.seen_by_right,
    )


def message_passing():
    def writer(shm):
        shm.message = 42
        shm.ready = 1

    def reader(shm):
        while not shm.ready:
            pass
        assert shm.message == 42

    return Program([writer, reader], shared={"message": 0, "ready": 0})


def killed_holder():
    def work(shm, lock):
        with lock:
            shm.done += 1

    return Program(work, processes=2, shared={"done": 0}, sync={"lock": Semaphore(1)})


def killed_owner():
    def work(shm, lock):
        with lock:
            shm.begun += 1
            shm.ended += 1

    return Program(work, processes=2, shared={"begun": 0, "ended": 0}, sync={"lock": Mutex()})


def polite():
    def enter(shm, rank):
        other = 1 - rank
        shm.wants[rank] = 1
        while shm.wants[other]:
            shm.wants[rank] = 0
            shm.wants[rank] = 1
        shm.wants[rank] = 0

    return Program(enter, processes=2, shared={"wants": [0, 0]})


def raises():
    def divide(shm):
        shm.quotient = 100 // shm.divisor

    def clear(shm):
        shm.divisor = 0
        shm.divisor = 5

    return Program([divide, clear], shared={"divisor": 4, "quotient": 0})


def seats():
    def book(shm, rank):
        if shm.seats_that_are_still_free_in_the_second_row[2] > 0:
            shm.seats_that_are_still_free_in_the_second_row[2] -= 1
            shm.passengers_with_a_ticket_for_the_second_row[rank] = "reserved for the passenger".count("e")

    return Program(
        book,
        processes=4,
        shared={
            "seats_that_are_still_free_in_the_second_row": [1, 1, 1, 1],
            "passengers_with_a_ticket_for_the_second_row": [0, 0, 0, 0],
            "unused": 7,
            "name_of_the_flight": b"LH1234 to Frankfurt am Main, every second day of the week",
        },
        invariant=lambda shm: sum(shm.passengers_with_a_ticket_for_the_second_row) <= 3,
    )


class Record(ctypes.Structure):
    _fields_ = [(name, ctypes.c_int32) for name in ("year", "month", "day", "hour", "minute", "second")]


class Clock(ctypes.Structure):
    _fields_ = [("now", Record), ("copy", Record)]


def torn_record():
    def write(shm):
        for name in ("year", "month", "day", "hour", "minute", "second"):
            setattr(shm.now, name, 2)

    def read(shm):
        shm.copy.year, shm.copy.second = shm.now.year, shm.now.second

    return Program(
        [write, read], shared=Clock(Record(*[1] * 6)), invariant=lambda shm: shm.copy.year == shm.copy.second
    )


def right():
    return Program(lambda shm: fetch_add(shm, "counter", 1), processes=2, shared={"counter": 0},
                   invariant=lambda shm: shm.counter == 2)  # fmt: skip


def never_two_inside():
    def enter(shm, mutex):
        with mutex:
            shm.inside += 1
            shm.inside -= 1

    return Program(enter, processes=2, shared={"inside": 0}, sync={"mutex": Mutex()},
                   possible={"two are inside": lambda shm: shm.inside == 2})  # fmt: skip


def odd_letters():
    def add(shm):
        shm.anzahl_der_gäste += 1  # $x_2$ 客人 😀 <b>%s</b>

    return Program(add, processes=2, shared={"anzahl_der_gäste": -(2**62)},
                   invariant=lambda shm: shm.anzahl_der_gäste == 2 - 2**62)  # fmt: skip


def copies():
    def swap(shm):
        buffer(shm)[8:24] = buffer(shm)[0:16]

    return Program(swap, processes=1, shared={"pair": [1, 2], "other": [3, 4], "flags": b"abc"},
                   invariant=lambda shm: shm.other[0] == 0)  # fmt: skip


def long_witness():
    def fill(shm, rank, tokens):
        for index in range(6):
            tokens.acquire()
            shm.cells[index] = 10 * rank + index
            fetch_add(shm, "written", 1)
            tokens.release()

    return Program(
        fill,
        processes=2,
        shared={"cells": [0] * 6, "written": 0},
        sync={"tokens": Semaphore(1)},
        invariant=lambda shm: shm.written != 12,
    )


def impatient():
    def wait(shm, rank, gate):
        gate.acquire(timeout=0.5)
        shm.through += 1

    return Program(wait, processes=2, shared={"through": 0}, sync={"gate": Semaphore(1)})


def wrong_at_once():
    def nothing():
        return

    return Program(nothing, processes=2, shared={"x": 3}, always=lambda shm: shm.x == 4)


def endless():
    def spin(shm):
        if shm.stop == 0:
            while True:
                pass

    def other(shm):
        shm.stop = 1

    return Program([spin, other], shared={"stop": 0})


def nobody_shares():
    def take(gate):
        gate.acquire()

    return Program(take, processes=2, shared={}, sync={"gate": Semaphore(1)})


PROGRAMS = {
    "lost update": (lost_update, {}),
    "lost update of one increment": (lambda: lost_update(1), {}),
    "counter 2 x 40": (lambda: lost_update(40), {}),
    "two philosophers": (lambda: philosophers(2), {}),
    "three philosophers": (lambda: philosophers(3), {}),
    "four philosophers": (lambda: philosophers(4), {}),
    "two mutexes": (two_mutexes, {}),
    "forgotten release": (forgotten_release, {}),
    "stale condition": (stale_condition, {}),
    "lost wake-up": (lost_wake_up, {"spurious": False}),
    "barrier too wide": (barrier_too_wide, {}),
    "barrier only once": (barrier_only_once, {}),
    "Peterson without fence": (peterson, {"memory": "tso"}),
    "store buffering": (store_buffering, {"memory": "tso"}),
    "message passing": (message_passing, {"memory": "pso"}),
    "killed holder": (killed_holder, {"crashes": 1}),
    "killed owner": (killed_owner, {"crashes": 1}),
    "livelock": (polite, {}),
    "exception": (raises, {}),
    "long names": (seats, {}),
    "torn record": (torn_record, {}),
    "right": (right, {}),
    "never two inside": (never_two_inside, {}),
    "odd letters": (odd_letters, {}),
    "copies": (copies, {}),
    "forty steps": (long_witness, {}),
    "time out": (impatient, {}),
    "wrong at once": (wrong_at_once, {}),
    "endless": (endless, {}),
    "nothing shared": (nobody_shares, {}),
    "lost update of five": (lambda: lost_update(1, 5), {}),
}


@functools.cache
def verdict_of(name):
    make, terms = PROGRAMS[name]
    return make().check(**terms, progress=False)


def drawn(name):
    return plot(verdict_of(name))


def texts(figure):
    """What is written, with the place of each line in pixels."""
    FigureCanvasAgg(figure).draw()
    found = [text for text in figure.axes[0].findobj(matplotlib.text.Text) if text.get_text()]
    return [(text.get_text(), text.get_window_extent()) for text in found]


def words_in(figure):
    """All that is written, as one string without the spaces at which lines are broken."""
    return squeezed("".join(text for text, _ in texts(figure)))


def squeezed(text):
    return re.sub(r"\s", "", text)


def rows_in(figure):
    """The step numbers at the left edge, from above."""
    left = [(-box.y0, text) for text, box in texts(figure) if box.x0 < 40 and re.fullmatch(r"\d+", text)]
    return [int(text) - 1 for _, text in sorted(left)]


every_program = pytest.mark.parametrize("name", PROGRAMS)


def test_the_programs_fail_in_every_way():
    kinds = {verdict_of(name).failure.kind for name in PROGRAMS if verdict_of(name).failure}
    assert kinds == {"invariant", "always", "deadlock", "livelock", "exception", "endless", "impossible"}
    assert [name for name in PROGRAMS if verdict_of(name).ok] == ["right"]


@every_program
def test_every_picture_has_its_words_as_a_label(name):
    figure = drawn(name)
    assert isinstance(figure, matplotlib.figure.Figure)
    assert figure.get_label() == str(verdict_of(name).table())
    witness = verdict_of(name).witness
    assert all(witness.steps[index].words in figure.get_label() for index in (witness.core if witness else ()))


@pytest.mark.parametrize("dpi", [72, 100, 200])
@every_program
def test_no_text_is_cut_or_covers_another(name, dpi):
    figure = drawn(name)
    figure.set_dpi(dpi)
    width, height = figure.get_size_inches() * dpi
    placed = texts(figure)
    for text, box in placed:
        assert box.x0 >= 0 and box.x1 <= width and box.y0 >= 0 and box.y1 <= height, f"{text!r} is cut"
    for (one, box), (other, another) in itertools.combinations(placed, 2):
        across = min(box.x1, another.x1) - max(box.x0, another.x0)
        down = min(box.y1, another.y1) - max(box.y0, another.y0)
        assert across <= 0 or down <= 0, f"{one!r} and {other!r} overlap"


@every_program
def test_no_text_leaves_the_box_it_begins_in(name):
    figure = drawn(name)
    placed = texts(figure)
    boxes = [patch.get_window_extent() for patch in figure.axes[0].patches if isinstance(patch, FancyBboxPatch)]
    for text, place in placed:
        middle = (place.y0 + place.y1) / 2
        for box in boxes:
            if box.x0 <= place.x0 < box.x1 and box.y0 < middle < box.y1:
                assert place.x1 <= box.x1 and box.y0 <= place.y0 and place.y1 <= box.y1, f"{text!r} leaves its box"


def test_undecided_is_said_to_be():
    verdict = lost_update(1).check(progress=False)
    undecided = dataclasses.replace(verdict, ok=None, complete=False, failure=None, witness=None)
    assert "Undecided" in [text for text, _ in texts(plot(undecided))]


@every_program
def test_every_step_of_the_core_has_a_row_in_order(name):
    witness = verdict_of(name).witness
    if witness is None:
        return
    figure = plot(witness)
    assert rows_in(figure) == list(witness.core)
    said = words_in(figure)
    for index in witness.core:
        assert squeezed(witness.steps[index].words) in said
        assert f"P{witness.steps[index].rank}" in said


@every_program
def test_the_sentence_of_the_failure_stands_in_the_picture(name):
    verdict = verdict_of(name)
    sentence = verdict.failure.sentence if verdict.failure else verdict.sentence.removeprefix("ok: ")
    assert squeezed(sentence)[1:] in words_in(drawn(name))
    assert squeezed(verdict.failure.diagnosis if verdict.failure else "ok").lower() in words_in(drawn(name)).lower()


def test_a_whole_long_witness_can_be_drawn():
    witness = verdict_of("forty steps").witness
    whole = dataclasses.replace(witness, core=tuple(range(len(witness.steps))))
    assert len(whole.core) == 48
    assert rows_in(plot(whole)) == list(range(48))
    assert "…" not in words_in(plot(whole))


def test_what_is_between_is_folded_and_said():
    witness = verdict_of("counter 2 x 40").witness
    chosen = dataclasses.replace(witness, core=(78, 79, 158, 159))
    lines = [text for text, _ in texts(plot(chosen))]
    assert "… P0: steps 1 to 78" in lines
    assert "… P1: steps 81 to 158" in lines
    assert "counter = 39 → 78" in lines


def test_folded_preemptions_are_counted():
    witness = verdict_of("livelock").witness
    rows = WitnessText(dataclasses.replace(witness, core=(9,), loop=None)).rows
    (folded,) = (row for row in rows if row.kind == "folded")
    switches = sum(step.preempts for step in witness.steps[1:9])
    assert folded.words == f"… P0, P1: steps 1 to 9, {switches} preemptions"


def test_a_lost_update_is_marked_by_more_than_colour():
    verdict = verdict_of("lost update of one increment")
    said = [text for text, _ in texts(plot(verdict))]
    assert "lost: step 4 overwrites it" in said
    assert "keeps 0 until step 4" in said
    assert "computed from the 0 of step 1" in said
    (box,) = (box for text, box in texts(plot(verdict)) if text == "store counter ← 1" and struck(plot(verdict), box))
    others = [box for text, box in texts(plot(verdict)) if text.startswith("load") and struck(plot(verdict), box)]
    assert box and not others


def struck(figure, box):
    """Whether a red line goes through a text from end to end."""
    FigureCanvasAgg(figure).draw()
    for line in figure.axes[0].lines:
        (x0, y0), (x1, y1) = line.get_transform().transform(line.get_xydata()[[0, -1]])
        through = y0 == y1 and box.y0 < y0 < box.y1 and x0 <= box.x0 + 2 and x1 >= box.x1 - 2
        if through and line.get_color() == style.ERROR:
            return True
    return False


def test_other_failures_have_no_lost_update_marked():
    for name in ("two philosophers", "lost wake-up", "livelock", "Peterson without fence"):
        assert not any(row.lost for row in WitnessText(verdict_of(name).witness, verdict_of(name).failure).rows)


@pytest.mark.parametrize("number", [2, 3, 4])
def test_a_deadlock_says_what_each_waits_for_and_who_has_it(number):
    name = {2: "two", 3: "three", 4: "four"}[number]
    verdict = verdict_of(f"{name} philosophers")
    said = words_in(plot(verdict))
    taken = {step.target: (step.rank, index) for index, step in enumerate(verdict.witness.steps)}
    for rank in range(number):
        assert squeezed(f"waits to acquire fork[{(rank + 1) % number}] in line") in said
        who, index = taken[f"fork[{rank}]"]
        assert squeezed(f"fork[{rank}] taken by P{who} (step {index + 1})") in said
    assert squeezed("".join(f"Process {rank}" for rank in range(number))) in said


def test_a_mutex_that_a_wait_gave_back_is_not_said_to_be_taken():
    def sleep(shm, ready):
        with ready:
            ready.wait()
            ready.wait()

    def hold(shm, mutex):
        mutex.acquire()
        mutex.acquire(timeout=None)

    program = Program([sleep, hold], shared={"x": 0}, sync={"mutex": Mutex(), "ready": Condition("mutex")})
    witness = program.check(progress=False).witness
    assert not any("taken by P0" in line for line in WitnessText(witness).rows[-1].memory)


def test_preemptions_are_marked_and_other_switches_are_not():
    for name in ("livelock", "lost update", "forgotten release", "four philosophers"):
        witness = verdict_of(name).witness
        marks = [text for text, _ in texts(plot(witness))].count("preempted")
        assert marks == witness.preemptions, name


def test_a_store_buffer_is_shown_and_only_flushes_reach_memory():
    witness = verdict_of("store buffering").witness
    steps = [row for row in WitnessText(witness).rows if row.kind == "step"]
    for row in steps:
        kind = witness.steps[row.index].kind
        assert row.arrow == {"store": "", "load": "from", "flush": "to"}[kind]
        assert row.dashed == (kind == "flush")
        assert (row.buffer or ()) == witness.steps[row.index].buffers[row.rank]
        assert row.changed == (kind == "flush")
    lines = [text for text, _ in texts(plot(witness))]
    assert lines.count("store buffer, oldest first:") + lines.count("store buffer: empty") == len(steps)


def test_a_load_from_the_own_buffer_does_not_come_from_memory():
    witness = verdict_of("Peterson without fence").witness
    whole = dataclasses.replace(witness, core=tuple(range(len(witness.steps))))
    own = [row for row in WitnessText(whole).rows if "its own store, from its buffer" in row.notes]
    assert own and all(row.arrow == "" and row.words.startswith("load") for row in own)


def test_memory_is_shown_before_and_after():
    lines = [text for text, _ in texts(drawn("exception"))]
    assert "divisor = 4 → 0" in lines and "divisor = 0" in lines and "divisor = 4" in lines


def test_only_fields_that_matter_are_shown():
    assert WitnessText(verdict_of("long names").witness).fields == [
        "seats_that_are_still_free_in_the_second_row[2]",
        "passengers_with_a_ticket_for_the_second_row[0]",
    ]


def test_a_livelock_has_its_loop_bracketed():
    assert "for ever" in [text for text, _ in texts(drawn("livelock"))]
    assert "for ever" not in [text for text, _ in texts(drawn("lost update"))]


def test_a_loop_that_begins_within_a_fold_begins_in_a_row_of_its_own():
    witness = verdict_of("livelock").witness
    rows = WitnessText(dataclasses.replace(witness, core=(0, 9))).rows
    assert [row.index for row in rows if row.kind == "folded"] == [1, witness.loop]
    assert plot(dataclasses.replace(witness, core=(0, 9)))


def test_of_many_processes_those_that_explain_nothing_are_left_out_and_named():
    verdict = verdict_of("lost update of five")
    lines = [text for text, _ in texts(plot(verdict))]
    active = {verdict.witness.steps[index].rank for index in verdict.witness.core}
    assert {line for line in lines if line.startswith("Process ")} == {f"Process {rank}" for rank in active}
    acting = {step.rank for step in verdict.witness.steps}
    idle = ", ".join(f"P{rank}" for rank in range(5) if rank not in acting)
    folded = ", ".join(f"P{rank}" for rank in acting - active)
    assert not idle or f"Not drawn, as they take no step here: {idle}." in lines
    assert not folded or f"Without a column, as all of their steps are folded: {folded}." in lines


def test_each_process_has_its_colour_and_its_name():
    figure = drawn("four philosophers")
    filled = {matplotlib.colors.to_hex(patch.get_facecolor()).upper() for patch in figure.axes[0].patches}
    assert set(style.PROCESS_COLOURS[:4]) <= filled


def test_more_processes_than_colours():
    figure = plot(philosophers(7).check(progress=False))
    assert "Process 6" in [text for text, _ in texts(figure)]


def test_the_picture_is_the_same_every_time():
    one = plot(lost_update().check(progress=False))
    other = plot(lost_update().check(progress=False))
    assert notebook_display.as_png(one) == notebook_display.as_png(other)


def test_the_reader_s_own_settings_change_nothing_and_are_left_alone():
    before = notebook_display.as_png(drawn("livelock"))
    with matplotlib.rc_context({"axes.facecolor": "black", "text.color": "white", "font.size": 30, "lines.marker": "o",
                                "figure.constrained_layout.use": True}):  # fmt: skip
        settings = dict(matplotlib.rcParams)
        assert notebook_display.as_png(drawn("livelock")) == before
        assert dict(matplotlib.rcParams) == settings


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    notebook_display.register(made)
    yield made
    InteractiveShell.clear_instance()


def test_a_notebook_shows_sentence_picture_and_table(shell):
    verdict = verdict_of("lost update")
    data, _ = shell.display_formatter.format(verdict)
    shown = data["text/html"]
    sentence, picture, table = (shown.index(part) for part in (html.escape(verdict.sentence), "<img ", "<table"))
    assert sentence < picture < table
    alt, source = re.search(r'<img alt="([^"]*)".* src="data:image/png;base64,([^"]*)"', shown, re.DOTALL).groups()
    assert html.unescape(alt) == str(verdict.table())
    assert base64.b64decode(source) == notebook_display.as_png(plot(verdict))
    assert data["text/plain"] == str(verdict.table())


def test_a_verdict_without_a_witness_shows_no_picture(shell):
    for name in ("right", "never two inside"):
        data, _ = shell.display_formatter.format(verdict_of(name))
        assert "<img" not in data["text/html"]
        assert html.escape(verdict_of(name).sentence) in data["text/html"]


def test_what_a_learner_wrote_does_not_become_html():
    shown = notebook_display.verdict_as_html(verdict_of("odd letters"))
    assert "<b>" not in shown and "&lt;b&gt;" in shown


def test_letters_that_no_font_has_are_replaced_in_the_picture_only():
    assert "客人" in drawn("odd letters").get_label()
    assert "gäste" in words_in(drawn("odd letters"))
    assert "客" not in words_in(drawn("odd letters"))
    assert "$x_2$" in words_in(drawn("odd letters"))
