"""The sandbox keeps in what is inside, tells how it ended, and believes nothing that comes out of it."""

import os
import pathlib
import subprocess
import sys
import textwrap
import threading

import pytest

from shmlab.grading.inside_sandbox import walls
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.sandbox.sandbox import Sandbox
from shmlab.grading.sandbox.zygote import Zygote


@pytest.fixture(scope="module")
def zygote():
    one = Zygote()
    yield one
    one.close()


@pytest.fixture
def sandbox(zygote):
    one = Sandbox(zygote)
    if one.missing_walls:
        pytest.skip(one.missing_walls)
    yield one
    one.close()


def run(sandbox, source):
    return sandbox.run_cell(1, textwrap.dedent(source))


def test_a_cell_is_run_under_ipython(sandbox):
    assert sandbox.run_cell(1, "%%writefile notes.txt\nsome words") == ""
    reads = "from pathlib import Path\nassert Path('notes.txt').read_text() == 'some words\\n'"
    assert sandbox.run_cell(2, f"!true\n%matplotlib inline\n{reads}") == ""
    assert sandbox.run_cell(3, "\n1 / 0") == "ZeroDivisionError in its line 2: division by zero"
    assert sandbox.run_cell(4, "def f(:").startswith("SyntaxError in its line 1: ")
    assert sandbox.run_cell(5, "raise MemoryError") == "MemoryError in its line 1"


SEEN = {
    "the course": f"import os; assert not os.path.exists({str(pathlib.Path('solutions').resolve())!r})",
    "the tests": f"import os; assert not os.path.exists({str(pathlib.Path(__file__).parents[1])!r})",
    "the home of the teacher": "import os; assert (os.path.expanduser('~'), os.listdir('/tmp')) == ('/tmp', ['work'])",
    "other processes": "import os; assert {p for p in os.listdir('/proc') if p.isdigit()} == {'1', str(os.getpid())}",
    "the warden's memory": "open('/proc/1/mem', 'rb')",
    "the warden's descriptors": "import os; os.listdir('/proc/1/fd')",
    "the host's objects": "import os; assert os.listdir('/dev/shm') == []",
    "the network": "import socket; s = socket.socket(); s.settimeout(2); s.connect(('127.0.0.1', 22))",
    "another network": "import socket; s = socket.socket(); s.settimeout(2); s.connect(('192.0.2.1', 80))",
    "its own package, to be written": "import shmlab; open(shmlab.__file__, 'a')",
    "the interpreter, to be written": "import os; open(os.__file__, 'a')",
    "a new mount": "import ctypes; assert ctypes.CDLL(None).mount(b'none', b'/tmp', b'tmpfs', 0, None) == -1",
    "a user namespace with rights": "import ctypes; assert ctypes.CDLL(None).unshare(0x10000000) == -1",
    "the teacher's environment": "import os; os.environ['SECRET_OF_THE_TEACHER']",
}
REFUSED = {
    "the warden's memory": "PermissionError",
    "the warden's descriptors": "PermissionError",
    "the network": ("ConnectionRefusedError", "OSError"),
    "another network": "OSError",
    "its own package, to be written": ("OSError", "PermissionError"),
    "the interpreter, to be written": ("OSError", "PermissionError"),
    "the teacher's environment": "KeyError",
}


@pytest.mark.parametrize("what", SEEN)
def test_what_is_not_to_be_seen_or_done(zygote, what, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THE_TEACHER", "1")
    own = Zygote() if what == "the teacher's environment" else zygote
    sandbox = Sandbox(own)
    try:
        if sandbox.missing_walls:
            pytest.skip(sandbox.missing_walls)
        said = run(sandbox, SEEN[what])
    finally:
        sandbox.close()
        if own is not zygote:
            own.close()
    assert said.startswith(REFUSED[what]) if what in REFUSED else said == ""


LIMITS = [
    ("x = bytearray(10**10)", "MemoryError"),
    ("x = [bytearray(10**8) for _ in range(100)]", "MemoryError"),
    ("with open('/dev/shm/full', 'wb') as f:\n    f.write(b'x' * 2**27)", "OSError"),
    ("files = [open('/dev/null') for _ in range(1000)]", "OSError"),
    ("print('x' * 10**8)", ""),
    ("import os\nos.write(1, b'x' * 10**8)", ""),
]


@pytest.mark.parametrize("source, said", LIMITS)
def test_limits_are_met_with_errors_not_with_harm(sandbox, source, said):
    found = run(sandbox, source)
    assert found.startswith(said) if said else found == ""
    assert run(sandbox, "x = files = None") == ""


def test_a_fork_bomb_meets_the_limit_and_ends_with_the_sandbox(zygote):
    sandbox = Sandbox(zygote)
    if sandbox.missing_walls:
        pytest.skip(sandbox.missing_walls)
    said = run(sandbox, "import os\nwhile True:\n    os.fork()")
    assert said.startswith(("BlockingIOError", "EndlessCell")), said
    assert sandbox.run_cell(2, "x = 1") == ""  # the others do not speak for it
    pid = sandbox._pid
    sandbox.close()
    assert ended(pid)


def ended(pid):
    """Wait until a process that is about to end has; its pidfd becomes readable."""
    import select

    try:
        watch = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watch], [], [], 20)[0])
    finally:
        os.close(watch)


