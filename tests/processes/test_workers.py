import ctypes
import math
import mmap
import multiprocessing
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading

import nbclient
import nbformat
import pytest
from lifeline import PATIENCE_S, Lifeline, hold, wait_until

from shmlab import ipc
from shmlab.processes import launchers, workers

# Forking beside our own watching threads is what method="fork" is; since 3.12 Python warns of it.
FORK = pytest.param("fork", marks=pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning"))
every_method = pytest.mark.parametrize("method", ["forkserver", "spawn", FORK])
TESTS = str(pathlib.Path(__file__).parents[1])


@pytest.fixture
def lifeline(tmp_path):
    made = Lifeline(tmp_path)
    yield made
    made.close()


@pytest.fixture
def turns():
    """Two semaphores, the first of them free: who holds one, has the turn."""
    made = [ipc.PosixSemaphore.create(None, 1), ipc.PosixSemaphore.create(None, 0)]
    yield made
    for semaphore in made:
        semaphore.close()
        semaphore.destroy()


class OutOfPaper(Exception):
    def __init__(self, tray, sheets):
        super().__init__(tray, sheets)
        self.tray = tray


def divide(numerator, denominator):
    return numerator / denominator


def notes(error):
    return "\n".join(error.__notes__)


# Results and arguments


@every_method
def test_what_a_function_returns_comes_back(method):
    assert workers.start(divide, 7, 2, method=method).result() == 3.5


@every_method
def test_a_worker_is_another_process(method):
    worker = workers.start(os.getpid, method=method)
    assert worker.result() == worker.pid != os.getpid()


@every_method
def test_large_arguments_and_results_travel(method):
    block = os.urandom(3_000_000)
    assert workers.start(lambda data: data[::-1], block, method=method).result() == block[::-1]


@every_method
def test_globals_are_fresh_copies(method):
    seen = []

    def add():
        seen.append(1)
        return len(seen)

    assert [workers.start(add, method=method).result() for _ in range(2)] == [1, 1]
    assert seen == []


@every_method
def test_environment_folder_and_path_are_those_of_this_moment(method, monkeypatch, tmp_path):
    monkeypatch.setenv("SHMLAB_WEATHER", "rain")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path / "library")

    def look():
        return os.environ["SHMLAB_WEATHER"], os.getcwd(), sys.path[0]

    assert workers.start(look, method=method).result() == ("rain", str(tmp_path), str(tmp_path / "library"))


@every_method
def test_a_worker_runs_on_the_processor_it_is_given(method):
    last = max(os.sched_getaffinity(0))
    assert workers.start(os.sched_getaffinity, 0, method=method, cpu=last).result() == {last}


@every_method
def test_input_is_at_its_end(method):
    with pytest.raises(EOFError):
        workers.start(input, method=method).result()


@pytest.mark.parametrize("method", ["forkserver", "spawn"])
def test_a_worker_has_no_connections_of_others(method):
    def look():
        return [os.readlink(path) for path in pathlib.Path("/proc/self/fd").iterdir() if path.is_symlink()]

    links = workers.start(look, method=method).result()
    assert [link for link in links if link.startswith(("socket:", "anon_inode:[eventpoll]"))] == []


def test_results_can_be_asked_for_twice():
    worker = workers.start(divide, 1, 2)
    assert worker.result() == worker.result() == 0.5


def test_an_error_asked_for_twice_has_one_note():
    worker = workers.start(divide, 1, 0)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError) as caught:
            worker.result()
    assert len(caught.value.__notes__) == 1


def test_a_structure_comes_back_as_a_result():
    class Point(ctypes.Structure):
        _fields_ = (("x", ctypes.c_int), ("y", ctypes.c_int))

    found = workers.start(lambda: Point(3, 4)).result()
    assert (found.x, found.y) == (3, 4)


@every_method
def test_what_cannot_be_sent_is_a_type_error_with_the_cure(method):
    with pytest.raises(TypeError, match=r"divide cannot be sent to another process.*inside of the function"):
        workers.start(divide, threading.Lock(), 2, method=method)


@every_method
def test_what_cannot_come_back_is_an_error_that_says_so(method):
    worker = workers.start(threading.Lock, name="locksmith", method=method)
    with pytest.raises(TypeError, match=r"(?i)(result|return).*locksmith|locksmith.*(result|return)"):
        worker.result()


