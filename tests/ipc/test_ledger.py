import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading

import posix_ipc
import pytest
import sysv_ipc
from foreign import in_kernel, planted
from helpers import PATIENCE_S, die, gate

from shmlab import ipc
from shmlab.ipc import cleaning, creator, kinds, ledger
from shmlab.processes.workers import start

KINDS = pytest.mark.parametrize("kind", ["posix", "sysv"])
COMMAND = [sys.executable, "-m", "shmlab.cli.main", "clean"]


@pytest.fixture(autouse=True)
def records(tmp_path, monkeypatch):
    """A folder for the records of this test's workers; this process began its own elsewhere."""
    with ipc.Segment.create(1):
        monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
        yield tmp_path


@pytest.fixture
def gates():
    """Two of them: ready, go."""
    with gate() as ready, gate() as go:
        yield ready, go


@pytest.fixture
def before(gates):
    """What the kernel held before the test made anything."""
    return in_kernel()


def create_four(**options):
    """An object of each kind under random names; [(kind, name or key)]."""
    made = [ipc.Segment.create(100, ipc=kind, **options) for kind in ("posix", "sysv")]
    made += [ipc.Semaphore.create(1, ipc=kind, **options) for kind in ("posix", "sysv")]
    return [(one.kind, one.key if one.kind in kinds.SYSV else one.name) for one in made]


def actions(findings):
    return sorted(finding.action for finding in findings)


def killed(function, *args):
    worker = start(function, *args).join(PATIENCE_S)
    assert worker.exit.signal == 9, worker.exit.words
    return worker


def create_and_die(**options):
    create_four(**options)
    die()


# Who removes what


def test_what_a_killed_process_left_is_removed_and_nothing_else(before, records):
    killed(create_and_die)
    assert len(in_kernel() - before) == 4
    assert actions(ipc.clean()) == ["removed"] * 4
    assert in_kernel() == before
    assert not list(records.iterdir())
    assert ipc.clean() == []


def test_foreign_objects_beside_ours_stay(before):
    with planted() as with_theirs:
        killed(create_and_die)
        ipc.clean()
        assert in_kernel() == with_theirs


def test_the_command_says_and_does_the_same(before):
    killed(create_and_die)
    left = in_kernel()
    dry = subprocess.run([*COMMAND, "--dry-run"], capture_output=True, text=True, check=True)
    assert in_kernel() == left
    wet = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert in_kernel() == before
    assert wet.stdout.count("removed ") == 4
    assert dry.stdout == wet.stdout.replace("removed ", "would remove ")
    again = subprocess.run(COMMAND, capture_output=True, text=True, check=True)
    assert again.stdout == "Nothing to remove.\n"


def test_a_dry_run_removes_nothing(before):
    killed(create_and_die)
    left = in_kernel()
    assert actions(ipc.clean(dry_run=True)) == ["removed"] * 4
    assert in_kernel() == left
    ipc.clean()
    assert in_kernel() == before


def test_objects_of_a_living_process_stay(before, gates):
    def create_and_wait(ready, go):
        create_four()
        ready.release()
        go.acquire(PATIENCE_S)

    worker = start(create_and_wait, *gates)
    gates[0].acquire(PATIENCE_S)
    made = in_kernel()
    findings = ipc.clean()
    assert [finding.why for finding in findings] == [f"its creator, process {worker.pid}, is alive"] * 4
    assert in_kernel() == made
    worker.kill()
    ipc.clean()
    assert in_kernel() == before


def test_a_process_that_ends_leaves_nothing(before, records):
    start(create_four).result(PATIENCE_S)
    assert in_kernel() == before
    assert not list(records.iterdir())


def test_a_process_that_raises_leaves_nothing(before):
    def create_and_raise():
        create_four()
        raise KeyError

    with pytest.raises(KeyError):
        start(create_and_raise).result(PATIENCE_S)
    assert in_kernel() == before


