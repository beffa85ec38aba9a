"""The standard exceptions of this package, each with the object's name and what to do.

`posix_ipc` and `sysv_ipc` have exception trees of their own; a learner should meet the ones
Python has: FileExistsError, FileNotFoundError, PermissionError, TimeoutError, OSError with errno.
"""

import contextlib
import errno
import math
import os

import posix_ipc
import sysv_ipc


class OwnerDied(OSError):
    """The previous owner of a robust mutex died while holding it; now you hold it.

    Repair what the mutex protects, then call `consistent()`, then `release()`. Releasing without
    `consistent()` makes the mutex unusable for ever. errno is EOWNERDEAD.
    Source: pthread_mutexattr_setrobust(3).
    """

    def __init__(self, what):
        self._what = what
        super().__init__(
            errno.EOWNERDEAD,
            f"{what}: its owner died while holding it. You hold it now, and what it protects may be "
            "half written: repair it, call consistent(), then release()",
        )

    def __reduce__(self):
        return OwnerDied, (self._what,)


def os_error(code, message):
    """An OSError (or its standard subclass) with `code` as errno and a message of ours."""
    return OSError(code, f"{message} [{errno.errorcode.get(code, code)}: {os.strerror(code)}]")


@contextlib.contextmanager
def translated(what, *, creating, limit="a limit of this host"):
    """Around calls of the kernel's libraries about `what`: their exceptions become standard ones.

    `limit`: what has been reached when the kernel has no room for one more.
    """
    try:
        yield
    except (posix_ipc.ExistentialError, sysv_ipc.ExistentialError, FileExistsError, FileNotFoundError) as error:
        if creating:
            raise os_error(errno.EEXIST, f"{what} exists already: open it, or create it under another name") from error
        raise os_error(
            errno.ENOENT,
            f"{what} does not exist: it was never created, or was removed since; check its spelling, "
            "or create it first",
        ) from error
    except (posix_ipc.PermissionsError, sysv_ipc.PermissionsError) as error:
        raise os_error(
            errno.EACCES,
            f"{what}: its mode does not let user {os.geteuid()} do this; ask its owner for a wider mode",
        ) from error
    except PermissionError as error:
        raise only_its_owner(what) from error
    except MemoryError as error:
        raise os_error(
            errno.ENOMEM,
            f"{what}: the kernel has not that much memory to give; ask for less, or remove segments "
            "that nobody uses (`shmlab clean`)",
        ) from error
    except (sysv_ipc.Error, OSError) as error:
        if getattr(error, "errno", None) != errno.ENOSPC and "ENOSPC" not in str(error):
            raise
        raise os_error(
            errno.ENOSPC,
            f"{what}: no room for one more, {limit} is reached (`shmlab doctor` tells the limits); remove what "
            "nobody uses (`shmlab clean`, `ipcrm`)",
        ) from error


def only_its_owner(what):
    """The error of one who would remove or change somebody else's object."""
    return os_error(errno.EACCES, f"{what}: user {os.geteuid()} may not do this; only its owner or root may")


def checked_timeout(timeout):
    """`timeout` in seconds, or None for ever. Raises ValueError for a negative or endless number."""
    if timeout is None:
        return None
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)):
        raise TypeError(f"timeout is {timeout!r}: give seconds as a number, or None to wait for ever")
    if timeout < 0 or not math.isfinite(timeout):
        raise ValueError(f"timeout is {timeout!r}: give seconds from 0 up, or None to wait for ever")
    return timeout


def timed_out(what, timeout, goal="acquired"):
    """The TimeoutError of a wait for `what` that lasted `timeout` seconds."""
    return TimeoutError(errno.ETIMEDOUT, f"{what} was not {goal} within {timeout:g} s: look for who should have come")
