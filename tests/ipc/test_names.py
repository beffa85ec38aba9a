import os
import pathlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shmlab import ipc
from shmlab.ipc import names

NAMES = st.one_of(st.text(max_size=300), st.text(alphabet="/.a\0é", max_size=6))


# No limits of time: the machine may be busy.
@settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_every_name_is_one_file_of_dev_shm_or_refused(name):
    try:
        checked = names.checked_name(name)
    except ValueError as error:
        assert str(error).startswith("name is ")
    else:
        for path in (names.segment_path(checked), names.semaphore_path(checked)):
            assert os.path.dirname(os.path.normpath(path)) == names.POSIX_FOLDER
            assert len(os.fsencode(os.path.basename(path))) <= 255


def test_the_slash_in_front_may_be_left_out():
    assert names.checked_name("scores") == names.checked_name("/scores") == "/scores"


@pytest.mark.parametrize("name", ["/" + "x" * 251, "/" + "é" * 125, "/two words", "/.hidden", "/..."])
def test_the_longest_and_the_oddest_names_allowed_do_exist(name):
    with ipc.PosixSegment.create(name, 10) as segment:
        assert segment.name == name
    semaphore = ipc.PosixSemaphore.create(name)
    semaphore.unlink()
    semaphore.close()


def test_the_largest_and_the_smallest_key_do_exist():
    for key in (1, 2**31 - 1):
        with ipc.SysvSegment.create(key, 10) as segment:
            assert segment.key == key


def test_random_names_and_keys_are_allowed_and_differ():
    some_names, some_keys = {names.random_name() for _ in range(100)}, {names.random_key() for _ in range(100)}
    assert len(some_names) == 100
    assert len(some_keys) > 90
    assert {names.checked_name(name) for name in some_names} == some_names
    assert {names.checked_key(key) for key in some_keys} == some_keys


def test_the_identity_of_a_file_is_its_own(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.touch()
    second.touch()
    assert names.file_identity(first) == names.file_identity(str(first)) != names.file_identity(second)
    assert names.file_identity(tmp_path / "missing") is None
    pathlib.Path(tmp_path / "link").symlink_to(first)
    assert names.file_identity(tmp_path / "link") is None