def test_a_failing_start_ends_the_workers_started_before(lifeline):
    def stay(path):
        hold(path)
        signal.pause()

    ours = os.open(lifeline.path, os.O_WRONLY)  # "first" may be ended before it holds the lifeline
    with pytest.raises(TypeError, match="second"):
        workers.start_group(
            [(stay, (lifeline.path,), "first", None), (divide, (threading.Lock(),), "second", None)], echo=False
        )
    os.close(ours)
    lifeline.wait_for_release()


@every_method
def test_workers_leave_no_descriptors_open_here(method):
    def count():
        return len(os.listdir("/proc/self/fd"))

    workers.start(os.getpid, method=method).join()
    before = count()
    for _ in range(5):
        workers.start(os.getpid, method=method).join()
        with pytest.raises(TypeError):
            workers.start(divide, threading.Lock(), method=method)
    assert count() == before


@every_method
def test_workers_that_nobody_waits_for_leave_no_descriptors_open_here(method):
    def count():
        return len(os.listdir("/proc/self/fd"))

    workers.start(os.getpid, method=method).join()
    before = count()
    for _ in range(10):
        workers.start(os.getpid, method=method)

    def settled():
        workers.start(os.getpid, method=method).join()  # a start notices the ends of those before it
        return count() <= before + 2

    wait_until(settled)


def test_a_worker_that_nobody_waits_for_is_not_disturbed_by_a_forked_child(turns):
    def speak(turns):
        turns[1].acquire()
        print("for the parent")
        return "for the parent too"

    worker = workers.start(speak, turns, deadline_s=PATIENCE_S)
    child = os.fork()
    if child == 0:
        try:
            turns[1].release()
            for _ in range(20):
                workers.start(os.getpid).join()
            launchers._server.close()
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert (worker.result(PATIENCE_S), worker.output) == ("for the parent too", "for the parent\n")


@every_method
def test_what_outlives_one_worker_does_not_disturb_the_others(method, lifeline, turns):
    def leave_somebody_behind(path, leave):
        if os.fork() == 0:
            os.setsid()  # so it is no longer of the group that ends with the worker
            hold(path)
            leave.acquire()
            os._exit(0)
        signal.pause()

    calls = [(leave_somebody_behind, (lifeline.path, turns[1]), "W", None), (signal.pause, (), "V", None)]
    group = workers.start_group(calls, method=method)
    lifeline.wait_for_holders(1)
    group.kill(group.workers[0])
    try:
        # It still holds the first one's output open; new descriptors take the numbers of the old.
        assert [workers.start(divide, number, 1).result() for number in range(3)] == [0, 1, 2]
        assert group.workers[1].alive
    finally:
        turns[1].release()
        lifeline.wait_for_release()
        group.kill()


# Output


@every_method
def test_what_workers_print_in_turns_appears_in_that_order(method, turns, capfd):
    def speak(rank, turns):
        for line in range(100):
            turns[rank].acquire()
            print("line", line)
            turns[1 - rank].release()

    workers.start_group([(speak, (rank, turns), f"P{rank}", None) for rank in range(2)], method=method).wait()
    assert capfd.readouterr().out.splitlines() == [f"[P{rank}] line {line}" for line in range(100) for rank in range(2)]


def test_partial_lines_of_two_workers_do_not_mix(turns, capsys):
    def speak(rank, turns):
        for letter in "abc":
            turns[rank].acquire()
            print(letter, end="\n" if letter == "c" else "", flush=True)
            turns[1 - rank].release()

    workers.start_group([(speak, (rank, turns), f"P{rank}", None) for rank in range(2)]).wait()
    assert capsys.readouterr().out == "[P0] abc\n[P1] abc\n"


@every_method
def test_a_last_line_without_its_end_is_shown(method, capsys):
    workers.start(lambda: print("no end", end=""), method=method, name="W").join()
    assert capsys.readouterr().out == "[W] no end\n"


@every_method
def test_errors_appear_on_the_error_stream(method, capsys):
    workers.start(lambda: print("careful", file=sys.stderr), name="W", method=method).join()
    assert capsys.readouterr() == ("", "[W] careful\n")


@every_method
def test_a_megabyte_is_printed_whole(method):
    lines = [f"{number:07d}" for number in range(131_072)]
    worker = workers.start_group(
        [(lambda: print("\n".join(f"{number:07d}" for number in range(131_072))), (), "W", None)],
        method=method,
        echo=False,
    )
    worker.wait()
    assert worker.workers[0].output.splitlines() == lines


