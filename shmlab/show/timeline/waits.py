"""Find who waits where in a witness: when a process falls asleep at a condition or barrier, and when it is woken."""

import typing


class Sleep(typing.NamedTuple):
    """Hold one wait of one process. `target`: the condition or barrier. `start`: index of the step in which it began.
    `woken`: of the step that woke it, or None; `back`: of the step in which it has the mutex again, or None."""

    rank: int
    target: str
    start: int
    woken: int | None = None
    back: int | None = None


class Waits:
    """Find every Sleep of a witness, and who waits at an object after a step."""

    def __init__(self, steps):
        self._steps, self.sleeps, self._queues = steps, [], []
        self._asleep, self._awake = {}, {}  # rank -> place in `sleeps`
        for index, step in enumerate(steps):
            self._follow(index, step)
            self._queues.append(self._queue())

    def _queue(self):
        """Return target -> the ranks that wait there, in the order in which they came."""
        found = {}
        for rank, place in self._asleep.items():
            found.setdefault(self.sleeps[place].target, []).append(rank)
        return found

    def _follow(self, index, step):
        rank = step.rank
        if step.kind in ("wait", "barrier"):
            if rank in self._awake:
                self._change(self._awake.pop(rank), back=index)
            elif begins(step):
                self._asleep[rank] = len(self.sleeps)
                self.sleeps.append(Sleep(rank, step.target, index))
            elif step.kind == "barrier":
                for other in [one for one in self._queue().get(step.target, ()) if one != rank]:
                    self._change(self._asleep.pop(other), woken=index, back=index)
        elif step.kind.startswith("notify"):
            for other in woken(step):
                self._wake(other, index)
        elif step.kind in ("wake", "time out") and rank in self._asleep:
            barrier = self._steps[self.sleeps[self._asleep[rank]].start].kind == "barrier"
            self._wake(rank, index)
            if barrier:
                self._change(self._awake.pop(rank), back=index)
        elif step.kind == "crash":
            for dead in (self._asleep, self._awake):
                if rank in dead:
                    self._change(dead.pop(rank), woken=index, back=index)

    def _wake(self, rank, index):
        if rank in self._asleep:
            self._change(self._asleep[rank], woken=index)
            self._awake[rank] = self._asleep.pop(rank)

    def _change(self, place, **more):
        self.sleeps[place] = self.sleeps[place]._replace(**more)

    def targets(self):
        """Return the conditions and barriers at which somebody waits, in the order of their first wait."""
        return list(dict.fromkeys(sleep.target for sleep in self.sleeps))

    def at(self, target, index):
        """Return the ranks that wait at an object after a step, in the order in which they came."""
        return self._queues[index].get(target, [])

    def in_the_end(self):
        """Return a line for each object at which a process waits after the last step: "changed: P1, P3 wait"."""
        return tuple(queue(target, ranks) for target, ranks in self._queue().items())


def begins(step):
    """Return whether a step is the beginning of a wait."""
    return step.words.endswith("gives the mutex back") or (step.kind == "barrier" and "may pass" not in step.words)


def ends(step):
    """Return whether a step is the end of a wait on a condition: the process has the mutex again."""
    return step.words.endswith("has the mutex again")


def woken(step):
    """Return the ranks that a notification wakes, as its words say."""
    _, _, said = step.words.partition(": wakes ")
    return [int(name.removeprefix("P")) for name in said.split(", ") if name]


def queue(target, ranks):
    """Return a line that says who waits at an object: "changed: P0, P1 wait"."""
    names = ", ".join(f"P{rank}" for rank in ranks)
    return f"{target}: {names} wait{'s' if len(ranks) == 1 else ''}" if ranks else f"{target}: nobody waits"
