"""The standard exceptions of this package, each with the object's name and what to do.

`posix_ipc` and `sysv_ipc` have exceptions of their own. A learner should meet those that Python has
(FileExistsError, FileNotFoundError, PermissionError, TimeoutError, OSError with errno), so they are translated.
"""

import contextlib
import errno
import os

import posix_ipc
import sysv_ipc


def os_error(code, message):
    """Return an OSError (or its standard subclass) with `code` as errno and a message of ours."""
    return OSError(code, f"{message} [{errno.errorcode.get(code, code)}: {os.strerror(code)}]")


@contextlib.contextmanager
def translated(what, *, creating, limit="a limit of this host"):
    """Translate the exceptions of posix_ipc and sysv_ipc in the block, which is about `what`, into standard ones.

    `creating`: whether the block creates the object. `limit`: which limit is reached when the kernel has no room.
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
            f"{what}: the kernel does not have that much memory; ask for less, or remove segments "
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
    """Return the error for a user who removes or changes another user's object."""
    return os_error(errno.EACCES, f"{what}: user {os.geteuid()} may not do this; only its owner or root may")