@every_method
def test_a_megabyte_written_past_python_is_shown_whole(method):
    def write():
        left = memoryview(b"x" * 2**20 + b"\n")
        while left:
            left = left[os.write(1, left) :]

    group = workers.start_group([(write, (), "W", None)], method=method, echo=False)
    group.wait()
    assert group.workers[0].output == "x" * 2**20 + "\n"


@pytest.mark.parametrize("write", ["print", "os.write"])
def test_letters_of_several_bytes_survive_the_cut_between_packets(write):
    text = "é漢😀" * 30_000

    def speak():
        if write == "print":
            print(text)
            return
        left = memoryview(text.encode() + b"\n")
        while left:
            left = left[os.write(1, left) :]

    group = workers.start_group([(speak, (), "W", None)], echo=False)
    group.wait()
    assert group.workers[0].output == text + "\n"


def test_bytes_that_are_no_text_are_shown_somehow():
    assert "\ufffd" in workers.start(lambda: os.write(1, b"\xff\xfe\n")).join().output


def test_what_a_program_prints_that_a_worker_runs_is_shown(capsys):
    workers.start(lambda: subprocess.run(["echo", "hello"], check=True), name="W").join()
    assert "[W] hello" in "".join(capsys.readouterr())


def test_a_group_without_echo_prints_nothing(capsys):
    group = workers.start_group([(print, ("quiet",), "W", None)], echo=False)
    group.wait()
    assert (capsys.readouterr(), group.workers[0].output) == (("", ""), "quiet\n")


# Exceptions


@every_method
def test_an_exception_keeps_its_type_and_shows_the_learners_line(method):
    worker = workers.start(divide, 1, 0, name="P7", method=method)
    with pytest.raises(ZeroDivisionError) as caught:
        worker.result()
    line = divide.__code__.co_firstlineno + 1
    assert f"in process P7:\n  test_workers.py, line {line}, in divide\n    return numerator / denominator" in notes(
        caught.value
    )
    assert worker.exit.words == f"raised ZeroDivisionError: division by zero (at test_workers.py, line {line})"
    assert not worker.exit.ok


@every_method
def test_no_line_of_ours_stands_in_the_note(method):
    with pytest.raises(ZeroDivisionError) as caught:
        workers.start(divide, 1, 0, method=method).result()
    assert "child.py" not in notes(caught.value) and "forkserver.py" not in notes(caught.value)


@every_method
def test_the_learners_own_exception_is_the_learners_own_class(method):
    def print_out():
        raise OutOfPaper("upper", 0)

    with pytest.raises(OutOfPaper) as caught:
        workers.start(print_out, method=method).result()
    assert caught.value.tray == "upper"


@every_method
def test_an_exception_that_cannot_travel_is_told_in_words(method):
    def jam():
        error = OutOfPaper("upper", 0)
        error.lock = threading.Lock()
        raise error

    with pytest.raises(RuntimeError, match=r"OutOfPaper: \('upper', 0\)") as caught:
        workers.start(jam, method=method).result()
    assert "in jam" in notes(caught.value)


def test_an_exception_that_can_be_written_but_not_read_back_is_told_in_words():
    class Picky(Exception):
        def __init__(self, first, second):
            super().__init__(f"{first} and {second}")

    def jam():
        raise Picky("one", "two")

    with pytest.raises(RuntimeError, match="Picky: one and two"):
        workers.start(jam).result()


def test_the_place_of_a_syntax_error_is_shown():
    with pytest.raises(SyntaxError) as caught:
        workers.start(lambda: compile("x = 1\ny = = 2\n", "homework.py", "exec")).result()
    assert "homework.py, line 2" in notes(caught.value)


def test_what_was_printed_before_an_exception_is_kept():
    def speak():
        print("before")
        raise ValueError("after")

    assert workers.start(speak).join().output == "before\n"


# How processes end


def use_nothing():
    return ctypes.string_at(0)


def read_behind_the_end():
    with tempfile.TemporaryFile() as file:
        file.truncate(2 * mmap.PAGESIZE)
        memory = mmap.mmap(file.fileno(), 2 * mmap.PAGESIZE)
        file.truncate(mmap.PAGESIZE)
        return memory[mmap.PAGESIZE]