def test_a_loop_without_an_end_is_ended_by_its_lines(sandbox):
    assert run(sandbox, "while True:\n    pass").startswith("EndlessCell in its line")
    assert run(sandbox, "import time\nwhile True:\n    time.sleep(1)").startswith("EndlessCell")
    assert run(
        sandbox, "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    ).startswith("Endless")


def test_a_loop_that_swallows_its_end_takes_its_process_along(sandbox):
    swallowing = """
        from contextlib import suppress
        while True:
            with suppress(BaseException):
                while True:
                    try:
                        while True:
                            pass
                    except BaseException:
                        pass
                    finally:
                        continue
    """
    with pytest.raises(Ended, match="swallows"):
        run(sandbox, swallowing)
    assert not sandbox.alive


ENDS = {
    "exit": ("import os; os._exit(0)", Ended, "exit code 0"),
    "exit code of somebody else": ("import os; os._exit(97)", Ended, "exit code 97"),
    "kill -9": ("import os; os.kill(os.getpid(), 9)", Ended, "SIGKILL"),
    "segfault": ("import ctypes; ctypes.string_at(0)", Ended, "SIGSEGV"),
    "abort": ("import os; os.abort()", Ended, "SIGABRT"),
    "a loop in C": ("sum(iter(int, 1))", Unjudged, "processor time"),
    "a wait for ever": ("import os; r, w = os.pipe(); os.read(r, 1)", Unjudged, "does not come"),
    "a wait for its child": (
        "import os\nif os.fork() == 0:\n    r, w = os.pipe(); os.read(r, 1)\nos.wait()",
        Unjudged,
        "does not come",
    ),
}


@pytest.mark.parametrize("how", ENDS)
def test_how_a_process_ended_is_told(sandbox, how):
    source, kind, words = ENDS[how]
    with pytest.raises(kind, match=words):
        run(sandbox, source)
    assert not sandbox.alive
    with pytest.raises(Ended):
        sandbox.run_cell(2, "x = 1")


def test_killing_the_parent_does_nothing_to_it(sandbox):
    for source in ("import os\nos.kill(1, 9)", "import os\nos.kill(os.getppid(), 9)"):
        said = run(sandbox, source)
        assert said == "" or said.startswith("PermissionError")  # the same user may ask, and process 1 is not to be had
    assert run(sandbox, "x = 1") == ""


TAMPERED = {
    "nothing": b"",
    "no JSON": b"\x00\xff nonsense",
    "no list": b'{"ran": 1}',
    "an empty list": b"[]",
    "a list without a name": b"[1, 2]",
    "another answer": b'["returned", 1, null]',
    "a deep one": b"[" * 60_000,
    "a forged success with a hostile line": b'["ran", "", "", {"a": 1}]',
    "a huge one": None,
}


@pytest.mark.parametrize("what", TAMPERED)
def test_hostile_frames_end_the_sandbox_and_nothing_else(sandbox, what):
    frame = TAMPERED[what]
    made = "b'x' * 150_000" if frame is None else repr(frame)
    found = """
        import os, socket
        for descriptor in map(int, os.listdir("/proc/self/fd")):
            if descriptor > 2 and "socket" in os.readlink(f"/proc/self/fd/{descriptor}"):
                socket.socket(fileno=descriptor).send(MADE)
        os._exit(0)
    """
    with pytest.raises(Ended):
        run(sandbox, found.replace("MADE", made))


def test_a_detached_child_and_its_objects_end_with_the_sandbox(zygote, leaves_nothing):
    sandbox = Sandbox(zygote)
    if sandbox.missing_walls:
        pytest.skip(sandbox.missing_walls)
    said = run(
        sandbox,
        """
        import os, posix_ipc, sysv_ipc
        posix_ipc.SharedMemory("/leaked", posix_ipc.O_CREX, size=4096)
        posix_ipc.Semaphore("/leaked", posix_ipc.O_CREX)
        sysv_ipc.SharedMemory(None, sysv_ipc.IPC_CREX, size=4096)
        sysv_ipc.Semaphore(None, sysv_ipc.IPC_CREX)
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                while True:
                    os.read(os.pipe()[0], 1)
            os._exit(0)
    """,
    )
    assert said == ""
    pid = sandbox._pid
    sandbox.close()
    assert ended(pid)


def test_when_the_parent_dies_everything_does():
    """A parent that is killed with -9 takes its zygote and its sandboxes along."""
    script = """
        import os, sys
        from shmlab.grading.sandbox.sandbox import Sandbox
        from shmlab.grading.sandbox.zygote import Zygote
        zygote = Zygote()
        sandbox = Sandbox(zygote)
        print(zygote._process.pid, sandbox._pid, flush=True)
        sys.stdin.read()
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)], stdout=subprocess.PIPE, stdin=subprocess.PIPE
    )
    with parent:
        pids = list(map(int, parent.stdout.readline().split()))
        parent.kill()
    assert all(map(ended, pids))


FORBIDDING = """
    import ctypes, os, pathlib
    if ctypes.CDLL(None).unshare(0x10000000) != 0:
        print("skip")
        raise SystemExit
    pathlib.Path("/proc/self/setgroups").write_text("deny")
    pathlib.Path("/proc/self/uid_map").write_text(f"{UID} {UID} 1")
    pathlib.Path("/proc/self/gid_map").write_text(f"{GID} {GID} 1")
    for kind in ("mnt", "ipc", "pid", "net", "user"):
        pathlib.Path(f"/proc/sys/user/max_{kind}_namespaces").write_text("0")
    from shmlab.grading.results import Ended
    from shmlab.grading.sandbox.sandbox import Sandbox
    from shmlab.grading.sandbox.zygote import Zygote
    before = {*os.listdir("/dev/shm")}
    zygote = Zygote()
    sandbox = Sandbox(zygote)
    print(sandbox.missing_walls)
    print(repr(sandbox.run_cell(1, "x = 1")))
    print(repr(sandbox.run_cell(2, "%%writefile notes.txt\\nwords")))
    made = "from shmlab.ipc import PosixSegment\\nsegment = PosixSegment.create('left_by_a_learner', 4096)"
    print(repr(sandbox.run_cell(3, made)))
    print(repr(sandbox.run_cell(4, "import os\\nif os.fork() == 0:\\n    os.setsid()\\n    os.read(os.pipe()[0], 1)")))
    try:
        sandbox.run_cell(5, "os._exit(3)")
    except Ended as error:
        print(error)
    zygote.close()
    print(sorted({*os.listdir("/dev/shm")} - before))
"""


def test_without_namespaces_it_says_so_and_leaves_nothing():
    """A host that forbids namespaces (here: a user namespace that may have none): process groups, limits and the ledger
    are left, and what was made is removed."""
    script = f"UID, GID = {os.geteuid()}, {os.getegid()}\n" + textwrap.dedent(FORBIDDING)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=120)
    if done.stdout == "skip\n":
        pytest.skip("this host forbids user namespaces")
    if os.geteuid() == 0:
        assert "root without namespaces: no limit on processes would hold" in done.stderr
        return
    lines = done.stdout.splitlines()
    assert lines[0].startswith("this host forbids namespaces"), done
    assert lines[1:5] == ["''"] * 4, done
    assert lines[5:] == ["ended its process with exit code 3", "[]"], done
    assert done.stderr == ""


def test_a_process_with_threads_is_not_cloned():
    over = threading.Event()
    other = threading.Thread(target=over.wait)
    other.start()
    try:
        with pytest.raises(RuntimeError, match="with threads"):
            walls.fork_into_namespaces()
    finally:
        over.set()
        other.join()


def test_a_scene_is_not_charged_for_what_was_used_before_it(sandbox):
    sandbox._watch.look()
    sandbox._watch._before -= 1000  # so much was used, and nobody has asked for an answer since
    with pytest.raises(Unjudged, match="of processor time"):
        sandbox._watch.look()
    sandbox.scene_begins()
    assert not sandbox.may_have_met_limit()
