"""Judging on a cluster: a real scheduler, real workers, each a process of its own."""

import contextlib
import dataclasses
import functools
import os
import pathlib
import select
import shutil
import signal
import socket
import subprocess
import sys
import threading
import types

import pytest
from distributed import Client
from graded import ROOT, STEMS, solved, submission, submitted
from helpers import PATIENCE_S
from judges import Deadly, DiesOfEve, Held, Telling

import shmlab
from shmlab.grading.classroom import batch, cluster
from shmlab.grading.classroom.records import Records, code

STEM = "05_lost_updates"
WRONG = (ROOT / "tests" / "wrong_answers" / STEM / "test_outside_lock.py").read_text()
SOLUTIONS = {stem: (ROOT / "solutions" / f"{stem}.ipynb").read_bytes() for stem in STEMS}
PATHS = os.pathsep.join((str(ROOT / "tests"), str(ROOT)))  # what workers import: the judges of tests, this shmlab

ALONE = "--no-nanny --nthreads 1"  # a worker


def entry(learner, data, path="class"):
    """What `grade` takes of an Entry."""
    handed_in = dataclasses.replace(submission(STEM, {}, learner), data=data, path=path)
    return types.SimpleNamespace(exercise=STEM, submission=lambda: handed_in)


RIGHT, PARTLY, UNREADABLE = submitted(STEM, solved(STEM)), submitted(STEM, solved(STEM, reserve=WRONG)), b'{"cells": 3'
CLASS = [entry("ada", RIGHT), entry("bob", PARTLY), entry("dan", UNREADABLE), entry("eve", submitted(STEM, {}))]


def by_learner(results):
    return {result.learner: result for result in results}


@functools.cache
def by_one_process():
    return by_learner(batch.grade(CLASS, SOLUTIONS, jobs=1))


@contextlib.contextmanager
def running(*command, path=PATHS):
    """A process of dask's command line, ended at the end."""
    environment = os.environ | {"PYTHONPATH": path, "PYTHONSAFEPATH": "1"}  # not the folder we stand in
    with subprocess.Popen(
        [sys.executable, "-m", *command], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            yield process
        finally:
            process.terminate()
            process.communicate()


@contextlib.contextmanager
def scheduler():
    """Its address."""
    command = "--host", "127.0.0.1", "--port", "0", "--no-dashboard"
    with running("distributed.cli.dask_scheduler", *command) as process:
        address = next(line.split()[-1] for line in process.stderr if "Scheduler at:" in line)
        rest = threading.Thread(target=process.stderr.read)  # a pipe that is full would hold it up
        rest.start()
        try:
            yield address
        finally:
            process.terminate()
            rest.join()


@contextlib.contextmanager
def workers(address, tmp_path, *several, path=PATHS):
    """Processes, one for each of `several`: options of `dask worker`."""
    given = "--no-dashboard", "--local-directory", str(tmp_path)
    with contextlib.ExitStack() as stack:
        commands = [("distributed.cli.dask_worker", address, *given, *options.split()) for options in several]
        started = [stack.enter_context(running(*command, path=path)) for command in commands]
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(len(several), timeout=PATIENCE_S)
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory, state_folder):
    """Of a scheduler with two workers, one of them with a nanny."""
    folder = tmp_path_factory.mktemp("dask")
    with scheduler() as address, workers(address, folder, ALONE, "--nworkers 1 --nthreads 1"):
        yield address


def test_the_results_are_those_of_one_process_and_are_kept(address):
    with contextlib.closing(Records(":memory:")) as records:
        assert by_learner(cluster.grade(CLASS, SOLUTIONS, address, records=records)) == by_one_process()
        # Who was judged is not judged again, even where every judge dies; dan's notebook could not be read.
        again = by_learner(cluster.grade(CLASS, SOLUTIONS, address, records=records, make_judge=Deadly))
    assert again.pop("dan").notes == (batch.DIED_TWICE,)
    assert again == {learner: result for learner, result in by_one_process().items() if learner != "dan"}


def test_who_ends_two_judges_is_not_judged_and_the_others_are(address):
    found = by_learner(cluster.grade(CLASS, SOLUTIONS, address, make_judge=DiesOfEve))
    eve = found.pop("eve")
    assert (eve.judged, eve.notes) == (False, (batch.DIED_TWICE,))
    assert {item.points for item in eve.items} == {item.points for item in by_one_process()["eve"].items}
    assert found == {learner: result for learner, result in by_one_process().items() if learner != "eve"}


def test_submissions_are_read_when_the_workers_have_room(address):
    asked, most = 0, 0

    def entries():
        nonlocal asked
        for number in range(40):
            asked += 1
            yield entry(f"{number:02}", UNREADABLE)

    for done, _ in enumerate(cluster.grade(entries(), SOLUTIONS, address), start=1):
        most = max(most, asked - done)
    assert asked == done == 40
    assert most <= 2 * 2  # two for each thread


@contextlib.contextmanager
def when_eve_is_judged(folder, act):
    """Calls act(PARENT, PID) of the judge that holds eve's submission, in a thread; gives its entry."""
    os.mkfifo(folder / "told")

    def wait():
        act(*map(int, (folder / "told").read_text().split()))

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    yield [*CLASS[:-1], entry("eve", submitted(STEM, {}), str(folder))]
    thread.join(PATIENCE_S)
    assert not thread.is_alive(), "nobody judged eve's submission"


