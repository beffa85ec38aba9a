"""Histories of a process, the places where they have come to, and what is wrong with some."""


class History:
    """A way to a node: the history before its last operation, and what that observed. None and None: the start."""

    __slots__ = ("before", "node", "observed")

    def __init__(self, before, observed, node):
        self.before, self.observed, self.node = before, observed, node

    def path(self):
        """The histories on the way, the one after the start first."""
        found, history = [], self
        while history.before is not None:
            found.append(history)
            history = history.before
        found.reverse()
        return found


class Node:
    """A place where a process can stand, before its operation. `after`: observation -> number of the next node.
    `histories`: some of those that have come here, the first one first. `live`: executions that stand here, each with
    its history."""

    __slots__ = ("after", "arrivals", "histories", "live", "number", "op", "root", "stop", "turn")

    def __init__(self, number, stop, root):
        self.number, self.stop, self.op, self.root = number, stop, stop.op, root
        self.after = {}
        self.histories, self.live = [], []
        self.arrivals = self.turn = 0


class Unlike(Exception):
    """Two histories with equal marks went on differently. `function`: whose marks overlook something."""

    def __init__(self, function):
        self.function = function
        super().__init__("two histories with equal marks went on differently")


class Nondeterministic(Exception):
    """A function did different things after the same observations. `place`: where it was first seen."""

    def __init__(self, rank, expected, found):
        self.rank, self.expected, self.found = rank, expected, found
        super().__init__(f"P{rank} went on differently although it had observed the same")


class EndlessRecursion(Exception):
    """A function calls itself without end. Where Python notices depends on how it was called. `stop`: where it did."""

    def __init__(self, rank, stop):
        self.rank, self.stop = rank, stop
        super().__init__(f"P{rank} calls itself without end")
