import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys

import pytest
from lifeline import PATIENCE_S, Lifeline, hold, wait_until

from shmlab.processes import forkserver, launchers, workers


@pytest.fixture
def lifeline(tmp_path):
    made = Lifeline(tmp_path)
    yield made
    made.close()


def server_pid():
    return workers.start(os.getppid).result()


def stay(path):
    hold(path)
    signal.pause()


def test_workers_are_children_of_one_server():
    assert server_pid() == server_pid() != os.getpid()


def test_a_spawned_worker_is_a_fresh_interpreter_of_the_same_server():
    def look():
        return os.getppid(), "numpy" in sys.modules

    assert workers.start(look, method="spawn").result() == (server_pid(), False)
    assert workers.start(look).result() == (server_pid(), True)


def test_the_server_has_no_threads_and_a_session_of_its_own():
    server = server_pid()
    assert len(os.listdir(f"/proc/{server}/task")) == 1
    assert os.getsid(server) == server


def test_workers_lead_process_groups_of_their_own():
    for method in ("forkserver", "spawn"):
        assert workers.start(lambda: os.getpgrp() == os.getpid(), method=method).result()


def test_no_zombies_and_no_descriptors_stay_in_the_server():
    server = server_pid()

    def descriptors():
        return len(os.listdir(f"/proc/{server}/fd"))

    before = workers.start(descriptors).result()
    for method in ["forkserver", "spawn"] * 10:
        workers.start(os.getpid, method=method).join()
    # The end of a worker is reported first; its last descriptor is closed a moment later.
    wait_until(lambda: workers.start(descriptors).result() <= before)
    wait_until(lambda: not pathlib.Path(f"/proc/{server}/task/{server}/children").read_text())


def test_the_end_of_a_worker_is_told_once_it_was_waited_for():
    worker = workers.start(os.getpid).join()
    assert not os.path.exists(f"/proc/{worker.pid}")


def test_when_the_server_is_killed_its_workers_end_and_the_next_start_works(lifeline):
    server = server_pid()
    worker = workers.start(stay, lifeline.path)
    lifeline.wait_for_holders(1)
    os.kill(server, signal.SIGKILL)
    lifeline.wait_for_release()
    assert "SIGKILL" in worker.join(PATIENCE_S).exit.words
    assert server_pid() != server


def test_an_interrupt_of_the_terminal_is_not_for_the_server():
    server = server_pid()
    os.kill(server, signal.SIGINT)
    assert server_pid() == server


def test_a_closed_server_is_replaced():
    server = server_pid()
    launchers._server.close()
    assert not os.path.exists(f"/proc/{server}")
    assert server_pid() != server


def test_closing_a_server_that_never_started_is_no_error():
    launchers._Server().close()


def test_a_forked_child_has_a_server_of_its_own():
    mine = server_pid()

    def ask_in_a_child():
        ours, theirs = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(theirs, b"%d" % server_pid())
            launchers._server.close()
            os._exit(0)
        os.close(theirs)
        answer = int(os.read(ours, 100))
        os.waitpid(child, 0)
        return answer, server_pid()

    # In a worker, because a child of this process should not run pytest's exit.
    in_child, in_worker = workers.start(ask_in_a_child).result()
    assert len({in_child, in_worker, mine}) == 3
    assert server_pid() == mine


def test_a_module_of_the_learner_does_not_stand_in_for_ours_in_the_server(tmp_path):
    for name in ("random", "struct", "tqdm"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is not the module you look for')")
    # As in a notebook: '' comes to the path after the kernel has imported its own modules.
    code = "import sys; from shmlab import Program, start; sys.path.insert(0, ''); print(start(len, 'abc').result())"
    command = [sys.executable, "-P", "-c", code]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    assert (run.stdout, run.stderr) == ("3\n", "")


def test_a_start_that_cannot_fork_is_an_error_and_the_server_lives():
    def starve():
        import resource

        resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
        os.setuid(65534)
        with pytest.raises((OSError, ChildProcessError)):
            workers.start(len, "abc").result(PATIENCE_S)
        return "told"

    if os.geteuid() != 0:
        pytest.skip("only root may become somebody without the right to fork")
    assert workers.start(starve).result() == "told"


# The children alone


@pytest.fixture
def children(monkeypatch):
    """In this process, which has other children: a server would take them for orphans, and end them."""
    monkeypatch.setattr(forkserver.Children, "_end_orphans", lambda _: None)
    made = forkserver.Children()
    yield made
    made.end_all()
    made.selector.close()


@pytest.fixture
def report():
    read, write = os.pipe()
    yield read, write
    os.close(read)


def fork(function):
    pid = os.fork()
    if pid == 0:
        try:
            function()
        finally:
            os._exit(0)
    return pid


def read_report(descriptor):
    started = forkserver.STARTED.unpack(os.read(descriptor, forkserver.STARTED.size))
    return *started, *forkserver.ENDED.unpack(os.read(descriptor, forkserver.ENDED.size))


def test_a_nursery_reports_the_end_of_a_child(children, report):
    pid = fork(lambda: os._exit(7))
    children.adopt(pid, report[1], PATIENCE_S)
    while children.busy():
        assert children.wait() == []
    assert read_report(report[0]) == (pid, 7 << 8, False)


def test_a_nursery_ends_a_child_at_its_deadline(children, report):
    pid = fork(signal.pause)
    children.adopt(pid, report[1], 0.01)
    while children.busy():
        children.wait()
    assert read_report(report[0]) == (pid, signal.SIGTERM, True)


def test_a_nursery_tells_of_events_that_are_not_its_childrens(children):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        children.selector.register(ours, selectors.EVENT_READ)
        theirs.send(b"x")
        assert [key.fileobj for key in children.wait()] == [ours]
        children.selector.unregister(ours)


def test_a_nursery_kills_its_own_children_only(children, report):
    stranger = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)
    pid = fork(signal.pause)
    children.adopt(pid, report[1], PATIENCE_S)
    children.kill(stranger.pid)
    children.kill(pid)
    while children.busy():
        children.wait()
    assert read_report(report[0]) == (pid, signal.SIGKILL, False)
    stranger.communicate(timeout=PATIENCE_S)
    assert stranger.returncode == 0


def test_a_report_that_nobody_reads_is_no_error(children):
    read, write = os.pipe()
    os.close(read)
    children.adopt(fork(lambda: None), write, PATIENCE_S)
    while children.busy():
        children.wait()