@every_method
@pytest.mark.parametrize(
    ("end", "code", "number", "words"),
    [
        (lambda: sys.exit(3), 3, None, "ended with exit code 3"),
        (lambda: os._exit(4), 4, None, "ended with exit code 4"),
        (lambda: sys.exit("no more paper"), 1, None, "ended with exit code 1"),
        (use_nothing, None, signal.SIGSEGV, "killed by SIGSEGV: it used an address"),
        (read_behind_the_end, None, signal.SIGBUS, "killed by SIGBUS: the mapping has no memory behind it"),
        (os.abort, None, signal.SIGABRT, "killed by SIGABRT"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), None, signal.SIGKILL, "killed by SIGKILL: .*kill -9"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM), None, signal.SIGTERM, "killed by SIGTERM: it was asked to end"),
    ],
    ids=["exit 3", "_exit 4", "exit text", "SIGSEGV", "SIGBUS", "SIGABRT", "SIGKILL", "SIGTERM"],
)
def test_an_unusual_end_is_explained_in_words(end, code, number, words, method):
    worker = workers.start(end, name="W", method=method).join()
    assert (worker.exit.code, worker.exit.signal, worker.exit.ok) == (code, number, False)
    assert re.search(words, worker.exit.words)
    with pytest.raises(ChildProcessError, match=f"W .*{words}"):
        worker.result()


@every_method
@pytest.mark.parametrize(("crash", "offset"), [(use_nothing, 1), (read_behind_the_end, 5)])
def test_a_crash_names_the_learners_line(crash, offset, method):
    line = crash.__code__.co_firstlineno + offset
    assert f"(at test_workers.py, line {line})" in workers.start(crash, method=method).join().exit.words


@every_method
def test_the_text_of_an_exit_is_printed(method):
    assert "no more paper" in workers.start(sys.exit, "no more paper", method=method).join().output


@every_method
@pytest.mark.parametrize("nothing", [(), (None,), (0,)])
def test_an_exit_without_a_code_is_a_good_end(nothing, method):
    worker = workers.start(sys.exit, *nothing, method=method)
    assert worker.result() is None
    assert (worker.exit.code, worker.exit.words) == (0, "finished")


@every_method
def test_kernel_objects_of_a_worker_go_with_it(method):
    def make():
        segment = ipc.PosixSegment.create("/forgotten", 4096)
        return segment.name

    assert workers.start(make, method=method).result() == "/forgotten"
    with pytest.raises(FileNotFoundError):
        ipc.PosixSegment.open("/forgotten")


@every_method
def test_children_of_a_process_are_not_those_of_its_worker(method):
    ours = multiprocessing.get_context("fork").Process(target=signal.pause, daemon=True)
    ours.start()
    try:
        assert workers.start(os.getpid, method=method).join().exit.ok
        assert ours.is_alive()
    finally:
        ours.kill()
        ours.join()


def make_and_stay(path):
    ipc.PosixSegment.create("/forgotten", 4096)
    hold(path)
    signal.pause()


def left_over():
    """What is left of it, which is then cleaned away."""
    left = [found.name for found in ipc.objects() if found.name == "/forgotten"]
    ipc.clean()
    return left


@every_method
def test_kernel_objects_of_a_worker_that_we_kill_go_with_it(method, lifeline):
    worker = workers.start(make_and_stay, lifeline.path, method=method)
    lifeline.wait_for_holders(1)
    worker.kill()
    assert left_over() == []


def test_kernel_objects_of_a_worker_go_with_it_at_its_deadline(lifeline):
    workers.start(make_and_stay, lifeline.path, deadline_s=1).join()
    assert left_over() == []


def test_a_worker_says_what_it_is(lifeline):
    def stay(path):
        hold(path)
        signal.pause()

    worker = workers.start(stay, lifeline.path, name="sleeper")
    assert worker.alive
    assert repr(worker) == f"<Worker sleeper, process {worker.pid}, running>"
    worker.kill()
    assert not worker.alive
    assert repr(worker) == f"<Worker sleeper, process {worker.pid}, was ended by kill()>"


# Deadlines and killing


def stay_with_a_child(path):
    os.fork()
    hold(path)
    signal.pause()


@every_method
def test_a_deadline_ends_a_worker_and_what_it_started(method, lifeline):
    worker = workers.start(stay_with_a_child, lifeline.path, deadline_s=1, name="W", method=method)
    with pytest.raises(TimeoutError, match=r"W was ended after its deadline of 1 s"):
        worker.result()
    assert not worker.exit.ok
    lifeline.wait_for_release()


