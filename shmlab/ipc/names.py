"""Names and keys of kernel objects: which are allowed, and random ones that no other object has.

Sources: shm_overview(7), sem_overview(7), sysvipc(7).
"""

import os
import secrets
import stat

from shmlab.ipc.libc import birth_ns

POSIX_FOLDER = "/dev/shm"
SEMAPHORE_PREFIX = "sem."
# sem_overview(7): NAME_MAX - 4, for the prefix above. Segments could be longer; one rule for both is simpler.
MOST_BYTES = 255 - len(SEMAPHORE_PREFIX)
KEY_MAX = 2**31 - 1


def random_name():
    """Return a POSIX name of 64 random bits, which no other object has."""
    return f"/shmlab-{secrets.token_hex(8)}"


def random_key():
    """Return a random System V key, which hardly any other object has. Never 0, which is IPC_PRIVATE."""
    return secrets.randbelow(KEY_MAX) + 1


def checked_name(name):
    """Return `name` with its leading slash. Raise TypeError or ValueError, naming the rule that it breaks."""
    if not isinstance(name, str):
        raise TypeError(f"name is {name!r}: a POSIX name is a string such as '/scores'")
    bare = name.removeprefix("/")
    if not bare:
        raise ValueError(f"name is {name!r}: empty; a POSIX name is a slash and at least one character")
    if "/" in bare:
        raise ValueError(f"name is {name!r}: only the first character may be a slash; write '/a_b' for '/a/b'")
    if "\0" in bare or bare in (".", ".."):
        raise ValueError(f"name is {name!r}: not a file name; use letters, digits, '-' and '_'")
    if bare.startswith(SEMAPHORE_PREFIX):
        raise ValueError(f"name is {name!r}: the beginning {SEMAPHORE_PREFIX!r} marks the files of semaphores")
    try:
        length = len(os.fsencode(bare))
    except UnicodeEncodeError:
        raise ValueError(f"name is {name!r}: not a file name; use letters, digits, '-' and '_'") from None
    if length > MOST_BYTES:
        raise ValueError(f"name is {length} bytes long (it begins {bare[:20]!r}): at most {MOST_BYTES} are allowed")
    return "/" + bare


def checked_key(key):
    """Return `key` itself. Raise TypeError or ValueError when it is no System V key (1 to 2**31 - 1)."""
    if isinstance(key, bool) or not isinstance(key, int):
        raise TypeError(f"key is {key!r}: a System V key is an integer, for instance from ftok()")
    if not 1 <= key <= KEY_MAX:
        raise ValueError(f"key is {key}: give 1 to {KEY_MAX}; 0 is IPC_PRIVATE, which no other process can name")
    return key


def checked_mode(mode):
    """Return `mode` itself.

    Raise TypeError or ValueError for anything but permission bits with read and write for the owner.
    """
    if isinstance(mode, bool) or not isinstance(mode, int):
        raise TypeError(f"mode is {mode!r}: give permission bits, for instance 0o600")
    if not 0 <= mode <= 0o777:
        raise ValueError(f"mode is {mode:#o}: give permission bits from 0 to 0o777, for instance 0o600")
    if mode & 0o600 != 0o600:
        raise ValueError(f"mode is {mode:#05o}: give permission bits that let its owner read and write, as 0o600 does")
    return mode


def segment_path(name):
    """Return the path of the file that stands for the POSIX segment `name` on Linux."""
    return os.path.join(POSIX_FOLDER, name.removeprefix("/"))


def semaphore_path(name):
    """Return the path of the file in which glibc keeps the POSIX semaphore `name`."""
    return os.path.join(POSIX_FOLDER, SEMAPHORE_PREFIX + name.removeprefix("/"))


def file_identity(file):
    """Return [device, inode, birth in ns] of a regular file, given by path or descriptor; None when there is none."""
    try:
        status = os.fstat(file) if isinstance(file, int) else os.lstat(file)
    except FileNotFoundError:
        return None
    return [status.st_dev, status.st_ino, birth_ns(file)] if stat.S_ISREG(status.st_mode) else None
