"""The namespaces that the tests run in: each worker's its own, with no right that a learner would not have."""

import os
import pathlib
import subprocess
import sys

import pytest

WHERE_EACH_WORKER_IS = """
import os, pathlib

def test_where(worker_id):
    links = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("ipc", "mnt")]
    pathlib.Path(__file__).with_name(worker_id).write_text(" ".join(links))
"""


def test_an_ordinary_user_has_no_capability():
    if os.geteuid() == 0:
        pytest.skip("root has them all")
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    held = {
        line: int(line.split()[1], 16) for line in lines if line.startswith(("CapEff", "CapPrm", "CapInh", "CapAmb"))
    }
    assert len(held) == 4 and not any(held.values()), held


@pytest.mark.usefixtures("private_namespaces")
def test_each_worker_has_namespaces_of_its_own(tmp_path):
    where = tmp_path / "test_where.py"
    where.write_text(WHERE_EACH_WORKER_IS)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "conftest", "--numprocesses", "2", "--dist", "each", where],
        env=environment | {"PYTHONPATH": str(pathlib.Path(__file__).parent)},
        cwd=tmp_path,
        check=True,
    )
    first, second = ((tmp_path / worker).read_text().split() for worker in ("gw0", "gw1"))
    assert not {*first} & {*second}
