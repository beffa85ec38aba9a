import errno
import pickle

import posix_ipc
import pytest
import sysv_ipc

from shmlab.ipc import OwnerDied
from shmlab.ipc.errors import os_error, translated
from shmlab.primitives import checked_timeout, timed_out


@pytest.mark.parametrize("library", [posix_ipc, sysv_ipc])
@pytest.mark.parametrize(
    ("error", "creating", "standard", "code"),
    [
        ("ExistentialError", True, FileExistsError, errno.EEXIST),
        ("ExistentialError", False, FileNotFoundError, errno.ENOENT),
        ("PermissionsError", False, PermissionError, errno.EACCES),
    ],
)
def test_the_libraries_errors_become_the_standard_ones(library, error, creating, standard, code):
    with (
        pytest.raises(standard, match=r"POSIX segment '/x'.*\[E[A-Z]+: ") as told,
        translated("POSIX segment '/x'", creating=creating),
    ):
        raise getattr(library, error)
    assert told.value.errno == code


def test_no_memory_is_an_os_error_with_the_cure():
    with pytest.raises(OSError, match=r"the thing.*ask for less") as told, translated("the thing", creating=True):
        raise MemoryError
    assert told.value.errno == errno.ENOMEM


def test_other_errors_pass():
    with pytest.raises(ZeroDivisionError), translated("the thing", creating=True):
        _ = 1 / 0


@pytest.mark.parametrize("error", [OwnerDied("mutex m"), timed_out("mutex m", 0.2), os_error(errno.ENOENT, "mutex m")])
def test_an_error_comes_from_another_process_as_it_is(error):
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.errno, str(again)) == (type(error), error.errno, str(error))


def test_an_unknown_error_number_is_still_an_os_error():
    assert os_error(99999, "the thing").errno == 99999


@pytest.mark.parametrize("timeout", [None, 0, 0.2, 3, 1e300])
def test_a_timeout_is_none_or_a_number_from_zero_up(timeout):
    assert checked_timeout(timeout) == timeout