def test_a_deadline_says_where_it_found_the_learners_code():
    def wait():
        signal.pause()

    line = wait.__code__.co_firstlineno + 1
    worker = workers.start(wait, deadline_s=1.5).join()
    assert worker.exit.words == f"was ended after its deadline of 1.5 s (at test_workers.py, line {line})"


@pytest.mark.parametrize("method", ["forkserver", FORK])
def test_a_deadline_ends_who_does_not_want_to_end(method, lifeline):
    def refuse(path):
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        hold(path)
        while True:
            signal.pause()

    with pytest.raises(TimeoutError):
        workers.start(refuse, lifeline.path, deadline_s=1, method=method).result()
    lifeline.wait_for_release()


@every_method
def test_a_kill_ends_a_worker_and_what_it_started(method, lifeline):
    worker = workers.start(stay_with_a_child, lifeline.path, method=method)
    lifeline.wait_for_holders(2)
    worker.kill()
    lifeline.wait_for_release()
    assert worker.exit.words == "was ended by kill()"
    worker.kill()


@every_method
def test_what_a_worker_started_ends_with_it(method, lifeline):
    def leave_a_child_behind(path):
        if os.fork() == 0:
            hold(path)
            signal.pause()

    assert workers.start(leave_a_child_behind, lifeline.path, method=method).result() is None
    lifeline.wait_for_release()


@every_method
def test_a_group_can_be_killed_in_part(method, lifeline, tmp_path):
    (tmp_path / "other").mkdir()
    other = Lifeline(tmp_path / "other")
    group = workers.start_group(
        [(stay_with_a_child, (line.path,), "W", None) for line in (lifeline, other)], method=method
    )
    for line in (lifeline, other):
        line.wait_for_holders(2)
    group.kill(group.workers[0])
    lifeline.wait_for_release()
    assert group.workers[1].alive
    group.kill()
    other.wait_for_release()
    other.close()


def test_a_worker_that_prints_without_end_is_ended_at_its_deadline():
    def chatter():
        while True:
            print("and another thing")

    group = workers.start_group([(chatter, (), "W", None)], deadline_s=0.5, echo=False)
    group.wait()
    assert isinstance(group.workers[0].error, TimeoutError)


@every_method
def test_a_join_with_a_timeout_leaves_the_worker_running(method, lifeline):
    worker = workers.start(stay_with_a_child, lifeline.path, name="W", method=method)
    with pytest.raises(TimeoutError, match=r"W: still running after 0\.01 s"):
        worker.join(0.01)
    assert worker.alive
    worker.kill()


@pytest.mark.parametrize("deadline_s", [0, -1, math.nan, "soon", True])
def test_an_impossible_deadline_is_refused(deadline_s):
    with pytest.raises((TypeError, ValueError), match="deadline_s is"):
        workers.start(divide, 1, 2, deadline_s=deadline_s)


@every_method
@pytest.mark.parametrize("deadline_s", [None, math.inf, 3e6, 1e12])
def test_a_far_deadline_is_no_problem(deadline_s, method):
    assert workers.start(divide, 1, 2, deadline_s=deadline_s, method=method).result(PATIENCE_S) == 0.5


@pytest.mark.parametrize("timeout", [3e6, 1e12])
def test_a_far_timeout_is_no_problem(timeout):
    assert workers.start(divide, 1, 2).result(timeout) == 0.5


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="method is 'thread': choose one of forkserver, spawn, fork"):
        workers.start(divide, 1, 2, method="thread")


@every_method
def test_a_worker_outlives_the_thread_that_started_it(method, turns):
    ready, go = turns
    ready.acquire()
    started = []

    def wait_and_add():
        ready.release()
        go.acquire()
        return 42

    def start_and_leave():
        started.append(workers.start(wait_and_add, deadline_s=PATIENCE_S, method=method))
        ready.acquire()

    thread = threading.Thread(target=start_and_leave)
    thread.start()
    thread.join()
    go.release()
    assert started[0].result() == 42


@pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning")
def test_several_threads_may_start_workers_at_once():
    results = []
    gate = threading.Barrier(4)

    def ask(number):
        gate.wait()
        for index in range(10):
            results.append(workers.start(divide, number * index, 1).result())

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(float(number * index) for number in range(4) for index in range(10))


# Scripts of their own, whose functions are in __main__

SCRIPT = """
import os, signal, sys, threading
import lifeline
from shmlab import start

LIFELINE, METHOD = sys.argv[1:]

class Trouble(Exception):
    pass

factor = 3

def triple(number):
    print("tripling", number)
    return factor * number

def fail():
    raise Trouble("in main")

def stay():
    os.fork()
    lifeline.hold(LIFELINE)
    signal.pause()
"""


