import itertools
import re

import ipywidgets
import pytest

from shmlab import bench_panel
from shmlab.bench import experiment


@pytest.fixture
def panel():
    made = bench_panel()
    made.transports.value = ("pipe", "FIFO")
    made.sizes.value = (64, 1024)
    made.rounds.value = 1
    yield made
    made.stop_button.click()
    made.wait()
    ipywidgets.Widget.close_all()


def test_the_panel_waits_for_the_button(panel):
    assert panel.result is None and panel.picture.value == ""
    assert "press Run" in panel.state.value
    assert not panel.run_button.disabled and panel.stop_button.disabled


def test_what_is_chosen_is_measured_and_shown(panel):
    panel.run_button.click()
    panel.wait()
    assert "Done." in panel.state.value
    assert (panel.result.transports, panel.result.sizes_bytes) == (["pipe", "FIFO"], [64, 1024])
    assert (panel.result.rounds, panel.result.pinned) == (1, True)
    assert re.match(r'<img alt="[^"]+" [^>]*src="data:image/png;base64,iVBOR', panel.picture.value)
    assert ">1 KiB</td>" in panel.table.value and "pipe, MB/s" in panel.table.value
    assert (panel.progress.value, panel.progress.max) == (4, 4)
    assert not panel.run_button.disabled and panel.stop_button.disabled


def test_the_curve_grows_trial_by_trial(panel):
    seen = []
    panel.table.observe(lambda _: seen.append(len(panel.result.points)), "value")
    panel.run_button.click()
    panel.wait()
    assert seen == [1, 2, 3, 4]


def test_stop_ends_it_after_the_trial_at_hand(panel):
    panel.rounds.value = 9
    panel.table.observe(lambda _: panel.stop_button.click(), "value")
    panel.run_button.click()
    panel.wait()
    assert "Stopped after 1 of 36 trials." in panel.state.value
    assert len(panel.result.points) == 1
    assert not panel.run_button.disabled


def test_it_can_be_run_again(panel):
    for _ in range(2):
        panel.run_button.click()
        panel.wait()
    assert "Done." in panel.state.value


@pytest.mark.parametrize("control", ["transports", "sizes"])
def test_nothing_chosen_is_said(panel, control):
    getattr(panel, control).value = ()
    panel.run_button.click()
    panel.wait()
    assert "Choose at least one transport and one size." in panel.state.value
    assert not panel.run_button.disabled


def test_a_trial_that_fails_is_said_and_can_be_tried_again(panel, monkeypatch):
    def refuse(*_, **__):
        raise OSError(28, "no room in <dev/shm>")

    monkeypatch.setattr(experiment, "_in_a_fresh_process", refuse)
    panel.run_button.click()
    panel.wait()
    assert "It did not finish: " in panel.state.value and "&lt;dev/shm&gt;" in panel.state.value
    monkeypatch.undo()
    panel.run_button.click()
    panel.wait()
    assert "Done." in panel.state.value


def test_every_control_has_a_label(panel):
    boxes = [*panel.transports.boxes.values(), *panel.sizes.boxes.values()]
    controls = (*boxes, panel.rounds, panel.pin, panel.run_button, panel.stop_button, panel.progress)
    labels = [control.description for control in controls]
    assert all(labels)
    assert all(one != other for one, other in itertools.combinations(labels, 2))


def test_the_panel_can_be_read_where_nothing_is_drawn(panel):
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "throughput panel" in data["text/plain"]
