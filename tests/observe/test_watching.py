"""What a Watch sees, and how little it reads for it."""

import contextlib
import re
import signal
import subprocess
import sys
import time

import pytest
from foreign import planted

from shmlab import ipc, start
from shmlab.observe import Watch, attached, kept_alive, watching
from shmlab.show.plotting import plot

MANY = 1_000
PROCESSES = 50

# Fifty processes that map twenty segments each, without this package: a byte says that they do.
CROWD = """
import mmap, os, signal, sys
import sysv_ipc
names, ids = sys.argv[1].split(), list(map(int, sys.argv[2].split()))
for rank in range(int(sys.argv[3])):
    reading, writing = os.pipe()
    if os.fork() == 0:
        kept = []
        for name in names[rank::50]:
            descriptor = os.open("/dev/shm" + name, os.O_RDWR)
            kept.append(mmap.mmap(descriptor, 0))
            os.close(descriptor)
        kept += [sysv_ipc.attach(id) for id in ids[rank::50]]
        os.write(writing, b"!")
        signal.pause()
    os.read(reading, 1)
sys.stdout.write("!")
sys.stdout.flush()
sys.stdin.read()
os.killpg(0, signal.SIGKILL)
"""


def events(look):
    return [(event.what, event.name) for event in look.events]


@pytest.fixture
def read_files(monkeypatch):
    """The paths of /proc that a look reads."""
    paths, real = [], attached.read
    monkeypatch.setattr(attached, "read", lambda path: paths.append(path) or real(path))
    return paths


@pytest.fixture
def at_once(monkeypatch):
    """Every process is looked into at each look: on a busy machine more than MOST_MAPS of them change in between."""
    monkeypatch.setattr(attached, "MOST_MAPS", sys.maxsize)


@contextlib.contextmanager
def crowd(posix, sysv):
    command = [sys.executable, "-c", CROWD, " ".join(posix), " ".join(map(str, sysv)), str(PROCESSES)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes, start_new_session=True) as process:
        assert process.stdout.read(1) == b"!"
        yield
        process.stdin.close()
        assert process.wait() == -signal.SIGKILL


