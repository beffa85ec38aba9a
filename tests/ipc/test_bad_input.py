"""Each mistake is a standard error that names the object and says what to do; nothing is left behind."""

import contextlib
import ctypes
import errno
import os
import pathlib
import re
import tempfile

import pytest
from foreign import in_kernel
from helpers import PATIENCE_S, Elapsed, acquire_and_die, as_nobody

from shmlab import ipc
from shmlab.ipc import names
from shmlab.processes.workers import start

ORDINARY_USER = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
KINDS = pytest.mark.parametrize("kind", ["posix", "sysv"])
NAN, INF = float("nan"), float("inf")

SEGMENT = {"posix": ipc.PosixSegment, "sysv": ipc.SysvSegment}
SEMAPHORE = {"posix": ipc.PosixSemaphore, "sysv": ipc.SysvSemaphore}
NAME = {"posix": "/test-object", "sysv": 0x7E57}
NAMED = {"posix": r"POSIX \w+ '/test-object'", "sysv": r"System V \w+ with key 0x7e57"}
CREATE = {
    "segment": lambda kind, name, **options: SEGMENT[kind].create(name, 100, **options),
    "semaphore": lambda kind, name, **options: SEMAPHORE[kind].create(name, **options),
}
OPEN = {
    "segment": lambda kind, name: SEGMENT[kind].open(name),
    "semaphore": lambda kind, name: SEMAPHORE[kind].open(name),
}
WHAT = pytest.mark.parametrize("what", ["segment", "semaphore"])


@pytest.fixture
def make():
    """Objects that go when the test ends, if they have not gone before."""
    made = []

    def create(what, kind, **options):
        made.append(CREATE[what](kind, NAME[kind], **options))
        return made[-1]

    yield create
    for one in made:
        one.close()
        with contextlib.suppress(FileNotFoundError):
            one.destroy()


# Names, keys, sizes, modes, values

BAD_NAMES = {
    "slash inside": ("/a/b", ValueError, r"name is '/a/b': only the first character may be a slash; write"),
    "two slashes": ("//a", ValueError, "only the first character may be a slash"),
    "path upwards": ("/../etc/passwd", ValueError, "only the first character may be a slash"),
    "empty": ("", ValueError, r"name is '': empty; a POSIX name is"),
    "only a slash": ("/", ValueError, r"name is '/': empty"),
    "too long": ("/" + "x" * 252, ValueError, r"name is 252 bytes long \(it begins 'xxx+'\): at most 251"),
    "too long in bytes": ("/" + "é" * 126, ValueError, "name is 252 bytes long"),
    "dot": (".", ValueError, r"name is '\.': not a file name; use letters"),
    "dots": ("/..", ValueError, r"name is '/\.\.': not a file name"),
    "zero byte": ("/a\0b", ValueError, r"name is '/a\\x00b': not a file name"),
    "half a character": ("/\ud800", ValueError, r"name is '/\\ud800'"),
    "number": (7, TypeError, "name is 7: a POSIX name is a string"),
    "bytes": (b"/a", TypeError, "name is b'/a': a POSIX name is a string"),
}
BAD_KEYS = {
    "zero": (0, ValueError, "key is 0: give 1 to 2147483647; 0 is IPC_PRIVATE"),
    "negative": (-1, ValueError, "key is -1: give 1 to"),
    "too large": (2**31, ValueError, "key is 2147483648: give 1 to"),
    "text": ("/a", TypeError, "key is '/a': a System V key is an integer"),
    "float": (1.0, TypeError, r"key is 1\.0: a System V key is an integer"),
    "truth": (True, TypeError, "key is True: a System V key is an integer"),
}
BAD = {f"posix, {row}": ("posix", *bad) for row, bad in BAD_NAMES.items()}
BAD |= {f"sysv, {row}": ("sysv", *bad) for row, bad in BAD_KEYS.items()}


