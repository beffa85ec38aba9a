"""What each process does, learnt by running it: before which operation it stops, whatever it observes.

A function is rebuilt with fresh copies of all it reaches, so what it does next depends on nothing but
what its operations observed. Each behaviour is therefore run once, and remembered as a graph: a node for
each place where a process can stand, an edge for each observation. Searches walk this graph and run the
function only where an edge is still missing. Histories with equal marks (see marks) share a node.
"""

import collections
import threading

from shmlab.explorer import ops
from shmlab.explorer.ops import Op, Stop

CRASHED = 0  # the number of the node of a process that was killed
_MOST_LIVE = 4000  # executions kept where they stand, to go on from there
_MOST_PATHS = 8  # whole executions kept to be run again, for each function


class Node:
    """A place where a process can stand, before its operation. `after`: observation -> number of the next node.
    `live`: executions that stand there."""

    __slots__ = ("after", "live", "number", "observed", "op", "parent", "root", "stop")

    def __init__(self, number, stop, root, parent, observed):
        self.number, self.stop, self.op, self.root = number, stop, stop.op, root
        self.parent, self.observed = parent, observed
        self.after = {}
        self.live = []


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


class Behaviour:
    """All that is known of what the processes do. `same`: for each rank, what tells its function from others;
    ranks with equal ones share their nodes."""

    def __init__(self, host, same):
        self._host = host
        self._ranks = {}
        self._known = {}
        self._live = collections.deque()
        self._thread = threading.current_thread()
        self._paths = collections.Counter()
        self._to_verify = []
        self._drew = set()
        self._runs = 0
        self.work = 0  # operations that functions were run through, those on ways gone before included
        self.nodes = [Node(CRASHED, Stop(Op("crashed"), None, None), None, None, None)]
        self.ends = {CRASHED}  # numbers of nodes from which nothing comes any more
        self.faults = set()  # those among them where an exception or an endless loop ended it
        self.starts = []
        for rank, root in enumerate(same):
            self._ranks.setdefault(root, rank)
            if ("start", root) not in self._known:
                execution = self._start(root)
                first = self._node(root, execution.resume(), None, None, execution)
                self._to_verify.append((None, None, first))
                self._known["start", root] = first
            self.starts.append(self._known["start", root].number)

    def extend(self, node, observation):
        """The number of the node after `node` has observed `observation`, by running the function to it."""
        self._come_here()
        execution = node.live.pop() if node.live else self._replayed(node)
        self.work += 1
        stop = execution.resume(observation)
        following = self._node(node.root, stop, node, observation, execution)
        node.after[observation] = following.number
        if stop.op.kind in ops.ENDS and self._paths[node.root] < _MOST_PATHS:
            self._paths[node.root] += 1
            self._to_verify.append((node, observation, following))
        return following.number

    def _come_here(self):
        """Let go of executions that began in another thread, and cannot go on in this one: they are run again. A
        notebook runs a cell in one thread, and what its buttons call in another."""
        if self._thread is not threading.current_thread():
            self._thread = threading.current_thread()
            for node in self._live:
                node.live.clear()
            self._live.clear()

    def verify(self):
        """Run whole executions again. Raises Nondeterministic when one does something else this time."""
        for node, observation, following in self._to_verify:
            for _ in range(6 if following.root in self._drew else 1):
                if node is None:
                    self._replayed(following)
                else:
                    self._check(self._replayed(node, observation).resume(observation, again=True), following)
        self._to_verify = []

    def output(self, rank, observations):
        """What the process prints on its way through `observations`."""
        execution = self._start(("rank", rank), rank)
        execution.resume()
        for observation in observations:
            execution.resume(observation)
        return execution.output.text()

    def _start(self, root, rank=None):
        self._runs += 1
        return self._host.start(self._ranks[root] if rank is None else rank, seed=self._runs)

    def _replayed(self, node, *then):
        """An execution that stands where `node` does. `then`: the observations with which it will go on."""
        path = []
        while node.parent is not None:
            path.append(node)
            node = node.parent
        path.reverse()
        execution = self._start(node.root)
        self.work += len(path)
        execution.ahead = collections.deque((*(step.observed for step in path), *then))
        self._check(execution.resume(again=True), node)
        for step in path:
            execution.ahead.popleft()
            self._check(execution.resume(step.observed, again=True), step)
        if execution.drew:
            self._drew.add(node.root)
        return execution

    def _check(self, stop, node):
        for one in (stop, node.stop):
            if one.op.values == ("RecursionError",) and stop.op != node.op:
                raise EndlessRecursion(self._ranks[node.root], one)
        if stop.op != node.op:
            raise Nondeterministic(self._ranks[node.root], node.stop, stop)

    def _node(self, root, stop, parent, observed, execution):
        if execution.drew:
            self._drew.add(root)
        key = root, (stop.op if stop.op.kind in ops.ENDS else stop.mark)
        if stop.mark is not None or stop.op.kind == ops.END:
            known = self._known.get(key)
            if known is not None:
                self._check(stop, known)
                self._keep(known, execution)
                return known
        node = Node(len(self.nodes), stop, root, parent, observed)
        self.nodes.append(node)
        if stop.mark is not None or stop.op.kind == ops.END:
            self._known[key] = node
        if stop.op.kind in ops.ENDS:
            self.ends.add(node.number)
            if stop.op.kind != ops.END:
                self.faults.add(node.number)
        self._keep(node, execution)
        return node

    def _keep(self, node, execution):
        """Keep an execution that stands at a node: the next one from there need not go all the way."""
        if node.number not in self.ends:
            node.live.append(execution)
            self._live.append(node)
            if len(self._live) > _MOST_LIVE:
                longest = self._live.popleft()
                del longest.live[:1]