@pytest.fixture(scope="module")
def thousand():
    """A thousand segments, POSIX and System V."""
    segments = [ipc.Segment.create(4096, ipc=kind) for kind in ("posix", "sysv") for _ in range(MANY // 2)]
    for segment in segments:
        segment.close()
    yield [one.name for one in segments[: MANY // 2]], [one.id for one in segments[MANY // 2 :]]
    for segment in segments:
        segment.destroy()


@pytest.mark.usefixtures("at_once")
def test_it_sees_a_segment_come_and_go():
    watch = Watch()
    assert events(watch.look()) == []
    for kind in ("posix", "sysv"):
        with ipc.Segment.create(4096, ipc=kind) as segment:
            (created,) = watch.look().events
            assert (created.what, created.size_bytes, created.attached) == ("created", 4096, 1)
            name = created.name
            assert str(segment._name) in name or f"{segment._name:#x}" in name
        assert events(watch.look()) == [("removed", name)]
        assert events(watch.look()) == []


@pytest.mark.usefixtures("at_once")
@pytest.mark.parametrize("kind", ["posix", "sysv"])
def test_it_sees_who_attaches_and_detaches(kind):
    watch = Watch()
    with ipc.Segment.create(4096, ipc=kind) as segment:
        watch.look()
        how = {"name": segment.name} if kind == "posix" else {"id": segment.id}
        with kept_alive.living(open_segment, kind, how, names=("B",)) as (b,):
            (event,) = watch.look().events
            assert (event.what, event.attached, event.pids) == ("attached", 2, (b.pid,))
        (event,) = watch.look().events
        assert (event.what, event.attached, event.pids) == ("detached", 1, (b.pid,))


def open_segment(kind, how):
    return ipc.Segment.family(kind).open(**how)


@pytest.mark.usefixtures("at_once")
def test_it_sees_a_removal_that_waits_for_the_last_detach():
    watch = Watch()
    with ipc.SysvSegment.create(None, 4096) as segment:
        watch.look()
        segment.remove()
        assert [event.what for event in watch.look().events if event.id == segment.id] in (["marked"], ["removed"])


def test_it_touches_nothing_of_others():
    with planted():
        watch = Watch(everyone=True)
        before = {(one.name, one.attached) for one in watch.look().objects}
        assert {(one.name, one.attached) for one in watch.look().objects} == before
        assert any(one.name == "/shmlab-0123456789abcdef" for one in watch.looks[-1].objects)
        assert all(one.name != "/shmlab-0123456789abcdef" for one in Watch().look().objects)


def test_the_alarm_rings_once_and_is_taken_back(monkeypatch):
    watch, used = Watch(alarm=0.8), [10, 80, 85, 78, 70]

    def uses():
        yield watching.Use("/dev/shm", used.pop(0), 100)

    monkeypatch.setattr(watching, "_posix_uses", uses)
    found = [[event.what for event in watch.look().events if not event.kind] for _ in range(5)]
    assert found == [[], ["alarm"], [], [], ["calm"]]


def test_an_alarm_is_numbers_for_a_program_and_a_sentence_for_people(monkeypatch):
    monkeypatch.setattr(watching, "_posix_uses", lambda: iter([watching.Use("/dev/shm", 896 * 2**10, 2**20)]))
    watch = Watch(alarm=0.8)
    (alarm,) = (event for event in watch.look().events if event.what == "alarm")
    told = alarm.as_json()
    del told["time"]
    expected = {"event": "alarm", "name": "/dev/shm", "used_bytes": 917504, "limit_bytes": 2**20, "percent": 87.5}
    assert told == expected
    assert str(alarm) == "ALARM /dev/shm: 896 KiB of 1 MiB (88%)"
    assert "896 KiB of 1 MiB" in str(watch.table())


def test_an_alarm_about_a_number_of_objects_has_no_bytes():
    told = watching.Use("files in /dev/shm", 5, 8, in_bytes=False).as_json()
    assert told == {"used": 5, "limit": 8, "percent": 62.5}


def test_what_was_removed_had_a_count_at_the_look_before():
    watch = Watch()
    with ipc.PosixSegment.create(None, 4096):
        watch.look()
    (removed,) = watch.look().events
    assert removed.as_json()["attached_before"] == 1
    assert "attached" not in removed.as_json()
    assert watch.table().rows[-1][-2:] == ("was 1", "")


def event(what="created", name="/a-name-that-is-long-enough-to-be-cut", **more):
    return watching.Event(what, 0, name, "POSIX segment", **more)


def test_a_line_says_who_has_it_attached_and_who_came():
    found = event("found", "/orders", size_bytes=4096, attached=2, creator_pid=17, pids=(4840, 4848))
    assert str(found) == "found POSIX segment /orders, 4 KiB, attached 2 (by 4840, 4848)"
    came = event("attached", "/orders", size_bytes=4096, attached=3, pids=(4850,))
    assert str(came) == "attached POSIX segment /orders by 4850, now attached 3"
    assert str(event("removed", "/orders", attached=1)) == "removed POSIX segment /orders"


@pytest.mark.parametrize("pids", [(), (30394,), (30394, 4194304), tuple(range(30000, 30050))], ids=len)
def test_a_line_that_is_too_long_loses_letters_and_no_digit(pids):
    long = event(size_bytes=320, attached=len(pids), pids=pids)
    for width in range(60, 120):
        told = long.in_width(width)
        assert len(told) <= width
        shown = [int(number) for number in re.findall(r"\d+", told.partition(" more")[0])]
        assert {*shown} <= {320, len(pids), *pids, *range(len(pids))}
        assert ", 320 bytes, attached" in told
        assert (".." in told) == (long.name not in told)
    assert str(pids[0] if pids else "") in long.in_width(80)


def test_key_and_id_are_never_cut():
    told = watching.Event(
        "created", 0, "0x6938fbef id 2097209", "System V segment", 2097209, 320, 1, 17, (30394, 30395)
    )
    for width in range(50, 100):
        assert "0x6938fbef id 2097209, 320 bytes, attached 1" in told.in_width(width)


@pytest.mark.parametrize("alarm", [0, -1, 1.5])
def test_an_alarm_is_a_share(alarm):
    with pytest.raises(ValueError, match="give a share"):
        Watch(alarm=alarm)


def test_a_look_reads_one_short_file_a_process(thousand, read_files):
    posix, sysv = thousand
    with crowd(posix, sysv):
        watch = Watch(everyone=True)
        watch.look()
        there = [one for one in watch.looks[-1].objects if one.name in posix or one.id in sysv]
        assert len(there) == MANY
        assert {one.attached for one in there} == {1}
        for _ in range(3):
            read_files.clear()
            watch.look()
            maps = [path for path in read_files if path.endswith("/maps")]
            assert len(maps) <= attached.MOST_MAPS + 1
            stats = [path for path in read_files if path.endswith("/stat")]
            assert len(stats) + len(maps) == len(read_files)
            assert len(stats) == len(set(stats))


def test_a_look_at_what_has_not_changed_makes_no_object_anew(thousand):
    watch = Watch(everyone=True)
    watch.look()
    before = {id(one) for one in watch.look().objects if one.name in thousand[0] or one.id in thousand[1]}
    after = {id(one) for one in watch.look().objects}
    assert len(before) == MANY
    assert before <= after


@pytest.mark.stress
def test_a_look_a_second_takes_less_than_two_percent_of_a_processor(thousand):
    with crowd(*thousand):
        watch = Watch(everyone=True)
        watch.look()
        began = time.process_time()
        for _ in range(30):
            watch.look()
        assert time.process_time() - began < 30 * 0.02


@pytest.mark.usefixtures("at_once")
def test_a_process_that_has_changed_its_maps_is_seen_at_the_next_look():
    found = attached.Attached()
    found.look()
    with ipc.PosixSegment.create(None, 4096) as segment:
        inode = segment._identity[1]
        with kept_alive.living(ipc.PosixSegment.open, segment.name, names=("A",)) as (a,):
            assert found.look()
            assert a.pid in found.of_posix(inode)
        assert found.look()
        assert a.pid not in found.of_posix(inode)


def test_what_it_saw_is_a_table_and_a_picture():
    watch = Watch()
    assert "nothing was looked at" in str(watch.table())
    watch.look()
    with ipc.PosixSegment.create(None, 4096) as segment:
        look = watch.look()
        assert segment.name in str(look.table())
    watch.look()
    figure = plot(watch)
    assert figure.get_label() == str(watch.table())
    assert "created" in figure.get_label()
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["In segments", "Attached"]


def test_events_are_plain_data():
    watch = Watch()
    watch.look()
    with ipc.SysvSegment.create(None, 100):
        (event,) = watch.look().events
    told = event.as_json()
    assert told["event"] == "created"
    assert told["time"].endswith("Z")
    assert told["id"] == event.id
    assert None not in told.values()


def test_a_dead_creator_is_seen_as_dead():
    watch = Watch()
    worker = start(leave)
    name = worker.result()
    (found,) = (one for one in watch.look().objects if one.name == name)
    assert found.creator_alive is False
    ipc.remove(found)


def leave():
    return ipc.PosixSegment.create(None, 100, keep=True).name


ELSEWHERE = """
import sys
import sysv_ipc
from shmlab.processes.namespaces import own_objects
try:
    own_objects(2**20)
except OSError:
    print("refused", flush=True)
else:
    segment = sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=4096)
    print(segment.id, flush=True)
    sys.stdin.read()
"""


def test_a_process_of_another_ipc_namespace_does_not_use_our_segment_of_the_same_id():
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", ELSEWHERE], text=True, **pipes) as other:
        said = other.stdout.readline().strip()
        if said == "refused":
            pytest.skip("this host forbids namespaces")
        seen = attached.Attached()
        seen.look()
        assert other.pid not in seen.of_sysv(int(said))
