"""A function in another user's process, and calls whose error is told in words."""

import os
import shutil

import pytest

from shmlab.ipc import PosixSegment
from shmlab.observe import another_user
from shmlab.observe.another_user import as_another_user, attempt

MAY = os.geteuid() == 0 or (shutil.which("newuidmap") is not None and another_user._first_of("/etc/subuid") is not None)
needs_another = pytest.mark.skipif(not MAY, reason="nobody here may become another user")


def first_byte(path):
    with open(path, "rb") as file:
        return file.read(1)


@needs_another
def test_another_user_is_one():
    shown = as_another_user(os.geteuid)
    if "recorded" in shown.source:
        pytest.skip("this host refuses it")
    assert int(shown.text) != os.geteuid()
    assert shown.source.endswith("here and now.")


@needs_another
@pytest.mark.parametrize(("mode", "expected"), [(0o640, "PermissionError: Permission denied"), (0o644, "b'!'")])
def test_the_mode_decides(mode, expected):
    with PosixSegment.create(None, 64) as segment:
        segment.buffer[0] = ord("!")
        path = "/dev/shm" + segment.name
        os.chmod(path, mode)
        assert as_another_user(attempt, first_byte, path, recorded=expected).text == expected


def test_where_nobody_may_the_record_is_shown(monkeypatch):
    monkeypatch.setattr(another_user.os, "geteuid", lambda: 1234)
    monkeypatch.setattr(another_user.shutil, "which", lambda name: None)
    shown = as_another_user(os.geteuid, recorded="65534")
    assert shown.text == "65534"
    assert "was recorded" in shown.source


def test_an_attempt_tells_the_error():
    assert attempt(os.stat, "/no/such/file") == "FileNotFoundError: No such file or directory"
    assert attempt(len, "four") == "4"


def test_only_errors_of_the_system_are_told():
    with pytest.raises(TypeError):
        attempt(len, 4)
