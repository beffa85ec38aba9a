"""The event log: an order that several processes agree on, and lines that do not mix."""

import pytest

from shmlab import start
from shmlab.observe import EventLog, event_log
from shmlab.observe.event_log import read_log

WRITERS, EACH = 4, 300


@pytest.fixture
def log(tmp_path):
    with EventLog.create(tmp_path / "log") as one:
        yield one


def write_many(log, who):
    for number in range(EACH):
        log.add("attach", f"/{who}-{number}")


def write_by_path(path):
    with EventLog.open(path, clock=lambda: 0) as log:
        return log.add("attach", "/there", id=3)


def test_events_of_several_processes_have_one_order_and_do_not_mix(log):
    for worker in [start(write_many, log, who) for who in range(WRITERS)]:
        worker.result()
    story = log.story()
    assert [one.number for one in story] == list(range(1, WRITERS * EACH + 1))
    for who in range(WRITERS):
        mine = [one.object for one in story if one.object.startswith(f"/{who}-")]
        assert mine == [f"/{who}-{number}" for number in range(EACH)]


def test_what_was_logged_before_has_the_lower_number_whatever_a_clock_says(log):
    log.add("create", "/there", size_bytes=4096)
    assert start(write_by_path, log.path).result() == 2
    assert [one.event for one in log.story()] == ["create", "attach"]
    assert [one.event for one in log.story("time_ns")] == ["attach", "create"]


def test_without_native_atomics_the_order_is_the_same(log, monkeypatch):
    monkeypatch.setattr(event_log, "native_atomics", lambda: False)
    assert [log.add("attach", "/x") for _ in range(3)] == [1, 2, 3]


def test_a_failure_has_the_name_of_its_error(log):
    log.fail("create", "/full", OSError(28, "no room"))
    (one,) = log.story()
    assert (one.event, one.during, one.error) == ("fail", "create", "ENOSPC")
    assert "ENOSPC" in str(log.story())


def test_a_line_cut_short_by_a_crash_is_left_out(log):
    log.add("create", "/x")
    with open(log.path, "a") as file:
        file.write('{"number": 2, "ev')
    assert [one.number for one in read_log(log.path)] == [1]


def test_wrong_words_are_refused(log):
    with pytest.raises(ValueError, match="one of create, attach"):
        log.add("born", "/x")
    with pytest.raises(ValueError, match="order is 'pid'"):
        log.story("pid")


def test_an_existing_file_is_not_overwritten(log):
    with pytest.raises(FileExistsError):
        EventLog.create(log.path)


def test_the_counter_goes_with_its_creator(tmp_path):
    with EventLog.create(tmp_path / "other") as one:
        one.add("create", "/x")
    with pytest.raises(FileNotFoundError):
        EventLog.open(tmp_path / "other")
    assert len(read_log(tmp_path / "other")) == 1
