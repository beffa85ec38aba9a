"""Measure what a check covers within its default budget, with each program in a fresh interpreter."""

import dataclasses
import functools
import json
import pathlib
import subprocess
import sys
import time

from measured import spread

from shmlab import Mutex, Program, Semaphore, fence, pause
from shmlab.base.table import Table

MOST_S, MOST_MIB = 60, 1024


def locked(shm, mutex):
    for _ in range(3):
        with mutex:
            shm.counter += 1


def left_first(shm, rank, forks):
    with forks[rank], forks[(rank + 1) % 7]:
        shm.meals[rank] += 1


def lower_first(shm, rank, forks):
    lower, higher = sorted((rank, (rank + 1) % 7))
    with forks[lower], forks[higher]:
        shm.meals[rank] += 1


def peterson(shm, rank):
    for _ in range(3):
        shm.wants[rank] = 1
        shm.turn = 1 - rank
        while shm.wants[1 - rank] and shm.turn == 1 - rank:
            pause()
        shm.counter += 1
        shm.wants[rank] = 0


def fenced_peterson(shm, rank):
    for _ in range(3):
        shm.wants[rank] = 1
        shm.turn = 1 - rank
        fence()
        while shm.wants[1 - rank] and shm.turn == 1 - rank:
            pause()
        shm.counter += 1
        shm.wants[rank] = 0


def meet_twice(shm, rank, mutex, entrance, exit):
    for _ in range(2):
        shm.arrived[rank] += 1
        with mutex:
            shm.inside += 1
            if shm.inside == 3:
                exit.acquire()
                entrance.release()
        entrance.acquire()
        entrance.release()
        shm.passed[rank] += 1
        with mutex:
            shm.inside -= 1
            if shm.inside == 0:
                entrance.acquire()
                exit.release()
        exit.acquire()
        exit.release()


def philosophers(function):
    return Program(
        function, processes=7, shared={"meals": [0] * 7}, sync={"forks": [Mutex()] * 7},
        invariant=lambda shm: list(shm.meals) == [1] * 7,
    )  # fmt: skip


def twice_three_rounds(function):
    shared = {"wants": [0, 0], "turn": 0, "counter": 0}
    return Program(function, processes=2, shared=shared, invariant=lambda shm: shm.counter == 6)


def four_times_three():
    return Program(
        locked, processes=4, shared={"counter": 0}, sync={"mutex": Mutex()}, invariant=lambda shm: shm.counter == 12
    )


def barrier():
    """Return a program in which no process may pass the barrier more often than each process has arrived."""
    return Program(
        meet_twice, processes=3, shared={"arrived": [0] * 3, "passed": [0] * 3, "inside": 0},
        sync={"mutex": Semaphore(1), "entrance": Semaphore(0), "exit": Semaphore(1)},
        always=lambda shm: max(shm.passed) <= min(shm.arrived), invariant=lambda shm: list(shm.passed) == [2] * 3,
    )  # fmt: skip


def many_increments(shm):
    for _ in range(100):
        shm.counter += 1


def two_hundred():
    return Program(many_increments, processes=2, shared={"counter": 0}, invariant=lambda shm: shm.counter == 200)


@dataclasses.dataclass(frozen=True)
class Task:
    """A program, and what a complete check of it must say. `core`: number of steps in the witness's core, or None."""

    program: object
    kind: str | None = None
    core: int | None = None
    memory: str = "sc"


TASKS = {
    "7 philosophers, left fork first": Task(functools.partial(philosophers, left_first), "deadlock"),
    "7 philosophers, lower fork first": Task(functools.partial(philosophers, lower_first)),
    "mutex, 4 × 3": Task(four_times_three),
    "Peterson, 3 rounds": Task(functools.partial(twice_three_rounds, peterson)),
    "Peterson with a fence, 3 rounds, TSO": Task(functools.partial(twice_three_rounds, fenced_peterson), memory="tso"),
    "barrier of turnstiles, 3 processes, twice": Task(barrier),
    "2 × 100 unprotected increments": Task(two_hundred, "invariant", core=4),
}


def checked(name):
    """Check one task in this process; return seconds, the process's peak MiB, and the verdict's facts as a dict.

    Raises RuntimeError if the verdict is wrong; `complete` may be False.
    """
    task = TASKS[name]
    program = task.program()
    start = time.perf_counter()
    verdict = program.check(memory=task.memory, progress=False)
    seconds = time.perf_counter() - start
    kind = verdict.failure.kind if verdict.failure else None
    core = len(verdict.witness.core) if verdict.witness else None
    if verdict.ok is not None and (kind != task.kind or task.core not in (None, core)):
        raise RuntimeError(f"{name}: {verdict.sentence}, core of {core}")
    return {
        "seconds": seconds, "mib": _peak_mib(), "complete": verdict.complete, "states": verdict.states,
        "words": _in_words(verdict),
    }  # fmt: skip


def _in_words(verdict):
    if verdict.witness is None:
        return "right" if verdict.ok else "undecided"
    steps, core = len(verdict.witness.steps), len(verdict.witness.core)
    return f"{verdict.failure.kind}, witness of {steps} steps, core of {core}"


def _peak_mib():
    """Return this process's peak memory in MiB. getrusage(2) would include that of the process that started it."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise OSError("/proc/self/status has no VmHWM")


def _in_fresh_interpreter(name):
    """Return what `checked` returns in a fresh interpreter; None if it takes more than MOST_S seconds."""
    command = [sys.executable, __file__, name]
    try:
        told = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, timeout=MOST_S)
    except subprocess.TimeoutExpired:
        return None
    return json.loads(told.stdout)


def table(rounds):
    """Return a Table with the seconds and the peak memory of each task."""
    runs = {name: [] for name in TASKS}
    for _ in range(rounds):
        for name in TASKS:
            runs[name].append(_in_fresh_interpreter(name))
    return Table(
        f"Complete within {MOST_S} s and {MOST_MIB} MiB; {rounds} rounds, each check in a fresh interpreter",
        (
            "program",
            "verdict",
            "states",
            "seconds",
            "lowest – highest",
            "peak MiB",
            "lowest – highest",
            "complete within",
        ),
        tuple(_row(name, found) for name, found in runs.items()),
        "Complete: every interleaving was covered, or the witness is proven smallest.",
    )


def _row(name, found):
    if None in found:
        return name, "", "", f"over {MOST_S} in {found.count(None)} of {len(found)}", "", "", "", "no"
    mib = [one["mib"] for one in found]
    within = all(one["complete"] for one in found) and max(mib) <= MOST_MIB
    figures = *spread([one["seconds"] for one in found]), *spread(mib)
    return name, found[0]["words"], f"{found[0]['states']:,}", *figures, "yes" if within else "no"


if __name__ == "__main__":
    print(json.dumps(checked(sys.argv[1])))
