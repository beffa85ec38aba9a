"""The watch panel: by hand, each second, and on paper."""

from lifeline import wait_until

from shmlab import ipc, watch_panel
from shmlab.observe import Watch


def test_it_shows_what_was_seen_without_a_kernel():
    watch = Watch()
    watch.look()
    with ipc.PosixSegment.create(None, 4096) as segment:
        watch.look()
    panel = watch_panel(watch)
    bundle = panel._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert segment.name in data["text/plain"]
    assert segment.name in data["text/html"]
    assert "<img" in data["text/html"]


def test_look_looks_once_more():
    panel = watch_panel()
    panel.look_button.click()
    with ipc.PosixSegment.create(None, 4096) as segment:
        panel.look_button.click()
        assert segment.name in panel.table.value
    assert len(panel.watch.looks) == 2
    assert "No alarm" in panel.state.value


def test_start_goes_on_until_stop():
    panel = watch_panel(Watch())
    panel.start_button.click()
    assert panel.start_button.disabled
    wait_until(lambda: panel.watch.looks)
    panel.stop_button.click()
    assert not panel.start_button.disabled
    assert panel.stop_button.disabled


def test_an_alarm_is_said_in_words():
    panel = watch_panel(Watch(alarm=1e-9))
    with ipc.PosixSegment.create(None, 4096):
        panel.look()
    assert 'role="alert"' in panel.state.value
    assert "ALARM" in panel.state.value


def test_before_the_first_look_it_says_what_to_press():
    assert "Press Look" in watch_panel(Watch()).state.value
