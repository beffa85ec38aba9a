import os

import posix_ipc
import pytest
from foreign import planted
from helpers import PATIENCE_S, die

from shmlab import ipc, segment_table, start
from shmlab.ipc import kinds


def buttons(panel):
    return {button.description.removeprefix("Remove "): button for button in panel.buttons.children}


def listed(panel):
    return {(found.kind, found.name) for found in panel.listing}


@pytest.fixture
def pair():
    """A POSIX and a System V segment of ours, which a test may remove."""
    made = ipc.PosixSegment.create("/test-shown", 5000, mode=0o640), ipc.SysvSegment.create(0x7E57, 5000)
    yield made
    for one in made:
        one.close()
        if not one._destroyed():
            one.destroy()


def test_both_kinds_are_in_the_table(pair):
    panel = segment_table()
    assert listed(panel) == {(one.kind, one._name) for one in pair}
    for cell in ("/test-shown", "0x7e57", "4.883 KiB", "0640", f"{os.getpid()} alive"):
        assert f">{cell}</td>" in panel.table.value
    assert set(buttons(panel)) == {"POSIX segment '/test-shown'", "System V segment with key 0x7e57"}
    assert "2 objects in the kernel." in panel.state.value


@pytest.mark.parametrize("which", [0, 1])
def test_remove_removes_that_one_and_no_other(pair, which):
    gone, stays = pair[which], pair[1 - which]
    panel = segment_table()
    buttons(panel)[gone.what].click()
    assert gone._destroyed()
    assert not stays._destroyed()
    assert listed(panel) == {(stays.kind, stays._name)}
    assert set(buttons(panel)) == {stays.what}
    assert "Removed " in panel.state.value
    gone.buffer[0] = 1  # the memory lives until it is unmapped


def test_somebody_elses_objects_are_shown_on_request_and_have_no_button(pair):
    with planted() as before:
        panel = segment_table()
        panel.everyone.value = True
        assert (kinds.POSIX_SEGMENT, "/shmlab-0123456789abcdef") in listed(panel)
        assert set(buttons(panel)) == {one.what for one in pair}
        buttons(panel)[pair[0].what].click()
        assert before  # planted() takes its own away: it would fail if they were gone


def test_what_is_gone_already_is_said(pair):
    panel = segment_table()
    pair[0].unlink()
    buttons(panel)[pair[0].what].click()
    assert "Not removed:" in panel.state.value
    assert 'role="alert"' in panel.state.value
    assert set(buttons(panel)) == {pair[1].what}


def test_another_object_of_the_same_name_stays(pair):
    panel = segment_table()
    pair[0].unlink()
    other = posix_ipc.SharedMemory("/test-shown", posix_ipc.O_CREX, size=100)
    try:
        buttons(panel)[pair[0].what].click()
        assert "Not removed:" in panel.state.value
        assert os.path.exists("/dev/shm/test-shown")
    finally:
        other.close_fd()
        other.unlink()


def test_what_a_dead_process_left_can_be_removed():
    def create_and_die():
        ipc.PosixSegment.create("/test-left", 100)
        die()

    start(create_and_die).join(PATIENCE_S)
    panel = segment_table()
    assert "dead</td>" in panel.table.value
    buttons(panel)["POSIX segment '/test-left'"].click()
    assert "Nothing of ours is in the kernel." in panel.table.value
    assert not os.path.exists("/dev/shm/test-left")


def test_refresh_asks_the_kernel_again(pair):
    panel = segment_table()
    pair[1].remove()
    assert len(buttons(panel)) == 2
    panel.refresh.click()
    assert len(buttons(panel)) == 1


def test_a_foreign_object_is_not_removed_by_the_function_either(pair):
    memory = posix_ipc.SharedMemory("/test-foreign", posix_ipc.O_CREX, size=100)
    try:
        (foreign,) = (one for one in ipc.objects(everyone=True) if one.name == "/test-foreign")
        with pytest.raises(PermissionError, match="is not on our ledger"):
            ipc.remove(foreign)
    finally:
        memory.close_fd()
        memory.unlink()


def test_on_paper_it_is_the_table(pair):
    bundle = segment_table()._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == str(ipc.objects().table())
    assert "<table" in data["text/html"]


def test_every_control_has_a_label(pair):
    panel = segment_table()
    assert all(one.description for one in (panel.refresh, panel.everyone, *panel.buttons.children))
