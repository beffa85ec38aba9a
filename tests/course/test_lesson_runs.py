"""Lessons on a machine that has little, as an ordinary user, twice, and interrupted anywhere: nothing stays behind."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import lessons
import pytest
from foreign import in_kernel

MOMENTS = (0.1, 0.3, 0.5, 0.7, 0.9)  # of the time a cell takes: when it is interrupted
each_lesson = pytest.mark.parametrize("path", lessons.LESSONS, ids=lambda path: path.stem)
# The kernel's own start-up, not ours, warns about its transport.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:zmq.*", "ignore::RuntimeWarning:zmq.*"),
    pytest.mark.usefixtures("a_file_that_iceoryx2_keeps"),  # lesson 19 measures it where it is installed
]


@pytest.fixture
def open_folder():
    """A folder that every user can read; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield pathlib.Path(folder)


@pytest.mark.stress
@each_lesson
def test_an_ordinary_user_runs_it_twice_on_a_machine_that_has_little(path, open_folder, private_namespaces):
    home = open_folder / "home"
    home.mkdir()
    for run in lessons.as_ordinary_user(path, home, lessons.little(open_folder)):
        print(path.stem, run["seconds"], "s")  # pytest -rP shows them
        assert run["user"] != 0
        assert run["ending"] == [lessons.CLEAN]
        assert not run["left"]


@pytest.mark.stress
@each_lesson
def test_it_can_be_interrupted_anywhere_and_run_again(path):
    with lessons.running(path) as lesson:
        seconds = lesson.run()
    with lessons.running(path) as lesson:
        lesson.load()
        for number in range(len(lesson.cells)):
            before = in_kernel()
            for moment in MOMENTS:
                where = f"code cell {number}, interrupted at {moment} of {seconds[number]:.3f} s"
                lesson.interrupt(number, moment * seconds[number])
                complaints = lesson.complaints(number)
                assert all("KeyboardInterrupt" in one for one in complaints), (where, complaints)
                assert not lessons.outliving(lesson.processes), where
            lesson.run_cell(number)
            assert in_kernel() <= before, f"code cell {number}"
        assert lesson.ending == [lessons.CLEAN]
        lesson.run()
        assert lesson.ending == [lessons.CLEAN]


def test_a_machine_that_has_little_has_neither_compiler_nor_strace(tmp_path):
    environment = lessons.little(tmp_path)
    for program in ("cc", "gcc", "clang", "strace", f"{os.uname().machine}-linux-gnu-gcc"):
        assert shutil.which(program, path=environment["PATH"]) is None
    assert shutil.which("ipcs", path=environment["PATH"])
    code = "from shmlab import primitives; print(primitives._native)"
    run = subprocess.run([sys.executable, "-c", code], env=os.environ | environment, capture_output=True, text=True)
    assert run.stdout == "None\n"
