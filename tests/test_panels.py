import ipywidgets
import pytest

from shmlab import predict, primitives, race, race_panel


@pytest.fixture
def panel():
    made = race_panel()
    made.increments.value = 100
    made.times.value = 3
    yield made
    ipywidgets.Widget.close_all()


def test_a_prediction_is_kept():
    panel = predict("How many?", ["all", "some <b>", "none"])
    assert panel.answer is None
    panel._choices.value = "some <b>"
    assert panel.answer == "some <b>"
    assert panel._kept.value == "You said: <i>some &lt;b&gt;</i>. Now run the next cells and compare."
    panel._choices.value = "none"
    assert panel.answer == "none"
    assert "none" in panel._kept.value


def test_a_prediction_may_be_a_number():
    panel = predict("How many?", [2000, 1500])
    panel._choices.value = 1500
    assert panel.answer == 1500
    assert "1500" in panel._kept.value


def test_a_prediction_can_be_read_where_nothing_is_drawn():
    bundle = predict("How many <of them>?", ["all", "none"])._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "How many <of them>?\n  ( ) all\n  ( ) none"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_question_is_shown_and_not_obeyed():
    assert predict("a < b?", ["yes", "no"]).children[0].value == "<b>a &lt; b?</b>"


@pytest.mark.parametrize("choices", [[], ["only one"]])
def test_a_prediction_needs_a_choice(choices):
    with pytest.raises(ValueError, match="a prediction needs at least two"):
        predict("How many?", choices)


def test_the_panel_waits_for_the_button(panel):
    assert panel.state.value == "Choose, then press Race."
    assert panel.result is None
    assert panel.picture.value == b""


@pytest.mark.parametrize("protection", [name for name in race.available() if name != race.OFF])
def test_a_race_with_protection_loses_nothing(panel, protection):
    panel.protection.value = protection
    panel.button.click()
    assert panel.state.value == f"Protection {protection}: 0 of 3 runs lost updates."
    assert panel.result.rows[0].finals == (200, 200, 200)
    assert bytes(panel.picture.value).startswith(b"\x89PNG")
    assert f">{protection}</td>" in panel.table.value
    assert not panel.button.disabled


def test_the_numbers_chosen_are_the_numbers_raced(panel):
    panel.processes.value = 3
    panel.increments.value = 10
    panel.times.value = 2
    panel.button.click()
    assert (panel.result.processes, panel.result.increments, len(panel.result.rows[0].finals)) == (3, 10, 2)
    lossy = sum(final != 30 for final in panel.result.rows[0].finals)
    assert panel.state.value == f"Protection off: {lossy} of 2 runs lost updates."


def test_rows_are_collected_while_the_rest_is_the_same(panel):
    for protection in (race.MUTEX, race.POSIX_SEMAPHORE, race.MUTEX):
        panel.protection.value = protection
        panel.button.click()
    assert [row.protection for row in panel.result.rows] == [race.MUTEX, race.POSIX_SEMAPHORE]
    panel.increments.value = 10
    panel.button.click()
    assert [row.protection for row in panel.result.rows] == [race.MUTEX]


def test_a_race_that_cannot_be_run_is_said_and_can_be_tried_again(panel, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "no room in <dev/shm>")

    monkeypatch.setattr(race, "run", refuse)
    panel.button.click()
    assert panel.state.value.startswith("It did not finish: ")
    assert "&lt;dev/shm&gt;" in panel.state.value
    assert not panel.button.disabled
    monkeypatch.undo()
    panel.button.click()
    assert panel.state.value.startswith("Protection off")


def test_every_control_has_a_label(panel):
    for control in (panel.processes, panel.increments, panel.times, panel.protection, panel.button):
        assert control.description


def test_without_the_c_part_atomics_are_not_offered(monkeypatch):
    monkeypatch.setattr(primitives, "_native", None)
    assert race.ATOMIC not in race_panel().protection.options


def test_the_panel_can_be_read_where_nothing_is_drawn(panel):
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "race panel" in data["text/plain"]
