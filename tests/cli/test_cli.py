import json
import os
import pathlib
import re
import signal
import subprocess
import sys

import click.testing
import pytest
from foreign import planted
from lifeline import wait_until

from shmlab import bench, ipc
from shmlab.bench.measurements import Throughput
from shmlab.bench.report import Report
from shmlab.cli import lab_command, main
from shmlab.transports import available

ROOT = pathlib.Path(__file__).parents[2]
LEAVE = """
import os, signal
from shmlab import ipc
ipc.PosixSegment.create("/left", 4096)
ipc.PosixSegment.create("/kept", 4096, keep=True)
ipc.PosixSemaphore.create("/gate", 1)
print(ipc.SysvSegment.create(None, 4096).id, ipc.SysvSemaphore.create(None, 1).id, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def shmlab(*arguments):
    return click.testing.CliRunner().invoke(main.main, arguments)


@pytest.fixture
def own_ledger(monkeypatch, tmp_path):
    """A ledger that nobody else writes to while a test looks at it."""
    monkeypatch.setenv("SHMLAB_STATE", str(tmp_path / "state"))


@pytest.fixture
def leftovers(own_ledger):
    """What a process killed with -9 left, beside objects that are not ours."""
    with planted():
        subprocess.run([sys.executable, "-c", LEAVE], check=False, timeout=60, stdout=subprocess.PIPE)
        yield
        ipc.clean()


def test_the_help_names_every_command():
    text = shmlab("--help").output
    assert all(
        command in text
        for command in ("lab", "demo", "bench", "grade", "course", "doctor", "watch", "progress", "clean")
    )
    assert shmlab("-h").output == text


def test_the_version_is_said():
    assert "version" in shmlab("--version").output


def test_an_unknown_command_is_refused():
    result = shmlab("launch")
    assert result.exit_code == 2
    assert "No such command 'launch'" in result.output


def test_the_command_is_installed():
    command = pathlib.Path(sys.executable).with_name("shmlab")
    run = subprocess.run([command, "--help"], capture_output=True, text=True, check=True, timeout=60)
    assert "Learn shared memory" in run.stdout


def test_the_module_is_the_same_command():
    command = [sys.executable, "-m", "shmlab.cli.main", "clean", "--dry-run"]
    assert subprocess.run(command, capture_output=True, check=False, timeout=60).returncode == 0


# demo


def test_the_demo_tells_its_story_and_writes_three_files(tmp_path, monkeypatch):
    monkeypatch.setattr(main, "_DEMO_SIZES_BYTES", (64, 2**16))
    result = shmlab("demo", "--out", str(tmp_path / "new" / "folder"))
    assert result.exit_code == 0, result.output
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["demo.json", "race.png", "throughput.png"]
    for picture in ("race.png", "throughput.png"):
        assert (folder / picture).read_bytes().startswith(b"\x89PNG")
    found = json.loads((folder / "demo.json").read_text())
    assert [row["protection"] for row in found["race"]["rows"]] == ["off", "POSIX semaphore"]
    assert set(found["race"]["rows"][1]["finals"]) == {2000}
    assert Throughput.from_json(json.dumps(found["throughput"])).sizes_bytes == [64, 2**16]
    assert "2 processes × 1,000 increments: 2,000 expected" in result.stdout
    assert "64 KiB" in result.stdout
    assert result.stdout.index("Racing") < result.stdout.index("2 processes ×") < result.stdout.index("half a minute")


def test_the_demo_shows_a_few_sizes():
    assert 3 <= len(main._DEMO_SIZES_BYTES) <= 6


def test_the_demo_refuses_a_file_for_a_folder(tmp_path):
    (tmp_path / "taken").write_text("")
    result = shmlab("demo", "--out", str(tmp_path / "taken"))
    assert result.exit_code == 2
    assert "is a file" in result.output


# doctor


def test_the_doctor_speaks_in_sentences():
    result = shmlab("doctor")
    assert result.exit_code == 0
    assert "/dev/shm holds" in result.output
    verdict, *lines = result.output.splitlines()
    assert all(line[:2] in ("  ", "! ") for line in lines)
    assert (verdict == "Nothing is missing.") == (not any(line.startswith("!") for line in lines))


def test_the_doctor_speaks_json():
    facts = json.loads(shmlab("doctor", "--json").output)
    assert facts["cpus"]["value"] == sorted(os.sched_getaffinity(0))
    assert facts["dev_shm"]["value"]["size_bytes"] > 0
    assert all({"name", "value", "sentence", "advice"} == set(fact) for fact in facts.values())


# clean


def test_nothing_to_clean_is_said(own_ledger):
    for options in ((), ("--dry-run",)):
        result = shmlab("clean", *options)
        assert (result.exit_code, result.output) == (0, "Nothing to remove.\n")


def test_a_dry_run_says_what_it_would_remove_and_removes_nothing(leftovers):
    before = {found.name for found in ipc.objects(everyone=True)}
    lines = shmlab("clean", "--dry-run").output.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("would remove ") for line in lines)
    assert "/left" in lines[0] and "is dead" in lines[0]
    assert {found.name for found in ipc.objects(everyone=True)} == before


def test_clean_removes_what_is_ours_and_nothing_else(leftovers):
    lines = shmlab("clean").output.splitlines()
    assert len(lines) == 5
    assert all(line.startswith("removed ") for line in lines)
    assert not ipc.objects()
    assert shmlab("clean").output == "Nothing to remove.\n"


def test_clean_leaves_what_a_living_process_has_made(own_ledger):
    code = "from shmlab import ipc; s = ipc.PosixSegment.create('/alive', 4096); print('made', flush=True); input()"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as creator:
        assert creator.stdout.readline() == "made\n"
        output = shmlab("clean").output
        assert "left POSIX segment /alive" in output and f"process {creator.pid}, is alive" in output
        assert os.path.exists("/dev/shm/alive")
        creator.communicate("\n", timeout=60)
    assert not os.path.exists("/dev/shm/alive")


# lab


LAB = """
import sys
from shmlab.cli import main
main.main(["lab", *sys.argv[1:]])
"""


@pytest.fixture
def lab(tmp_path):
    """Starts `shmlab lab` in a new folder, with a JupyterLab that only says what it was given."""
    (tmp_path / "fake" / "jupyterlab").mkdir(parents=True)
    (tmp_path / "fake" / "jupyterlab" / "__init__.py").write_text("")
    (tmp_path / "fake" / "jupyterlab" / "__main__.py").write_text(
        "import json, os, shutil, sys; print(os.getcwd(), shutil.which('shmlab')); print(json.dumps(sys.argv[1:]))"
    )
    home = tmp_path / "home"
    home.mkdir()

    def run(*arguments, **variables):
        own = {"PYTHONPATH": str(tmp_path / "fake"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
        environment = os.environ | own | variables
        command = [sys.executable, "-c", LAB, *arguments]
        return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=60)

    run.home, run.runtime = home, tmp_path / "runtime"
    return run


def test_the_laboratory_opens_the_first_lesson_and_hands_arguments_on(lab):
    lines = lab("--no-browser", "--port", "9999").stdout.splitlines()
    arguments = json.loads(lines[-1])
    course = lab.home / "shmlab-course"
    assert "--LabApp.default_url=/lab/tree/notebooks/00_start_here.ipynb" in arguments
    assert f"--ServerApp.root_dir={course}" in arguments
    assert arguments[-3:] == ["--no-browser", "--port", "9999"]
    assert ("--allow-root" in arguments) == (os.geteuid() == 0)
    assert re.fullmatch(r"Copied \d+ files into shmlab-course: it is yours to write in\.", lines[0])
    name = "exercises/00_start_here.ipynb"
    assert (course / name).read_bytes() == (ROOT / name).read_bytes()
    lesson, stored = (json.loads((folder / "notebooks/00_start_here.ipynb").read_text()) for folder in (course, ROOT))
    assert [cell["source"] for cell in lesson["cells"]] == [cell["source"] for cell in stored["cells"]]
    assert not any(cell.get("outputs") for cell in lesson["cells"])
    again = lab("--no-browser").stdout
    assert "shmlab-course:" not in again
    assert f"--ServerApp.root_dir={course}" in again


def test_the_laboratory_runs_in_the_course_folder_and_its_terminals_find_shmlab(lab):
    *_, where, _ = lab("--no-browser", PATH="/usr/bin:/bin").stdout.splitlines()
    assert where == f"{lab.home / 'shmlab-course'} {pathlib.Path(sys.executable).with_name('shmlab')}"


def test_the_laboratory_does_not_ask_whether_to_fetch_news(tmp_path):
    code = (
        "from jupyterlab_server.settings_utils import _get_overrides; import sys; "
        "print(_get_overrides(sys.argv[1])[0]['@jupyterlab/apputils-extension:notification']['fetchNews'])"
    )
    command, environment = [sys.executable, "-c", code, tmp_path], lab_command.environment()
    assert subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60).stdout == "false\n"


def test_a_second_laboratory_on_one_folder_says_where_the_first_one_is(lab):
    lab("--copy-only")
    lesson = lab.home / "shmlab-course" / "notebooks" / "00_start_here.ipynb"
    lesson.unlink()
    server = {"root_dir": str(lab.home / "shmlab-course"), "url": "http://localhost:9999/", "port": 9999,
              "token": "secret", "pid": os.getpid()}  # fmt: skip
    lab.runtime.mkdir()
    (lab.runtime / f"jpserver-{os.getpid()}.json").write_text(json.dumps(server))
    said = lab("--no-browser").stdout
    assert "runs already" in said and " server stop 9999" in said
    assert "http://localhost:9999/lab/tree/notebooks/00_start_here.ipynb?token=secret" in said.split()
    assert "--ServerApp.root_dir" not in said and not lesson.exists()
    assert "--ServerApp.root_dir" in lab("--folder", "another", "--no-browser").stdout


def test_the_laboratory_takes_another_folder(lab):
    arguments = json.loads(lab("--folder", "mine/course", "--no-browser").stdout.splitlines()[-1])
    assert f"--ServerApp.root_dir={lab.home / 'mine' / 'course'}" in arguments
    assert "--folder" not in arguments
    assert [path.name for path in lab.home.iterdir()] == ["mine"]


def test_on_a_hub_the_laboratory_only_copies(lab):
    assert lab("--copy-only").stdout.endswith("files into shmlab-course: it is yours to write in.\n")
    assert lab("--copy-only").stdout == "shmlab-course is up to date.\n"
    assert (lab.home / "shmlab-course" / "notebooks" / "00_start_here.ipynb").exists()


def test_where_the_folder_cannot_be_made_the_laboratory_says_what_to_do(lab):
    (lab.home / "shmlab-course").write_text("a file of my own")
    done = lab()
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"Error: lessons and exercises are copied into {lab.home / 'shmlab-course'}, and that"
    )
    assert done.stderr.endswith("shmlab lab --folder PATH\n")
    assert (lab.home / "shmlab-course").read_text() == "a file of my own"


def test_the_laboratory_begins_by_cleaning_but_for_what_was_kept(leftovers, lab):
    output = lab().stdout
    assert "removed POSIX segment /left" in output
    assert {found.name for found in ipc.objects()} == {"/kept"}


def test_an_import_removes_nothing(leftovers):
    before = {found.name for found in ipc.objects()}
    subprocess.run([sys.executable, "-c", "import shmlab.cli.main, shmlab.ipc, shmlab.program"], check=True, timeout=60)
    assert {found.name for found in ipc.objects()} == before


FOR_HOURS = """
from shmlab import bench
from shmlab.bench import pair
from shmlab.cli import main
bench.Experiment.plan = lambda self, name, size_bytes, messages: pair.Plan(name, size_bytes, 1e6)
"""


def ended_by_ctrl_c(code, until):
    """The errors of a process that runs `code` and is interrupted `until` it is measuring, for hours else."""
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until(process)
        wait_until(lambda: any(pathlib.Path("/dev/shm").glob("shmlab-*")))  # its ring is there
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    left = [found.name for found in ipc.objects()]
    ipc.clean()
    return process.returncode, "Aborted!" in errors, left


def test_ctrl_c_in_a_demo_ends_it_and_leaves_nothing(tmp_path, own_ledger):
    code = f"""
{FOR_HOURS}
main._DEMO_SIZES_BYTES = (64,)
main.main(["demo", "--out", {str(tmp_path / "demo")!r}])
"""

    def told(process):
        for line in process.stdout:  # the race is over and told: now it measures
            if "expected" in line:
                break

    assert ended_by_ctrl_c(code, told) == (1, True, [])


def test_ctrl_c_in_a_measurement_ends_it_and_leaves_nothing(own_ledger):
    code = f"""
{FOR_HOURS}
main.main(["bench", "--transports", "shared memory", "--sizes", "64"])
"""
    assert ended_by_ctrl_c(code, lambda process: None) == (1, True, [])


# bench


def test_a_measurement_prints_keeps_draws_and_compares(tmp_path):
    kept, drawn = tmp_path / "kept.json", tmp_path / "drawn.png"
    words = ("bench", "--quick", "--rounds", "1", "--transports", "pipe,shared memory", "--sizes", "64,4KiB, 1 mib")
    first = shmlab(*words, "--json", str(kept), "--plot", str(drawn))
    assert first.exit_code == 0, first.output
    assert f"Written: {kept}, {drawn}" in first.output
    for heading in ("There and back", "What it costs: both sides together", "Throughput as a share of memcpy"):
        assert heading in first.stdout
    report = Report.load(kept)
    assert (report.throughput.transports, report.throughput.sizes_bytes) == (
        ["pipe", "shared memory"],
        [64, 4096, 2**20],
    )
    assert report.latency.transports == ["pipe", "shared memory"]
    assert drawn.read_bytes().startswith(b"\x89PNG")
    second = shmlab(*words[:4], "--transports", "pipe", "--sizes", "64", "--no-pin", "--compare", str(kept))
    assert second.exit_code == 0, second.output
    assert "Before and after" in second.stdout
    assert "The two were not measured in the same way." in second.stdout


def test_quick_measures_everything_that_is_there(monkeypatch):
    asked = {}

    def run(**options):
        asked.update(options)
        raise ValueError("asked")

    monkeypatch.setattr(bench, "run", run)
    assert shmlab("bench", "--quick").exit_code == 1
    assert asked["transports"] == available()
    assert len(asked["sizes_bytes"]) * len(asked["transports"]) * asked["rounds"] * asked["seconds"] < 10
    assert shmlab("bench").exit_code == 1
    assert (asked["sizes_bytes"], asked["pin"], asked["touch"]) == (bench.SIZES_BYTES, True, False)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--transports", "pigeon"), "transport 'pigeon' is unknown: choose from shared memory"),
        (("--sizes", "64,many"), "size 'many' is none: give bytes, KiB or MiB"),
        (("--sizes", "0"), "size '0' is none"),
        (("--sizes", ""), "size '' is none"),
        (("--json", "/nowhere/at/all.json"), "there is no folder /nowhere/at"),
        (("--plot", "/nowhere/at/all.png"), "there is no folder /nowhere/at"),
        (("--compare", __file__), "is no result of `shmlab bench`"),
    ],
)
def test_what_cannot_be_measured_is_said_before_it_begins(arguments, words, monkeypatch):
    monkeypatch.setattr(bench, "run", lambda **_: pytest.fail("it began"))
    result = shmlab("bench", *arguments)
    assert result.exit_code == 1
    assert words in result.output
