import re

import ipywidgets
import pytest

from shmlab import primitives, race, race_panel


@pytest.fixture
def panel():
    made = race_panel()
    made.increments.value = 100
    made.times.value = 3
    yield made
    ipywidgets.Widget.close_all()


def test_the_panel_waits_for_the_button(panel):
    assert "Choose, then press Race." in panel.state.value
    assert panel.result is None
    assert panel.picture.value == ""


@pytest.mark.parametrize("protection", [name for name in race.available() if name != race.OFF])
def test_a_race_with_protection_loses_nothing(panel, protection):
    panel.protection.value = protection
    panel.button.click()
    assert f"Protection {protection}: 0 of 3 runs lost updates." in panel.state.value
    assert panel.result.rows[0].finals == (200, 200, 200)
    assert re.match(r'<img alt="[^"]+" [^>]*src="data:image/png;base64,iVBOR', panel.picture.value)
    assert f">{protection}</td>" in panel.table.value
    assert not panel.button.disabled


@pytest.mark.skipif(not primitives.native_atomics(), reason="without native atomics it is no choice")
def test_the_panel_says_what_atomic_is(panel):
    labels = {name: label for label, name in panel.protection.options}
    assert "no lock" in labels[race.ATOMIC]
    assert labels[race.MUTEX] == race.MUTEX


def test_the_numbers_chosen_are_the_numbers_raced(panel):
    panel.processes.value = 3
    panel.increments.value = 10
    panel.times.value = 2
    panel.button.click()
    assert (panel.result.processes, panel.result.increments, len(panel.result.rows[0].finals)) == (3, 10, 2)
    lossy = sum(final != 30 for final in panel.result.rows[0].finals)
    assert f"Protection off: {lossy} of 2 runs lost updates." in panel.state.value


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
    assert 'role="alert"' in panel.state.value and "It did not finish: " in panel.state.value
    assert "&lt;dev/shm&gt;" in panel.state.value
    assert not panel.button.disabled
    monkeypatch.undo()
    panel.button.click()
    assert 'role="status"' in panel.state.value and "Protection off" in panel.state.value


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
