"""Processes of a scene (see world) that stop themselves, so that the scene says when each of them goes on.

A child that stops itself before it does its work is as slow as can be: whoever does not wait for it is found out each
time, and the scene sees which process does the work. Source: signal(7), SIGSTOP and SIGCONT; proc(5), stat.
"""

import os
import signal

from shmlab.grading.results import Differs
from shmlab.grading.stagehand import processes

_LOOKS = 150  # who has looked so often waits, and gives up never, or too late for a right answer
_MOST_POINTS = 5_000  # without a wait: who polls and counts, say
_STILL_S = 0.1  # without any use of a processor: all that can go on has gone on


def steps(world, process):
    """Run a process to its end, one step at a time, and yield (0, where it stands) before each. Where it waits, or has
    looked again and again, the oldest of those that have stopped themselves, of it and of all that it forked, goes on:
    (its pid, "") comes first.

    Where it waits and nobody has stopped: raises Differs when nothing can make it go on, else comes to its end, too."""
    looks, points = 0, 0
    while True:
        points += 1
        if process.looks - looks >= _LOOKS or points >= _MOST_POINTS:
            looks, points = process.looks, 0
            if stopped := world.call(stopped_below, process.pid):
                yield stopped[0], ""
                world.call(go_on, stopped[0])
        if not process.turn(0, _STILL_S):
            points = 0
            if stopped := world.call(stopped_below, process.pid):
                yield stopped[0], ""
                world.call(go_on, stopped[0])
                continue
            if not process.turn(0, _STILL_S):  # by now the process that has looked has ended, too
                return _unless_stuck(world, process)
        if process.ended:
            return
        yield 0, process.where


def _unless_stuck(world, process):
    """Raise Differs where a process waits for ever, without another wait: a scene has seen that it is still."""
    if isinstance(problem := world.stuck([process]), Differs):
        world.called = f"{process.call}, in a process of its own"
        raise problem


def stopped_below(pid):
    """The pids of those that have stopped, of a process and of all that were started by it; the oldest first."""
    found = processes()
    family = [pid]
    for one in family:
        family += [child for child, (_, parent) in found.items() if parent == one]
    return sorted(one for one in family if one in found and found[one][0] == "T")


def go_on(pid):
    """Let one that has stopped go on."""
    os.kill(pid, signal.SIGCONT)