@pytest.mark.parametrize(("kind", "name", "error", "words"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("verb", [CREATE, OPEN], ids=["create", "open"])
@WHAT
def test_a_bad_name_or_key_is_refused(what, verb, kind, name, error, words):
    with pytest.raises(error, match=words):
        verb[what](kind, name)


@pytest.mark.parametrize(
    "opening", [ipc.PosixSegment.open, ipc.PosixSemaphore.open, ipc.SysvSegment.open, ipc.SysvSemaphore.open]
)
def test_opening_needs_a_name(opening):
    with pytest.raises(TypeError, match=r"name is None|key is None|give a key or an id"):
        opening(None)


@pytest.mark.parametrize(
    ("size_bytes", "error", "words"),
    [
        (0, ValueError, "size_bytes is 0: a segment has at least 1 byte"),
        (-1, ValueError, "size_bytes is -1: a segment has at least 1 byte"),
        (2**63, ValueError, "size_bytes is 9223372036854775808: no address space"),
        (10**30, ValueError, "no address space"),
        (1.5, TypeError, r"size_bytes is 1\.5: a size is a whole number"),
        ("10", TypeError, "size_bytes is '10'"),
        (None, TypeError, "size_bytes is None"),
        (True, TypeError, "size_bytes is True"),
    ],
)
@KINDS
def test_a_bad_size_is_refused(kind, size_bytes, error, words):
    with pytest.raises(error, match=words):
        SEGMENT[kind].create(NAME[kind], size_bytes)


@pytest.mark.parametrize(
    ("mode", "error"),
    [(-1, ValueError), (0o1000, ValueError), ("0600", TypeError), (None, TypeError), (True, TypeError)],
)
@pytest.mark.parametrize("create", [SEGMENT, SEMAPHORE], ids=["segment", "semaphore"])
@KINDS
def test_a_bad_mode_is_refused(kind, create, mode, error):
    with pytest.raises(error, match=r"mode is .*: give permission bits"):
        create[kind].create(NAME[kind], 10, mode=mode)


@pytest.mark.parametrize(
    ("value", "error"),
    [(-1, ValueError), (2**31, ValueError), (1.0, TypeError), (None, TypeError), (True, TypeError), ("1", TypeError)],
)
@KINDS
def test_a_bad_count_is_refused(kind, value, error):
    with pytest.raises(error, match=rf"value is {value!r}: a semaphore"):
        SEMAPHORE[kind].create(NAME[kind], value)


def test_a_system_v_semaphore_counts_no_further_than_it_can():
    with pytest.raises(ValueError, match="value is 32768: a semaphore of this kind holds 0 to 32767"):
        ipc.SysvSemaphore.create(None, 32768)


@pytest.mark.parametrize(
    "create", [lambda ipc_: ipc.Segment.create(9, ipc=ipc_), lambda ipc_: ipc.Semaphore.create(ipc=ipc_)]
)
def test_another_kind_of_ipc_is_refused(create):
    with pytest.raises(ValueError, match=r"ipc is 'mach': choose \"posix\" or \"sysv\""):
        create("mach")


# What is there and what is not


@WHAT
@KINDS
def test_opening_a_missing_one_is_file_not_found(kind, what):
    with pytest.raises(FileNotFoundError, match=f"{NAMED[kind]} does not exist.*check its spelling") as told:
        OPEN[what](kind, NAME[kind])
    assert told.value.errno == errno.ENOENT


@pytest.mark.parametrize("id", [-1, 0x7FFF0000, 2**40])
def test_opening_a_missing_id_is_file_not_found(id):
    with pytest.raises(FileNotFoundError, match=f"System V segment with id {id} does not exist"):
        ipc.SysvSegment.open(id=id)


@pytest.mark.parametrize("id", ["5", 5.0, True])
def test_an_id_is_an_integer(id):
    with pytest.raises(TypeError, match=f"id is {id!r}: a System V id is the integer"):
        ipc.SysvSegment.open(id=id)


def test_a_key_and_an_id_are_one_too_many():
    with pytest.raises(TypeError, match="a key or an id, one of the two"):
        ipc.SysvSegment.open(1, id=1)


@WHAT
@KINDS
def test_creating_over_an_existing_one_is_file_exists_and_leaves_it_alone(kind, what, make):
    first = make(what, kind)
    if what == "segment":
        first.buffer[0] = 7
    with pytest.raises(FileExistsError, match=f"{NAMED[kind]} exists already: open it, or create it under") as told:
        CREATE[what](kind, NAME[kind])
    assert told.value.errno == errno.EEXIST
    again = OPEN[what](kind, NAME[kind])
    assert again.buffer[0] == 7 if what == "segment" else again.value == 1
    again.close()


def test_a_segment_without_a_size_yet_cannot_be_opened():
    path = pathlib.Path("/dev/shm/test-object")
    path.touch()
    with pytest.raises(ValueError, match=r"POSIX segment '/test-object' has size 0: its creator has not given it one"):
        ipc.PosixSegment.open("/test-object")
    path.unlink()


def test_a_file_that_is_no_semaphore_cannot_be_opened_as_one():
    def look():  # elsewhere: the C library maps an empty file, and dies of SIGBUS
        with contextlib.closing(ipc.PosixSemaphore.open("/test-object")) as semaphore:
            return semaphore.value

    path = pathlib.Path(names.semaphore_path("/test-object"))
    path.touch()
    worker = start(look).join(PATIENCE_S)
    path.unlink()
    with pytest.raises((ValueError, OSError), match=r"POSIX semaphore '/test-object'") as told:
        worker.result()
    assert not isinstance(told.value, ChildProcessError)


@WHAT
@KINDS
def test_removing_twice_is_file_not_found(kind, what, make):
    made = make(what, kind)
    made.destroy()
    with pytest.raises(
        FileNotFoundError, match=f"{NAMED[kind]}.*removed|{NAMED[kind]} was unlinked already; unlink once"
    ):
        made.destroy()


@WHAT
@KINDS
def test_removing_what_is_somebody_elses_by_now_leaves_it_alone(kind, what, make):
    old = make(what, kind)
    old.destroy()
    new = make(what, kind)
    with pytest.raises(FileNotFoundError, match=NAMED[kind]):
        old.destroy()
    OPEN[what](kind, NAME[kind]).close()
    new.destroy()


# Another user


@ORDINARY_USER
@WHAT
@KINDS
def test_opening_without_permission_is_refused(kind, what, make):
    make(what, kind)
    worker = start(as_nobody, lambda: OPEN[what](kind, NAME[kind]))
    with pytest.raises(
        PermissionError, match=f"{NAMED[kind]}: its mode does not let user 65534.*ask its owner"
    ) as told:
        worker.result(PATIENCE_S)
    assert told.value.errno == errno.EACCES


@ORDINARY_USER
@WHAT
@KINDS
def test_removing_what_another_user_owns_is_refused(kind, what, make):
    made = make(what, kind, mode=0o666)
    if kind == "posix":  # its mode is less the umask
        path = names.segment_path if what == "segment" else names.semaphore_path
        os.chmod(path(made.name), 0o666)
    worker = start(as_nobody, lambda: OPEN[what](kind, NAME[kind]).destroy())
    with pytest.raises(PermissionError, match=f"{NAMED[kind]}: .*only its owner or root may"):
        worker.result(PATIENCE_S)


@ORDINARY_USER
def test_reading_with_permission_to_read_only_is_allowed_and_writing_is_not(make):
    make("segment", "posix").buffer[0] = 7
    os.chmod(names.segment_path(NAME["posix"]), 0o644)
    read = start(as_nobody, lambda: ipc.PosixSegment.open(NAME["posix"], read_only=True).buffer[0])
    assert read.result(PATIENCE_S) == 7
    with pytest.raises(PermissionError):
        start(as_nobody, lambda: OPEN["segment"]("posix", NAME["posix"])).result(PATIENCE_S)


@ORDINARY_USER
@pytest.mark.parametrize("create", [SEGMENT, SEMAPHORE], ids=["segment", "semaphore"])
@KINDS
def test_a_mode_that_shuts_out_its_own_creator_leaves_nothing(kind, create):
    def create_and_look():
        before = in_kernel()
        with tempfile.TemporaryDirectory(dir="/tmp") as folder:
            os.environ["SHMLAB_STATE"] = folder
            try:
                with contextlib.closing(create[kind].create(NAME[kind], 1, mode=0o000)) as made:
                    made.destroy()
            except (PermissionError, ValueError) as error:
                assert re.search(f"{NAMED[kind]}|mode is 0o0", str(error))
            return in_kernel() - before

    left = start(as_nobody, create_and_look).result(PATIENCE_S)
    made = create[kind]
    if found := ipc.kinds.identity(made.kind, NAME[kind]):
        ipc.kinds.remove(made.kind, NAME[kind], found)
    assert left == set()


# After close


AFTER_CLOSE = {
    "segment": ("buffer", "view", "prefault", "__enter__"),
    "semaphore": ("value", "acquire", "try_acquire", "release", "__enter__"),
}
VERBS = [(what, verb) for what, verbs in AFTER_CLOSE.items() for verb in verbs]


@pytest.mark.parametrize(("what", "verb"), VERBS)
@KINDS
def test_use_after_close_is_a_value_error(kind, what, verb, make):
    made = make(what, kind)
    made.close()
    made.close()
    arguments = (ctypes.c_int64,) if verb == "view" else ()
    with pytest.raises(ValueError, match=f"{NAMED[kind]} is closed in this process: open it again"):
        getattr(made, verb)(*arguments)


@KINDS
def test_use_of_mutex_condition_and_barrier_after_close_is_a_value_error(kind):
    with ipc.Segment.create(512, ipc=kind) as segment:
        mutex = ipc.Mutex.create(segment)
        condition = ipc.Condition.create(mutex, segment, 64)
        barrier = ipc.Barrier.create(2, segment, 128)
        for one, verbs in (
            (barrier, ("wait",)),
            (condition, ("wait", "notify", "notify_all")),
            (mutex, ("acquire", "try_acquire", "release", "consistent")),
        ):
            one.close()
            one.close()
            for verb in verbs:
                with pytest.raises(ValueError, match=r"at offset \d+ of .* is closed in this process: open it again"):
                    getattr(one, verb)()
        with pytest.raises(ValueError, match=r"mutex at offset 0 of .* is closed"):
            condition.__enter__()


def test_a_segment_is_closed_before_its_objects_are_made():
    with ipc.Segment.create(64) as segment:
        pass
    with pytest.raises(ValueError, match="is closed in this process"):
        ipc.Mutex.create(segment)


# Waiting


@pytest.mark.parametrize("timeout", [0, 0.2])
@KINDS
def test_a_semaphore_that_nobody_releases_is_a_timeout_error(kind, timeout, make):
    semaphore = make("semaphore", kind)
    semaphore.acquire()
    with (
        Elapsed() as elapsed,
        pytest.raises(TimeoutError, match=f"{NAMED[kind]} was not acquired within {timeout} s") as told,
    ):
        semaphore.acquire(timeout)
    assert timeout <= elapsed.seconds < PATIENCE_S
    assert told.value.errno == errno.ETIMEDOUT


@pytest.mark.parametrize(
    ("timeout", "error"),
    [(-1, ValueError), (NAN, ValueError), (INF, ValueError), ("1", TypeError), (True, TypeError)],
)
@KINDS
def test_a_bad_timeout_is_refused(kind, timeout, error, make):
    semaphore = make("semaphore", kind)
    with ipc.Segment.create(512, ipc=kind) as segment:
        mutex = ipc.Mutex.create(segment)
        condition = ipc.Condition.create(mutex, segment, 64)
        barrier = ipc.Barrier.create(1, segment, 128)
        for verb in (semaphore.acquire, mutex.acquire, condition.wait, barrier.wait):
            with pytest.raises(error, match=rf"timeout is {timeout!r}: give seconds"):
                verb(timeout)
        assert semaphore.value == 1
        for one in (barrier, condition, mutex):
            one.close()


@KINDS
def test_an_owner_killed_inside_a_mutex_is_an_error_that_says_what_to_do(kind):
    with ipc.Segment.create(64, ipc=kind) as segment:
        mutex = ipc.Mutex.create(segment)
        start(acquire_and_die, mutex).join(PATIENCE_S)
        with pytest.raises(
            ipc.OwnerDied, match=r"mutex at offset 0 of .*segment.*call consistent\(\), then release\(\)"
        ):
            mutex.acquire(0.2)
        mutex.consistent()
        mutex.release()
        assert mutex.try_acquire()
        mutex.release()
        mutex.close()
