"""The kernel of a notebook is killed with -9 at any moment: what it left goes, and nothing else does."""

import random
import subprocess
import sys

import posix_ipc
import pytest
import sysv_ipc
from helpers import PATIENCE_S, in_kernel

from shmlab import ipc

LEARNER = """
import itertools
from shmlab import Mutex, Program, Semaphore

def increment(shm, lock):
    for _ in range(20):
        with lock:
            shm.counter += 1

programs = [Program(increment, processes=2, shared={"counter": 0}, sync={"lock": lock}) for lock in (Semaphore(1), Mutex())]
print("started", flush=True)
for kind, program in itertools.cycle(itertools.product(("posix", "sysv"), programs)):
    assert program.run(ipc=kind).ok
"""


@pytest.fixture
def foreign():
    """Somebody else's objects, with names and keys like ours; what the kernel holds with them."""
    segment = posix_ipc.SharedMemory("/shmlab-0123456789abcdef", posix_ipc.O_CREX, size=100)
    semaphore = posix_ipc.Semaphore("/shmlab-0123456789abcdef", posix_ipc.O_CREX)
    memory = sysv_ipc.SharedMemory(0x5117AB, sysv_ipc.IPC_CREX, size=100)
    counter = sysv_ipc.Semaphore(0x5117AB, sysv_ipc.IPC_CREX)
    yield in_kernel()
    segment.close_fd()
    segment.unlink()
    semaphore.close()
    semaphore.unlink()
    memory.detach()
    memory.remove()
    counter.remove()


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


def kill_often(times, tmp_path, monkeypatch, foreign):
    """How many objects `clean` had to remove."""
    monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
    moments = random.Random(times)
    removed = 0
    for _ in range(times):
        killed_after(moments.uniform(0, 0.5))
        findings = ipc.clean()
        assert {finding.action for finding in findings} <= {"removed", "gone"}
        assert in_kernel() == foreign
        assert not list(tmp_path.iterdir())
        removed += sum(finding.action == "removed" for finding in findings)
    return removed


def test_a_kernel_killed_in_its_runs_leaves_nothing_after_clean(tmp_path, monkeypatch, foreign):
    assert kill_often(6, tmp_path, monkeypatch, foreign) >= 0


@pytest.mark.stress
def test_a_kernel_killed_at_fifty_moments_leaves_nothing_after_clean(tmp_path, monkeypatch, foreign):
    assert kill_often(50, tmp_path, monkeypatch, foreign) > 50
