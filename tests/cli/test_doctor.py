import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from shmlab import primitives
from shmlab.cli import doctor
from shmlab.ipc import limits
from shmlab.processes import workers


def by_name():
    return {fact.name: fact for fact in doctor.facts()}


def test_every_fact_is_a_sentence_with_its_value():
    facts = doctor.facts()
    assert len({fact.name for fact in facts}) == len(facts)
    for fact in facts:
        assert re.fullmatch(r"\S+ .+\.", fact.sentence), fact
        assert not fact.advice or fact.advice.endswith("."), fact
    json.dumps([fact.value for fact in facts])


def test_the_verdict_names_what_is_to_be_looked_at():
    there, missing = (
        limits.Fact("python", "3", "Python 3."),
        limits.Fact("compiler", None, "None is there.", "Get one."),
    )
    assert doctor.verdict([there]) == "Nothing is missing."
    assert doctor.verdict([there, missing]).endswith("exclamation mark below: compiler.")


def test_what_the_issue_asks_for_is_there():
    wanted = "dev_shm shmmax shmall shmmni semaphores cpus start_methods remove_ipc container native_atomics compiler"
    assert set(wanted.split()) <= set(by_name())


def test_the_values_are_those_of_this_host():
    facts = by_name()
    assert facts["user"].value == os.geteuid()
    assert facts["cpus"].value == sorted(os.sched_getaffinity(0))
    assert facts["shmmax"].value == limits.shmmax()
    assert facts["python"].value == ".".join(map(str, sys.version_info[:3]))
    assert facts["ledger"].value == os.environ["SHMLAB_STATE"]


def test_a_missing_c_part_comes_with_the_cure(monkeypatch):
    monkeypatch.setattr(primitives, "_native", None)
    fact = by_name()["native_atomics"]
    assert fact.value is False
    assert "everything else works" in fact.sentence
    assert "apt install gcc" in fact.advice


def test_an_installed_c_part_needs_no_advice():
    if primitives.native_atomics():
        assert (by_name()["native_atomics"].value, by_name()["native_atomics"].advice) == (True, "")


def test_a_missing_compiler_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    fact = by_name()["compiler"]
    assert fact.value is None
    assert "no C compiler" in fact.sentence
    assert "apt install gcc python3-dev" in fact.advice
    assert "posix_ipc on Python 3.14" in fact.advice


def test_a_compiler_is_named(monkeypatch, tmp_path):
    shutil.copy(sys.executable, tmp_path / "clang")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert by_name()["compiler"].value == "clang"


def test_missing_headers_are_said(monkeypatch, tmp_path):
    shutil.copy(sys.executable, tmp_path / "clang")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(doctor.sysconfig, "get_path", lambda name: str(tmp_path / name))
    fact = by_name()["compiler"]
    assert fact.sentence == "The C compiler is clang, but Python's headers (Python.h) are missing."
    assert "apt install gcc python3-dev" in fact.advice
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "Python.h").touch()
    assert by_name()["compiler"].advice == ""


def test_one_processor_is_too_few_for_races():
    def look():
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        return by_name()["cpus"]

    fact = workers.start(look).result()
    assert len(fact.value) == 1
    assert "races are rare" in fact.advice


def test_what_dead_processes_left_is_counted(monkeypatch, tmp_path):
    monkeypatch.setenv("SHMLAB_STATE", str(tmp_path))
    assert by_name()["leftovers"].value == 0
    code = (
        "import os, signal; from shmlab import ipc; "
        "ipc.PosixSegment.create('/left-behind', 4096); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", code], check=False, timeout=60)
    fact = by_name()["leftovers"]
    assert fact.value == 1
    assert "/left-behind" in fact.sentence
    assert fact.advice == "Run `shmlab clean`."
    assert os.path.exists("/dev/shm/left-behind")  # looking removes nothing
    doctor.clean()


@pytest.mark.parametrize("name", ["remove_ipc", "container"])
def test_facts_that_may_be_unknown_are_sentences_all_the_same(name):
    assert len(by_name()[name].sentence) > 20
