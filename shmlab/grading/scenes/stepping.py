"""Processes of a scene (see world) that stop themselves, so that the scene decides when each of them goes on.

A child that stops itself before its work is as slow as can be: a parent that does not wait for it is found out each
time, and the scene sees which process does the work. When it goes on, a parent that waits for something to read is
stopped until the child has ended, or waits, too: of two that read one pipe it is always the child that gets the bytes.
The child may have given itself a name, which says what it will answer. Source: signal(7), SIGSTOP and SIGCONT; proc(5),
stat and comm.
"""

import os
import pathlib
import select
import signal
import sys

from shmlab.grading.inside_sandbox import blocked
from shmlab.grading.inside_sandbox.line_limit import set_profile
from shmlab.grading.inside_sandbox.scene_server import processes
from shmlab.grading.results import Differs

STORED, LOST = "stored", "lost"  # names of a process that is about to end, see stop_at_exit
_LOOKS = 150  # who has looked so often waits, and gives up never, or too late for a right answer
_MOST_POINTS = 5_000  # without a wait: who polls and counts, say
_STILL_S = 0.1  # without any use of a processor: all that can go on has gone on
_MOST_BYTES = 1 << 20  # of one mapping
_LOOK_EVERY_S = 0.002
_STILL_LOOKS = 3  # in a row: it has ended, has stopped itself, or sleeps
_MOST_LOOKS = 1_000  # who works so long may wait for its parent in a loop


def steps(world, process):
    """Run a process to its end, one step at a time, and yield (0, "", where it stands) before each step. Where it
    waits, or has looked again and again, the oldest process goes on of those that have stopped themselves, among it
    and all that it forked; (pid, name, "") of this process is yielded first.

    Where it waits and no process has stopped: raises Differs if nothing can make it go on, else runs it to its end.
    """
    looks, points = 0, 0
    while True:
        points += 1
        if process.looks - looks >= _LOOKS or points >= _MOST_POINTS:
            looks, points = process.looks, 0
            yield from _oldest_goes_on(world, process)
        if not process.turn(0, _STILL_S):
            points = 0
            if (yield from _oldest_goes_on(world, process)):
                continue
            if not process.turn(0, _STILL_S):  # by now the process that has looked has ended, too
                return _unless_stuck(world, process)
        if process.ended:
            return
        yield 0, "", process.where


def _oldest_goes_on(world, process):
    """Yield (pid, name, "") of the oldest process that has stopped itself, and let it go on; return whether there is
    one."""
    stopped = world.call(stopped_below, process.pid)
    if stopped:
        pid, name = stopped[0]
        yield pid, name, ""
        world.call(go_on_alone, pid, process.pid if world.reads(process) else pid)
    return bool(stopped)


def _unless_stuck(world, process):
    """Raise Differs where a process waits for ever. It does not wait once more: a scene has seen that nothing
    moves."""
    if isinstance(problem := world.stuck([process]), Differs):
        world.called = f"{process.call}, in a process of its own"
        raise problem


def stop_as(name):
    """Give the process that calls this a name of at most 15 bytes, and stop it."""
    with open("/proc/self/comm", "w") as comm:
        comm.write(str(name))
    os.kill(os.getpid(), signal.SIGSTOP)


def stop_at_exit(number):
    """Stop the calling process once more when it calls os._exit: under the name `STORED` if `number` then stands, in
    eight bytes, in memory that it has mapped shared, else under the name `LOST`.

    Source: proc(5), sys.setprofile.
    """

    def ends(_, event, function):
        if event == "c_call" and function is os._exit:
            set_profile(None)
            stop_as(STORED if _is_shared(number.to_bytes(8, sys.byteorder)) else LOST)

    set_profile(ends)


def _is_shared(data):
    """Return whether these bytes stand anywhere in memory that this process has mapped shared."""
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", buffering=0) as memory:
        for where, mode, *_ in map(str.split, maps):
            if mode[0] == "r" and mode[3] == "s":
                start, end = (int(address, 16) for address in where.split("-"))
                memory.seek(start)
                if data in memory.read(min(end - start, _MOST_BYTES)):
                    return True
    return False


def stopped_below(pid):
    """Return [pid, name] of the stopped processes, among a process and all that it started; the oldest first."""
    found = processes()
    return [[one, named(one)] for one in sorted(family_of(pid, found)) if found[one][0] == "T"]


def family_of(pid, found):
    """Return the pids of a process and of all that it started; none if it is gone. `found`: see processes."""
    family = [pid] if pid in found else []
    for one in family:
        family += [child for child, (_, parent) in found.items() if parent == one]
    return family


def named(pid):
    """Return the name of a process, as it may have chosen it."""
    return pathlib.Path(f"/proc/{pid}/comm").read_text().removesuffix("\n")


def go_on_alone(pid, held):
    """Let a stopped process go on, and return when neither it nor what it started works any more. Until then the
    process `held`, which may be the same, is stopped. It must be one that waits for something to read: a stop would end
    other calls, such as semop, with an error."""
    if held != pid:
        os.kill(held, signal.SIGSTOP)
    os.kill(pid, signal.SIGCONT)
    try:
        looks, before = 0, None
        for _ in range(_MOST_LOOKS if held != pid else 0):
            sleeps = blocked.none_works(family_of(pid, processes()))
            looks = looks + 1 if sleeps is not None and sleeps == before else 0
            if looks >= _STILL_LOOKS or sleeps == {}:
                break
            before = sleeps
            select.select([], [], [], _LOOK_EVERY_S)  # not time.sleep, which takes no time in a sandbox
    finally:
        if held != pid:
            os.kill(held, signal.SIGCONT)
