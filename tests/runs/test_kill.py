"""The kernel of a notebook is killed with -9 at any moment: what it left goes, and nothing else does."""

import random
import subprocess
import sys

import pytest
from foreign import in_kernel, planted
from helpers import PATIENCE_S

from shmlab import ipc

LEARNER = """
import itertools
from shmlab import Mutex, Program, Semaphore

def increment(shm, lock):
    for _ in range(20):
        with lock:
            shm.counter += 1

locks = Semaphore(1), Mutex()
programs = [Program(increment, processes=2, shared={"counter": 0}, sync={"lock": lock}) for lock in locks]
print("started", flush=True)
for kind, program in itertools.cycle(itertools.product(("posix", "sysv"), programs)):
    assert program.run(ipc=kind).ok
"""


def killed_after(seconds):
    """Start a learner's runs, and kill the process `seconds` after it has begun them."""
    process = subprocess.Popen([sys.executable, "-c", LEARNER], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "started\n"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=seconds)
    finally:
        process.kill()
        # Its fork server holds the same pipe until it has ended and buried every worker. So the end
        # of the pipe is the end of them all, which this waits for.
        process.communicate(timeout=PATIENCE_S)


def kill_often(times, records):
    """Kill so many kernels, cleaning after each; returns how many objects were there to remove."""
    moments = random.Random(times)
    removed = 0
    with planted() as foreign:
        for _ in range(times):
            killed_after(moments.uniform(0, 0.5))
            findings = ipc.clean()
            assert in_kernel() == foreign
            # One killed before its first line is empty, and goes when it is older.
            assert not any(path.stat().st_size for path in records.iterdir())
            removed += sum(finding.action == "removed" for finding in findings)
    return removed


@pytest.fixture
def records(tmp_path, monkeypatch):
    """A folder for the records of the killed, and of nobody else."""
    with ipc.Segment.create(1):  # this process has begun its own
        monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
        yield tmp_path


def test_a_kernel_killed_in_its_runs_leaves_nothing_after_clean(records):
    kill_often(6, records)


@pytest.mark.stress
def test_a_kernel_killed_at_fifty_moments_leaves_nothing_after_clean(records):
    assert kill_often(50, records) > 50
