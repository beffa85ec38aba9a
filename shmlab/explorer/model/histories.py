"""Histories of a process, the nodes that they lead to, and the errors that a bad history raises."""

from shmlab.explorer import ops


class History:
    """A way to a node: the history before its last operation, and what that operation observed; None and None at the
    start."""

    __slots__ = ("before", "node", "observed")

    def __init__(self, before, observed, node):
        self.before, self.observed, self.node = before, observed, node

    def path(self):
        """Return the histories on the way, from the one after the start to this one."""
        way, history = [], self
        while history.before is not None:
            way.append(history)
            history = history.before
        way.reverse()
        return way


class Node:
    """A place where a process can stand, before its operation. `after`: {observation: number of the next node}.
    `histories`: a sample of those that led here, the first one first. `live`: executions that stand here, as (history,
    execution)."""

    __slots__ = ("after", "arrivals", "histories", "live", "number", "op", "root", "stop", "turn")

    def __init__(self, number, stop, root):
        self.number, self.stop, self.op, self.root = number, stop, stop.op, root
        self.after = {}
        self.histories, self.live = [], []
        self.arrivals = self.turn = 0


class Unlike(Exception):
    """Two histories with equal marks went on differently. `function`: the function whose marks overlook something."""

    def __init__(self, function):
        self.function = function
        super().__init__("two histories with equal marks went on differently")


class Nondeterministic(Exception):
    """A function did different things after the same observations. `expected`, `seen`: its Stop the first time, and
    this time."""

    def __init__(self, rank, expected, seen):
        self.rank, self.expected, self.seen = rank, expected, seen
        super().__init__(f"P{rank} went on differently although it had observed the same")


class EndlessRecursion(Exception):
    """A function calls itself without end. `stop`: where Python noticed; that depends on how the function was
    called."""

    def __init__(self, rank, stop):
        self.rank, self.stop = rank, stop
        super().__init__(f"P{rank} calls itself without end")


class GivenUp(Exception):
    """A process that is not followed any further. `stop`: where it stands; its operation says why.

    Where a function calls itself so deeply, each call makes other histories; where a loop has gone on for so long
    without a step, it may end or not.
    """

    def __init__(self, rank, stop):
        self.rank, self.stop = rank, stop
        line = f" in line {stop.place.line}" if stop.place else ""
        super().__init__(
            f"P{rank} stands{line} in many calls of one function, each within the one before; write what it tries "
            "again as a loop"
            if stop.op.kind == ops.DEEP
            else f"P{rank} goes round a loop{line} without a step, for more rounds than are followed; let it go round "
            "less often"
        )