def is_gone(pidfd):
    """Whether a process ends, soon enough."""
    with os.fdopen(pidfd):
        return bool(select.select([pidfd], [], [], PATIENCE_S)[0])


def test_what_a_lost_worker_had_is_judged_elsewhere(tmp_path):
    lost = []

    def kill(worker, judge):
        lost.extend((worker, os.pidfd_open(judge)))
        os.kill(worker, signal.SIGKILL)

    with scheduler() as address, workers(address, tmp_path, ALONE, ALONE) as started:
        with when_eve_is_judged(tmp_path, kill) as entries:
            found = by_learner(cluster.grade(entries, SOLUTIONS, address, make_judge=Held))
        worker, judge = lost
        assert worker in [process.pid for process in started]
        assert found == by_one_process()
        assert is_gone(judge)


def test_ctrl_c_takes_back_what_is_queued(address, tmp_path):
    left, told = [], threading.Event()

    def hear(_, judge):
        left.append(judge)
        told.set()

    def until_interrupted(eve):
        """Ctrl-C comes while this is asked for more: elsewhere it may come while a Future is let go of, and be lost."""
        yield from (eve, *CLASS[:-1])
        assert told.wait(PATIENCE_S)
        signal.raise_signal(signal.SIGINT)

    with when_eve_is_judged(tmp_path, hear) as entries, pytest.raises(KeyboardInterrupt):
        list(cluster.grade(until_interrupted(entries[-1]), SOLUTIONS, address, make_judge=Held))
    try:
        with Client(address, set_as_default=False) as client:
            assert client.run_on_scheduler(lambda dask_scheduler: list(dask_scheduler.tasks)) == []
    finally:
        os.kill(*left, signal.SIGKILL)  # its worker has another one judge what it holds, and forgets the result
    assert by_learner(cluster.grade(CLASS[:1], SOLUTIONS, address)) == {"ada": by_one_process()["ada"]}


def test_a_thread_of_a_worker_has_a_judge_and_leaves_none():
    order = cluster._Order(code(), cluster.pickle.dumps((SOLUTIONS, False, 0, Telling)))
    pids, pidfds = [], []

    def judge():
        for _ in range(2):
            *_, pid = cluster.judge_there(order, CLASS[2].submission()).notes
            pids.append(int(pid))
        pidfds.append(os.pidfd_open(int(pid)))

    for _ in range(2):
        thread = threading.Thread(target=judge)
        thread.start()
        thread.join()
    assert pids[0] == pids[1] != pids[2] == pids[3]
    assert all(map(is_gone, pidfds))


def test_another_shmlab_on_a_worker_is_refused(tmp_path):
    shutil.copytree(pathlib.Path(shmlab.__file__).parent, tmp_path / "shmlab")
    with open(tmp_path / "shmlab" / "luck.py", "a") as module:
        module.write("# changed\n")
    with scheduler() as address:
        with pytest.raises(OSError, match=f"{address} has no workers: start some with `dask worker {address}"):
            list(cluster.grade(CLASS, SOLUTIONS, address))
        refused = pytest.raises(ImportError, match=r"worker at tcp://\S+ has another shmlab .* install this one there")
        with workers(address, tmp_path, ALONE, path=str(tmp_path)), refused:
            list(cluster.grade(CLASS, SOLUTIONS, address))


def test_a_worker_that_comes_later_refuses_what_another_shmlab_asks():
    with pytest.raises(ImportError, match="has another shmlab"):
        cluster.judge_there(cluster._Order("another", b""), CLASS[0].submission())


@pytest.mark.parametrize("listens", [False, True])
def test_who_is_no_scheduler_is_named(monkeypatch, listens):
    """It refuses at once, or says nothing for as long as a connection may take."""
    monkeypatch.setattr(cluster, "_CONNECT_S", 0.2)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        if listens:
            nobody.listen()
        address = "tcp://{}:{}".format(*nobody.getsockname())
        with pytest.raises(
            OSError, match=f"no dask scheduler answers at {address} .*: start one with `dask scheduler`"
        ):
            list(cluster.grade(CLASS, SOLUTIONS, address))


@pytest.mark.parametrize("address", ["", "nowhere", "http://127.0.0.1:1", "127.0.0.1:99999", "127.0.0.1:x"])
def test_what_is_no_address_is_named(address):
    with pytest.raises(OSError, match=f"no dask scheduler answers at {address} "):
        list(cluster.grade(CLASS, SOLUTIONS, address))


def test_without_distributed_the_cure_is_told(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ImportError, match=r"pip install 'shmlab\[cluster\]'"):
        list(cluster.grade(CLASS, SOLUTIONS, "tcp://127.0.0.1:8786"))


def test_the_command_line_shows_nothing_of_dask(address, tmp_path):
    for learner, data in ("ada", RIGHT), ("bob", PARTLY):
        (tmp_path / learner).mkdir()
        (tmp_path / learner / f"{STEM}.ipynb").write_bytes(data)
    command = [sys.executable, "-m", "shmlab.cli.main", "grade", str(tmp_path), "--cluster", address]
    done = subprocess.run([*command, "--solutions", str(ROOT / "solutions")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "test outside the lock" in done.stdout.replace("tested", "test")
    assert "distributed" not in done.stderr
    refused = subprocess.run([*command, "--jobs", "2"], capture_output=True, text=True)
    assert refused.returncode == 2
    assert "--jobs is for this machine" in refused.stderr