@pytest.fixture
def run_script(tmp_path, lifeline):
    """Starts SCRIPT and some more lines; whatever becomes of the test, it has ended afterwards."""
    started = []

    def run(method, text):
        path = tmp_path / "learner.py"
        path.write_text(SCRIPT + text)
        process = subprocess.Popen(
            [sys.executable, str(path), lifeline.path, method],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": TESTS, "PYTHONWARNINGS": "ignore"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        with process:
            process.kill()


def wait_for_the_end(process):
    """Everything it printed. Its fork server has the same stdout, so at the end that is gone too."""
    return process.communicate(timeout=PATIENCE_S)[0]


@every_method
def test_functions_of_a_script_run_in_workers(method, run_script):
    text = """
print(start(triple, 14, method=METHOD).result())
try:
    start(fail, method=METHOD).result()
except Trouble as error:
    print(error, *error.__notes__)
"""
    lines = wait_for_the_end(run_script(method, text)).splitlines()
    assert lines[:2] == ["[triple] tripling 14", "42"]
    assert lines[2] == "in main in process fail:"
    assert re.fullmatch(r"  learner\.py, line \d+, in fail", lines[3])
    assert lines[4].strip() == 'raise Trouble("in main")'


@every_method
def test_ctrl_c_ends_the_workers(method, lifeline, run_script):
    text = """
try:
    start(stay, method=METHOD).join()
except KeyboardInterrupt:
    print("interrupted")
"""
    process = run_script(method, text)
    lifeline.wait_for_holders(2)
    process.send_signal(signal.SIGINT)
    lifeline.wait_for_release()
    assert wait_for_the_end(process) == "interrupted\n"
    assert process.returncode == 0


@every_method
def test_workers_and_server_end_with_a_parent_that_is_killed(method, lifeline, run_script):
    process = run_script(method, "start(stay, method=METHOD, deadline_s=None).join()\n")
    lifeline.wait_for_holders(2)
    process.kill()
    lifeline.wait_for_release()
    assert wait_for_the_end(process) == ""


@every_method
def test_workers_end_with_a_parent_that_forgets_them(method, lifeline, run_script):
    text = "start(stay, method=METHOD, deadline_s=None)\nos.read(0, 1)\n"
    process = run_script(method, text)
    lifeline.wait_for_holders(2)
    assert wait_for_the_end(process) == ""
    lifeline.wait_for_release()
    assert process.returncode == 0


# A notebook


def test_cells_of_a_notebook_run_in_workers(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    cells = [
        "from shmlab import Program, Semaphore, start",
        "class Trouble(Exception):\n    pass",
        "greeting = 'hello'\ndef greet(name):\n    print(greeting, name)\n    return len(name)",
        "start(greet, 'world').result()",
        "def speak(rank, turns):\n"
        "    for line in range(3):\n"
        "        turns[rank].acquire()\n"
        "        print(line)\n"
        "        turns[1 - rank].release()\n"
        "Program(speak, processes=2, shared={'n': 0}, sync={'turns': [Semaphore(1), Semaphore(0)]}).run()",
        "def fail(depth):\n    if depth:\n        fail(depth - 1)\n    raise Trouble('too deep')\n",
        "start(fail, 1).result()",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(
        notebook,
        allow_errors=True,
        kernel_name="python3",
        timeout=PATIENCE_S,
        resources={"metadata": {"path": tmp_path}},
    ).execute()

    def printed(number):
        return "".join(one.text for one in notebook.cells[number].outputs if one.output_type == "stream")

    assert printed(3) == "[greet] hello world\n"
    assert notebook.cells[3].outputs[-1].data["text/plain"] == "5"
    assert printed(4) == "".join(f"[P{rank}] {line}\n" for line in range(3) for rank in range(2))
    error = notebook.cells[6].outputs[-1]
    assert (error.ename, error.evalue) == ("Trouble", "too deep")
    trace = re.sub("\x1b\\[[0-9;]*m", "", "\n".join(error.traceback))
    assert "in process fail:\n  Cell In[6], line 3, in fail\n    fail(depth - 1)" in trace
    assert "Cell In[6], line 4, in fail\n    raise Trouble('too deep')" in trace
    assert [cell.outputs for cell in notebook.cells if any(one.get("ename") for one in cell.outputs)] == [[error]]
