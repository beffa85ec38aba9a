"""What is planted beside a test notices whoever touches it."""

import pathlib

import posix_ipc
import pytest
import sysv_ipc
from foreign import KEY, NAME, OTHER_NAME, planted


def writes():
    pathlib.Path(f"/dev/shm{OTHER_NAME}").write_bytes(bytes(100))


def attaches():
    sysv_ipc.SharedMemory(KEY).detach()


def takes():
    with posix_ipc.Semaphore(NAME):
        pass


def changes_the_mode():
    pathlib.Path(f"/dev/shm{NAME}").chmod(0o777)


@pytest.mark.parametrize("touch", [writes, attaches, takes, changes_the_mode])
def test_who_touches_it_is_noticed(touch):
    with pytest.raises(AssertionError, match="not what they were"), planted():
        touch()


def test_who_looks_is_not():
    with planted() as listed:
        assert pathlib.Path(f"/dev/shm{OTHER_NAME}").read_bytes()
        assert {NAME[1:], OTHER_NAME[1:]} <= listed
