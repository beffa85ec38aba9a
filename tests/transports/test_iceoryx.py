"""iceoryx2's files lie in a folder of the user's own: another user of the machine does not stop ours."""

import os
import stat
import tempfile

import pytest

from shmlab.transports.others.iceoryx import _folder


@pytest.fixture
def temporary_files(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_the_folder_is_this_users_alone(temporary_files):
    folder = _folder()
    here = os.stat("/dev/shm").st_dev
    assert os.listdir(temporary_files) == [os.path.basename(folder)] == [f"shmlab-iceoryx2-{os.getuid()}-{here:x}"]
    assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert _folder() == folder, "and is used again"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_somebody_elses_folder_is_refused_by_name(temporary_files):
    folder = _folder()
    os.chown(folder, 12345, 12345)
    with pytest.raises(PermissionError, match=f"{folder}, which belongs to user 12345.*set TMPDIR"):
        _folder()