def test_a_plain_interpreter_that_ends_leaves_nothing(before, records):
    code = (
        "from shmlab import ipc; [ipc.Segment.create(9, ipc=kind) for kind in ('posix', 'sysv')]; raise SystemExit(3)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 3
    assert in_kernel() == before
    assert not list(records.iterdir())


def test_kept_objects_live_until_they_are_cleaned_on_purpose(before):
    names = start(lambda: create_four(keep=True)).result(PATIENCE_S)
    kept = in_kernel()
    assert len(kept - before) == 4
    assert actions(ipc.clean(kept=False)) == ["left"] * 4
    assert in_kernel() == kept
    assert sorted((finding.kind, finding.name) for finding in ipc.clean()) == sorted(names)
    assert in_kernel() == before


def test_a_kept_segment_outlives_its_with_block(before):
    def use():
        with ipc.Segment.create(10, keep=True), ipc.Segment.create(10, ipc="sysv", keep=True):
            pass

    start(use).result(PATIENCE_S)
    assert len(in_kernel() - before) == 2
    ipc.clean()
    assert in_kernel() == before


def test_a_kept_object_removed_by_hand_is_off_the_record(records):
    def create_and_remove():
        with ipc.PosixSegment.create(None, 10, keep=True) as segment:
            segment.unlink()

    start(create_and_remove).result(PATIENCE_S)
    assert ipc.clean() == []


@KINDS
def test_a_name_taken_by_somebody_else_since_stays_theirs(before, kind):
    def create_named_and_die():
        if kind == "posix":
            ipc.PosixSegment.create("/test-taken", 100)
        else:
            ipc.SysvSegment.create(0x7E57, 100)
        die()

    killed(create_named_and_die)
    if kind == "posix":
        posix_ipc.unlink_shared_memory("/test-taken")
        posix_ipc.SharedMemory("/test-taken", posix_ipc.O_CREX, size=100).close_fd()
    else:
        sysv_ipc.remove_shared_memory(kinds.identity(kinds.SYSV_SEGMENT, 0x7E57)[0])
        theirs = sysv_ipc.SharedMemory(0x7E57, sysv_ipc.IPC_CREX, size=100)
    taken = in_kernel()
    (finding,) = ipc.clean()
    assert (finding.action, finding.why) == ("gone", "removed already; the name belongs to another object now")
    assert in_kernel() == taken
    if kind == "posix":
        posix_ipc.unlink_shared_memory("/test-taken")
    else:
        theirs.detach()
        theirs.remove()
    assert in_kernel() == before


# Killed in the middle of creating


def remove_unrecorded(left):
    """What a failing test must not leave to the next one."""
    for one in left:
        kind, _, number = one.partition(" ")
        if number:
            {"shm": sysv_ipc.remove_shared_memory, "sem": sysv_ipc.remove_semaphore}[kind](int(number))
        else:
            pathlib.Path("/dev/shm", one).unlink()


def die_before_confirming(make):
    """Be killed when the object exists and its record says only that it was intended."""
    ledger._book.confirm = lambda entry, identity: die()
    make()


RANDOM = {
    "posix segment": lambda: ipc.PosixSegment.create(None, 100),
    "posix semaphore": lambda: ipc.PosixSemaphore.create(None),
    "sysv segment": lambda: ipc.SysvSegment.create(None, 100),
    "sysv semaphore": lambda: ipc.SysvSemaphore.create(None),
    "temporary name of a posix semaphore": lambda: ipc.PosixSemaphore.create("/test-chosen"),
}


@pytest.mark.parametrize("make", RANDOM.values(), ids=RANDOM)
def test_an_unconfirmed_object_of_a_random_name_is_removed(before, make):
    killed(die_before_confirming, make)
    assert len(in_kernel() - before) == 1
    assert actions(ipc.clean()) == ["removed"]
    assert in_kernel() == before


CHOSEN = {
    "posix segment": (
        lambda: ipc.PosixSegment.create("/test-chosen", 100),
        posix_ipc.unlink_shared_memory,
        "/test-chosen",
    ),
    "sysv segment": (lambda: ipc.SysvSegment.create(0x7E57, 100), sysv_ipc.remove_shared_memory, None),
    "sysv semaphore": (lambda: ipc.SysvSemaphore.create(0x7E57), sysv_ipc.remove_semaphore, None),
}


@pytest.mark.parametrize(("make", "remove", "name"), CHOSEN.values(), ids=CHOSEN)
def test_an_unconfirmed_object_of_a_chosen_name_is_reported_and_stays(before, make, remove, name):
    killed(die_before_confirming, make)
    left = in_kernel()
    (finding,) = ipc.clean()
    assert finding.action == "left"
    assert "never confirmed" in finding.why
    assert in_kernel() == left
    remove(name or kinds.identity(finding.kind, finding.name)[0])
    assert in_kernel() == before
    assert actions(ipc.clean()) == ["gone"]


def test_a_posix_semaphore_of_a_chosen_name_killed_between_its_two_names(before):
    def create_and_die_at_the_second():
        confirm = ledger._book.confirm

        def once(entry, identity):
            ledger._book.confirm = lambda entry, identity: die()
            confirm(entry, identity)

        ledger._book.confirm = once
        ipc.PosixSemaphore.create("/test-chosen")

    killed(create_and_die_at_the_second)
    assert actions(ipc.clean()) == ["left", "removed"]
    assert in_kernel() - before == {"sem.test-chosen"}
    posix_ipc.unlink_semaphore("/test-chosen")


def interrupt_before_confirming(make):
    """The learner presses Ctrl-C when the object exists, and is killed later."""

    def interrupt(entry, identity):
        raise KeyboardInterrupt

    confirm, ledger._book.confirm = ledger._book.confirm, interrupt
    with contextlib.suppress(KeyboardInterrupt):
        make()
    ledger._book.confirm = confirm
    die()


@pytest.mark.parametrize("make", RANDOM.values(), ids=RANDOM)
def test_an_object_is_not_forgotten_when_its_creation_is_interrupted(before, make):
    killed(interrupt_before_confirming, make)
    ipc.clean()
    left = in_kernel() - before
    remove_unrecorded(left)
    assert left == set()


@pytest.mark.parametrize("make", [*RANDOM.values(), *(make for make, *_ in CHOSEN.values())])
def test_an_interrupted_creation_leaves_nothing(before, make, monkeypatch):
    confirm = ledger._book.confirm

    def interrupted(entry, identity):
        os.kill(os.getpid(), signal.SIGINT)  # it exists, and is not on record yet
        confirm(entry, identity)

    monkeypatch.setattr(ledger._book, "confirm", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make()
    assert in_kernel() == before
    assert len(ledger.own()) == 3  # the gates, and what `records` holds


def test_an_intent_that_came_to_nothing_is_gone(before):
    def intend_and_die():
        with ledger.creating(kinds.POSIX_SEGMENT, "/test-never", chosen=True):
            die()

    killed(intend_and_die)
    assert actions(ipc.clean()) == ["gone"]


def test_a_creation_that_fails_is_off_the_record(before, records):
    def fail_and_die():
        for create in (ipc.PosixSegment.create, ipc.PosixSemaphore.create):
            create("/test-twice", 1)
            try:
                create("/test-twice", 1)
            except FileExistsError:
                continue
        die()

    killed(fail_and_die)
    assert actions(ipc.clean()) == ["removed", "removed"]
    assert in_kernel() == before


# Records as they may be found


def edit(records, change):
    """Change the one record in the folder: `change` takes and returns its text."""
    (path,) = records.iterdir()
    path.write_text(change(path.read_text()))
    return path


def with_creator(**changes):
    """An edit of the first line, which says who the creator is."""

    def change(text):
        first, *rest = text.splitlines()
        creator = json.loads(first)["creator"]
        assert creator.keys() >= changes.keys()
        return "\n".join([json.dumps({"creator": creator | changes}), *rest, ""])

    return change


@pytest.mark.parametrize(
    "torn", ['{"made": 4, "identi', '{"intent": 5, "kind": "POSIX seg', "{", "\0\0\0\0", '{"gone": 1']
)
def test_a_torn_last_line_did_not_happen(before, records, torn):
    killed(create_and_die)
    edit(records, lambda text: text + torn)
    assert actions(ipc.clean()) == ["removed"] * 4
    assert in_kernel() == before
    assert not list(records.iterdir())


@pytest.mark.parametrize(
    "rubbish",
    ["", "\n\n", "rubbish\n", "[1, 2]\n", "5\n", '{"creator": 5}\n', '{"creator": {"pid": 1}}\n', '{"gone": [1]}\n'],
)
def test_a_dead_process_s_record_that_says_nothing_is_no_error_and_goes(records, rubbish):
    now = creator.current_creator()
    path = records / f"{now.boot[:8]}-{now.pid_namespace}-{now.pid}-1.jsonl"  # our number, an earlier process
    path.write_text(rubbish)
    assert ipc.clean() == []
    assert not path.exists()


def test_a_file_that_is_no_record_of_ours_stays(records):
    path = records / "rubbish.jsonl"
    path.write_text("{}")
    assert ipc.clean() == []
    assert path.exists()
    path.unlink()


def test_a_record_of_an_earlier_boot_removes_nothing(before, records):
    killed(create_and_die)
    left, text = in_kernel(), next(records.iterdir()).read_text()
    path = edit(records, with_creator(boot="00000000-0000-0000-0000-000000000000"))
    assert actions(ipc.clean()) == ["gone"] * 4
    assert in_kernel() == left
    assert not path.exists()
    path.write_text(text)
    ipc.clean()
    assert in_kernel() == before


@pytest.mark.parametrize(
    ("changes", "actions_now"),
    [
        ({"pid_namespace": 1}, ["left"] * 4),
        ({"ipc_namespace": 1}, ["left", "left", "removed", "removed"]),
        ({"posix_device": 1}, ["left", "left", "removed", "removed"]),
    ],
    ids=["pid", "ipc", "mount"],
)
def test_a_record_of_another_namespace_is_left_for_those_who_live_there(before, records, changes, actions_now):
    killed(create_and_die)
    text = next(records.iterdir()).read_text()
    path = edit(records, with_creator(**changes))
    findings = ipc.clean()
    assert actions(findings) == actions_now
    assert all("run `shmlab clean` there" in finding.why for finding in findings if finding.action == "left")
    assert path.exists()
    path.write_text(text)
    ipc.clean()
    assert in_kernel() == before


def test_a_pid_used_again_is_not_the_creator(before, records):
    killed(create_and_die)
    edit(records, with_creator(pid=os.getpid()))  # alive, but it started at another time
    assert actions(ipc.clean()) == ["removed"] * 4
    assert in_kernel() == before


def test_a_record_begun_anew_is_not_taken_for_one_without_a_writer(before, records, gates):
    def fill_one_record_and_begin_another(ready, go):
        size = 0
        while True:  # until the record was long, and nothing on it lived
            with ipc.PosixSegment.create(None, 1):
                pass
            (path,) = ledger.folder().iterdir()
            if path.stat().st_size < size:
                break
            size = path.stat().st_size
        ready.release()
        go.acquire(PATIENCE_S)
        create_four()
        die()

    worker = start(fill_one_record_and_begin_another, *gates)
    gates[0].acquire(PATIENCE_S)
    for path in records.iterdir():
        os.utime(path, (0, 0))  # as if nothing had been created for minutes
    assert ipc.clean() == []
    gates[1].release()
    worker.join(PATIENCE_S)
    findings, left = ipc.clean(), in_kernel() - before
    remove_unrecorded(left)
    assert actions(findings) == ["removed"] * 4
    assert left == set()


# Many at once


def test_threads_that_create_at_once_are_all_on_the_record(before):
    def create_from_threads():
        threads = [threading.Thread(target=create_four) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        die()

    killed(create_from_threads)
    assert len(in_kernel() - before) == 64
    assert actions(ipc.clean()) == ["removed"] * 64
    assert in_kernel() == before


def test_threads_that_create_and_remove_at_once_leave_no_record(before, records):
    def churn():
        for _ in range(10):
            with ipc.Segment.create(10), ipc.Segment.create(10, ipc="sysv"):
                pass

    def churn_in_threads():
        threads = [threading.Thread(target=churn) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        die()

    killed(churn_in_threads)
    assert in_kernel() == before
    assert ipc.clean() == []
    assert not list(records.iterdir())


def test_a_forked_child_has_a_record_of_its_own(before, gates):
    def create_fork_and_wait(ready, go):
        ipc.Segment.create(100)
        child = os.fork()
        if child == 0:
            ipc.Segment.create(100, ipc="sysv")
            os._exit(0)  # without cleaning up, as if killed
        os.waitpid(child, 0)
        ready.release()
        go.acquire(PATIENCE_S)

    worker = start(create_fork_and_wait, *gates)
    gates[0].acquire(PATIENCE_S)
    assert len(in_kernel() - before) == 2
    assert actions(ipc.clean()) == ["left", "removed"]
    assert len(in_kernel() - before) == 1
    worker.kill()  # what we end ourselves, we clean up after at once
    assert actions(ipc.clean()) == []
    assert in_kernel() == before


def test_a_forked_child_that_ends_removes_nothing_of_its_parents(before):
    def fork_and_look():
        segment = ipc.PosixSegment.create(None, 100)
        child = os.fork()
        if child == 0:
            ipc.PosixSegment.create(None, 100)
            cleaning.remove_own()
            os._exit(0)
        os.waitpid(child, 0)
        return segment.name, [one.name for one in ipc.objects() if one.kind == segment.kind]

    name, listed = start(fork_and_look).result(PATIENCE_S)
    assert listed == [name]
    assert in_kernel() == before


def test_cleaners_at_once_do_not_disturb_each_other(before):
    for _ in range(4):
        killed(create_and_die)
    cleaners = [start(lambda: actions(ipc.clean())) for _ in range(3)]
    found = [action for cleaner in cleaners for action in cleaner.result(PATIENCE_S)]
    assert found.count("removed") >= 16
    assert "left" not in found
    assert in_kernel() == before


# Where the records are


def test_the_folder_is_the_one_named(monkeypatch, tmp_path):
    assert ledger.folder() == tmp_path
    monkeypatch.delenv("SHMLAB_STATE")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert ledger.folder() == tmp_path / "state" / "shmlab"
    assert ledger.folder().stat().st_mode & 0o777 == 0o700
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert ledger.folder() == tmp_path / "home/.local/state/shmlab"


def test_a_named_folder_that_cannot_be_made_is_an_error(monkeypatch):
    monkeypatch.setenv("SHMLAB_STATE", "/proc/shmlab")
    with pytest.raises(OSError, match="/proc/shmlab"):
        ledger.folder()
