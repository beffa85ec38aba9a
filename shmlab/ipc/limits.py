"""The limits of this host: how large and how many objects may be, on which processors, and who might remove them.

`shmlab doctor` prints the sentences of `report()`; lessons call the single functions to fit themselves to a small
host. Sources: proc(5), shmget(2), semget(2), shm_overview(7), logind.conf(5).
"""

from __future__ import annotations

import dataclasses
import multiprocessing
import os
import pathlib
import resource
import sys

import posix_ipc

from shmlab.ipc import names

MOST_ADDRESSABLE_BYTES = sys.maxsize
MIB = 2**20
WANTED_BYTES = 16 * MIB  # of free room, for lessons and exercises


@dataclasses.dataclass(frozen=True)
class Space:
    """Size and free room of a file system, in bytes."""

    size_bytes: int
    free_bytes: int


@dataclasses.dataclass(frozen=True)
class SemaphoreLimits:
    """The four numbers of /proc/sys/kernel/sem. Source: semget(2)."""

    per_set: int
    system_wide: int
    operations_per_call: int
    sets: int


@dataclasses.dataclass(frozen=True)
class Fact:
    """One line of the report: a name, its value, a sentence, and what to do when the value is too small."""

    name: str
    value: object
    sentence: str
    advice: str = ""


def in_words(size_bytes: int) -> str:
    """Return a size in words: 512 bytes, 64 MiB, no limit."""
    if size_bytes >= 2**60:
        return "no limit"
    for unit, name in ((2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if size_bytes >= unit:
            return f"{size_bytes / unit:.4g} {name}"
    return f"{size_bytes} bytes"


def _kernel_number(name: str) -> int:
    return int(pathlib.Path("/proc/sys/kernel", name).read_text())


def shmmax() -> int:
    """Return SHMMAX: the size of the largest System V segment, in bytes."""
    return _kernel_number("shmmax")


def shmall() -> int:
    """Return SHMALL: the size of all System V segments together, in pages."""
    return _kernel_number("shmall")


def shmmni() -> int:
    """Return SHMMNI: how many System V segments there may be."""
    return _kernel_number("shmmni")


def msgmni() -> int:
    """Return MSGMNI: how many System V message queues there may be."""
    return _kernel_number("msgmni")


def semaphores() -> SemaphoreLimits:
    """Return the limits of System V semaphores, a SemaphoreLimits."""
    per_set, system_wide, per_call, sets = map(int, pathlib.Path("/proc/sys/kernel/sem").read_text().split())
    return SemaphoreLimits(per_set, system_wide, per_call, sets)


def posix_space() -> Space:
    """Return size and free room of /dev/shm, where POSIX segments and semaphores are, a Space."""
    status = os.statvfs(names.POSIX_FOLDER)
    return Space(status.f_blocks * status.f_frsize, status.f_bavail * status.f_frsize)


def cpus() -> list[int]:
    """Return the numbers of the processors that this process may use, a sorted list."""
    return sorted(os.sched_getaffinity(0))


def container() -> str | None:
    """Return the kind of container this process is in, or None when nothing says that it is in one."""
    if os.path.exists("/.dockerenv"):
        return "docker"
    if os.path.exists("/run/.containerenv"):
        return "podman"
    marker = pathlib.Path("/run/systemd/container")
    return marker.read_text().strip() if marker.exists() else os.environ.get("container")  # noqa: SIM112 - systemd spells it so


def remove_ipc() -> bool | None:
    """Return whether logind removes a user's objects at logout (RemoveIPC), or None without logind.

    It never removes those of system users, and nothing while a session of the user is open.
    """
    if not os.path.isdir("/run/systemd/seats"):
        return None
    answer = True
    folders = [pathlib.Path(top, "systemd") for top in ("/usr/lib", "/run", "/etc")]
    files = [folder / "logind.conf" for folder in folders]
    for folder in folders:
        files += sorted((folder / "logind.conf.d").glob("*.conf"))
    for path in files:
        lines = path.read_text().splitlines() if path.is_file() else []
        for line in lines:
            key, _, value = line.partition("=")
            if key.strip() == "RemoveIPC":
                answer = value.strip().lower() in ("yes", "true", "1", "on")
    return answer


def report() -> list[Fact]:
    """Return everything above as a list of Fact."""
    return [*_of_memory(), *_of_semaphores(), *_of_processes(), *_of_this_system()]


def _of_memory() -> list[Fact]:
    space = posix_space()
    enough = space.free_bytes >= WANTED_BYTES
    wanted = f"The lessons want {in_words(WANTED_BYTES)}: run `shmlab clean`, or enlarge /dev/shm."
    together = in_words(shmall() * os.sysconf("SC_PAGESIZE"))
    return [
        Fact(
            "dev_shm",
            dataclasses.asdict(space),
            f"/dev/shm holds {in_words(space.size_bytes)}, of which {in_words(space.free_bytes)} are free.",
            "" if enough else wanted,
        ),
        Fact("shmmax", shmmax(), f"A System V segment may be as large as SHMMAX: {in_words(shmmax())}."),
        Fact("shmall", shmall(), f"All of them together may take SHMALL: {together}."),
        Fact("shmmni", shmmni(), f"There may be SHMMNI = {shmmni()} of them."),
    ]


def _of_semaphores() -> list[Fact]:
    most = semaphores()
    sentence = (
        f"There may be {most.sets} sets of System V semaphores, {most.system_wide} semaphores in all; "
        f"a POSIX semaphore counts up to {posix_ipc.SEMAPHORE_VALUE_MAX}."
    )
    return [Fact("semaphores", dataclasses.asdict(most), sentence)]


def _of_processes() -> list[Fact]:
    allowed, methods = cpus(), multiprocessing.get_all_start_methods()
    open_files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    alone = "On one processor races are rare: two processes never run at the same instant."
    begins = (
        f"multiprocessing starts processes by {multiprocessing.get_start_method(allow_none=True) or 'its default'} "
        f"here and knows {', '.join(methods)}; shmlab has a server of its own."
    )
    return [
        Fact(
            "cpus",
            allowed,
            f"This process may use {len(allowed)} of {os.cpu_count()} processors.",
            "" if len(allowed) > 1 else alone,
        ),
        Fact("start_methods", methods, begins),
        Fact("open_files", open_files, f"A process may have {open_files} files open."),
    ]


def _of_this_system() -> list[Fact]:
    inside = f"This is a container ({container()}): what you create is seen only inside it."
    return [
        Fact("remove_ipc", remove_ipc(), _remove_ipc_sentence()),
        Fact("container", container(), inside if container() else "Nothing says that this is a container."),
    ]


def _remove_ipc_sentence() -> str:
    return {
        None: "No logind here: nothing removes your objects when you log out.",
        True: "logind removes your objects when you log out (RemoveIPC=yes).",
        False: "logind leaves your objects when you log out (RemoveIPC=no).",
    }[remove_ipc()]
