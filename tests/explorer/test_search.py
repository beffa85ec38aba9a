"""The search for the smallest schedule that fails."""

import os
import pathlib
import subprocess
import sys

import pytest
from cells import cell

from shmlab import Condition, Mutex, Program
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.question import Terms


def adding(each):
    add = cell(f"def add(shm):\n    for _ in range({each}):\n        shm.n += 1")["add"]
    return Program(add, processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 2 * each)


@pytest.mark.parametrize(("each", "steps"), [(3, 12), (20, 80)])
def test_the_smallest_lost_update_has_one_preemption_and_four_steps_of_core(each, steps):
    verdict = adding(each).check(progress=False)
    assert (verdict.ok, verdict.complete) == (False, True)
    assert (verdict.failure.kind, verdict.failure.diagnosis) == ("invariant", "lost update")
    witness = verdict.witness
    assert (witness.preemptions, len(witness.steps), len(witness.core)) == (1, steps, 4)
    assert sum(step.preempts for step in witness.steps) == 1
    assert witness.final["n"] != 2 * each


def test_the_core_is_a_load_and_a_store_with_another_store_between():
    witness = adding(3).check(progress=False).witness
    core = [witness.steps[index] for index in witness.core]
    assert sorted(step.kind for step in core) == ["load", "load", "store", "store"]
    first, last = core[0], core[-1]
    assert (first.kind, last.kind, first.rank) == ("load", "store", last.rank)
    assert any(step.kind == "store" and step.rank != last.rank for step in core[1:-1])


def test_a_failure_that_needs_no_preemption_is_told_without_one():
    late = cell("def f(shm):\n    shm.n += 1\ndef g(shm):\n    assert shm.n == 0")
    witness = Program([late["f"], late["g"]], shared={"n": 0}).check(progress=False).witness
    assert witness.preemptions == 0
    assert [(step.rank, step.kind) for step in witness.steps] == [(0, "load"), (0, "store"), (1, "load")]


SIGNAL = """
def wait(shm, changed, lock):
    with lock:
        changed.wait()

def change(shm, changed, lock):
    with lock:
        changed.notify()
"""


def test_to_leave_a_process_that_may_choose_whom_to_wake_is_a_preemption():
    space = cell(SIGNAL)
    functions, sync = [space["wait"], space["wait"], space["change"]], {"lock": Mutex(), "changed": Condition("lock")}
    question = Program(functions, shared={"n": 0}, sync=sync).question()
    model = Terms().model(question, question.behaviour())
    asleep = [(0, "go"), (0, "go"), (1, "go"), (1, "go"), (2, "go")]
    for moves, preempting in [([(2, "wakes 0")], []), ([(0, "wake"), (2, "go")], [5])]:
        witness = tell(model, question.layout, question.names(), asleep + moves, title="")
        assert [at for at, step in enumerate(witness.steps) if step.preempts] == preempting
        assert witness.preemptions == len(preempting)


HERE = pathlib.Path(__file__).parent
TESTS = str(HERE.parent)
SHOW = """
from test_search import adding
print(adding(2).check(progress=False))
"""


def test_hashes_do_not_decide_what_is_said():
    seen = []
    for seed in "01":
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": TESTS}
        command = [sys.executable, "-c", SHOW]
        done = subprocess.run(command, cwd=HERE, check=True, env=environment, capture_output=True, text=True)
        seen.append(done.stdout)
    assert "lost update" in seen[0]
    assert seen[0] == seen[1]
