"""`shmlab watch`: in a terminal, without one, as JSON, and ended by Ctrl-C."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import types

import pytest
from foreign import planted
from helpers import PATIENCE_S

from shmlab import ipc
from shmlab.cli import watch_command
from shmlab.observe import Watch

COMMAND = [sys.executable, "-m", "shmlab.cli.main", "watch"]
SIZE = os.terminal_size((80, 24))
ESCAPES = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def run(*options, **more):
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False, **more)


def lines_of(watch, size=SIZE):
    return [line for line, _ in watch_command.screen(watch, watch.looks[-1], 1.0, size)]


def test_json_is_one_line_an_event():
    with planted(), ipc.PosixSegment.create(None, 4096) as segment:
        told = run("--json", "--looks", "1")
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert told.returncode == 0
    assert {"event": "found", "name": segment.name, "attached": 1}.items() <= next(
        event for event in events if event.get("name") == segment.name
    ).items()
    assert any(event.get("name") == "/shmlab-0123456789abcdef" for event in events)
    assert "shmlab-0123456789abcdef" not in run("--json", "--looks", "1", "--mine").stdout


def test_without_a_terminal_it_prints_lines_and_no_escapes():
    with ipc.SysvSegment.create(None, 4096) as segment:
        told = run("--looks", "1")
    assert f"id {segment.id}" in told.stdout
    assert "\x1b" not in told.stdout
    assert told.stderr == ""


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "json"])
def test_nothing_to_show_is_said_and_not_among_the_lines(options):
    with planted():
        told = run("--mine", "--looks", "1", *options)
    assert told.stdout == ""
    assert told.stderr == "No segment of ours is here; a line comes with each change.\n"
    with ipc.PosixSegment.create(None, 100):
        assert run("--mine", "--looks", "1", *options).stderr == ""


def watching():
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([*COMMAND, "--json", "--interval", "0.05"], **pipes, text=True)


def test_ctrl_c_ends_it_without_a_traceback():
    with watching() as process, ipc.PosixSegment.create(None, 100) as segment:
        while segment.name not in process.stdout.readline():
            pass
        process.send_signal(signal.SIGINT)
        _, complained = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 130
    assert "Traceback" not in complained
    assert complained in ("", "No segment is here; a line comes with each change.\n")


def test_a_reader_that_goes_ends_it_quietly():
    with watching() as process:
        with ipc.PosixSegment.create(None, 100) as segment:
            while segment.name not in process.stdout.readline():
                pass
            process.stdout.close()
        assert process.wait(PATIENCE_S) == 0
        assert process.stderr.read() in ("", "No segment is here; a line comes with each change.\n")


@pytest.mark.parametrize("environment", [{}, {"NO_COLOR": "1"}], ids=["colours", "NO_COLOR"])
def test_a_terminal_of_80_columns_shows_it(environment):
    ours, theirs = pty.openpty()
    with ipc.PosixSegment.create("/watched-" + "x" * 60, 4096):
        size = {"TERM": "xterm", "COLUMNS": "80", "LINES": "24"}
        command = [*COMMAND, "--looks", "2", "--interval", "0.1"]
        process = subprocess.Popen(command, stdout=theirs, stderr=theirs, env={**os.environ, **size, **environment})
        os.close(theirs)
        text = b""
        while select.select([ours], [], [], PATIENCE_S)[0]:
            try:
                text += os.read(ours, 65536)
            except OSError:  # its end is closed
                break
        assert process.wait(PATIENCE_S) == 0
    os.close(ours)
    shown = text.decode()
    assert all(len(line) <= 80 for line in ESCAPES.sub("", shown).replace("\r", "").split("\n"))
    assert "/watched-xxx" in shown
    assert "Ctrl-C ends it" in shown
    assert bool(re.search(r"\x1b\[[0-9]*m", shown)) == (not environment)


def test_a_screen_has_the_largest_and_says_how_many_more():
    segments = [ipc.PosixSegment.create(None, size) for size in range(1, 41)]
    watch = Watch()
    watch.look()
    lines = lines_of(watch)
    for segment in segments:
        segment.close()
        segment.unlink()
    assert len(lines) <= SIZE.lines
    assert any("more, none of them larger" in line for line in lines)
    assert next(line for line in lines if " POSIX " in line).split()[2:4] == ["40", "bytes"]
    watch.look()
    assert any("removed" in line for line in lines_of(watch))


def test_an_alarm_is_said_in_words_not_by_colour_alone():
    watch = Watch(alarm=1e-9)
    with ipc.PosixSegment.create(None, 4096):
        watch.look()
    assert any("ALARM" in line for line in lines_of(watch))
    assert "\x1b[31m" not in watch_command.drawn([("ALARM", "alarm")], coloured=False)
    assert "\x1b[31m" in watch_command.drawn([("ALARM", "alarm")], coloured=True)


def test_a_narrow_terminal_cuts_lines_and_no_number():
    watch = Watch()
    watch.look()
    with ipc.PosixSegment.create("/watched-" + "x" * 60, 4096):
        watch.look()
    known = {
        number for line in lines_of(watch, types.SimpleNamespace(columns=300, lines=30)) for number in words_of(line)
    }
    assert str(os.getpid()) in known
    for columns in range(30, 120):
        lines = lines_of(watch, types.SimpleNamespace(columns=columns, lines=30))
        assert max(map(len, lines)) <= columns
        assert {number for line in lines for number in words_of(line)} <= known


def words_of(line):
    return re.findall(r"\d[\d,.:]*", re.sub(r"#|\.{3,}", " ", line))


def test_processes_that_have_no_room_are_counted():
    assert watch_command._pids((29762, 30428), 12) == "29762 30428"
    assert watch_command._pids((29762, 30428, 30429), 12) == "29762 +2"
    assert watch_command._pids((4194303, 4194304), 6) == "+2"
    assert watch_command._pids((), 12) == ""


def test_it_says_what_else_counts_among_the_files():
    watch = Watch()
    watch.look()
    files = [line for line in lines_of(watch) if line.startswith("files in /dev/shm")]
    assert all("semaphores too" in line for line in files)
