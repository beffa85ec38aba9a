"""Run a function as another user, so that a lesson can show what a mode keeps out.

Root becomes the user nobody. An ordinary user may not become anybody else, but may own ids in /etc/subuid, for user
namespaces: a process that has one of them is another user's to the kernel. Where neither works, a lesson shows a
record, and says so. Sources: setresuid(2), user_namespaces(7), newuidmap(1), subuid(5).
"""

from __future__ import annotations

import contextlib
import getpass
import os
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

from shmlab.ipc import Semaphore
from shmlab.ipc.libc import libc
from shmlab.observe import program_output
from shmlab.observe.less_allowed import NOBODY, become_ordinary
from shmlab.processes.namespaces import NEW_USER
from shmlab.processes.workers import start

_INSIDE = NOBODY  # the id that the other user has in the namespace
_NOT_HERE = "This system lets nobody here become another user"


def as_another_user(function: Callable[..., object], *arguments: object, recorded: str = "") -> program_output.Told:
    """Call `function(*arguments)` in a fresh process of another user; return the text of what it returns, as Told.

    `recorded`: returned instead, and marked as recorded, where this process may not become another user. Raises what
    the function raises.
    """
    if os.geteuid() == 0:
        come, answer = start(_as_nobody, function, arguments).result()
        source = "Run as the user nobody, here and now."
    else:
        come, answer = _with_another_id(function, arguments)
        source = "Run under another user id, in a user namespace, here and now."
    if come:
        return program_output.Told(str(answer), source)
    return program_output.recorded(recorded, _NOT_HERE)


def attempt(function: Callable[..., object], *arguments: object) -> str:
    """Call `function(*arguments)`; return in words what it returns, or the OSError that it raises.

    >>> attempt(open, "/no/such/file")
    'FileNotFoundError: No such file or directory'
    """
    try:
        return str(function(*arguments))
    except OSError as error:
        return f"{type(error).__name__}: {error.strerror or error}"


def _as_nobody(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, Any]:
    try:
        become_ordinary()
    except OSError:  # root with fewer rights than usual, in a container
        return False, None
    return True, function(*arguments)


def _with_another_id(function: Callable[..., object], arguments: tuple[object, ...]) -> tuple[bool, Any]:
    """Call the function in a user namespace with the first of the ids that this user owns."""
    tools = [shutil.which("newuidmap"), shutil.which("newgidmap")]
    ids = [_first_of("/etc/subuid"), _first_of("/etc/subgid")]
    if None in tools or None in ids:
        return False, None
    alone, mapped = Semaphore.create(0), Semaphore.create(0)
    try:
        worker = start(_in_a_namespace, function, arguments, alone, mapped)
        alone.acquire(timeout=30)
        for tool, number in zip(tools, ids, strict=True):
            program_output.done([str(tool), str(worker.pid), str(_INSIDE), str(number), "1"])
        mapped.release()
        return worker.result()
    finally:
        alone.destroy()
        mapped.destroy()


def _first_of(path: str) -> str | None:
    """Return the first id that a file of subordinate ids gives to this user, or None."""
    with contextlib.suppress(OSError, KeyError):
        mine = getpass.getuser(), str(os.getuid())
        for line in pathlib.Path(path).read_text().splitlines():
            owner, _, ids = line.partition(":")
            if owner in mine:
                return ids.partition(":")[0]
    return None


def _in_a_namespace(
    function: Callable[..., object], arguments: tuple[object, ...], alone: Semaphore, mapped: Semaphore
) -> tuple[bool, Any]:
    refused = libc.unshare(NEW_USER) != 0
    alone.release()
    mapped.acquire(timeout=30)
    if refused:
        return False, None
    try:
        os.setgroups([])
        os.setresgid(_INSIDE, _INSIDE, _INSIDE)
        os.setresuid(_INSIDE, _INSIDE, _INSIDE)
    except OSError:  # the ids were not mapped
        return False, None
    return True, function(*arguments)
