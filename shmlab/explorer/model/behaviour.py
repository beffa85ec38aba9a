"""Learn what each process does by running it: before which operation it stops, for each observation.

A function is rebuilt with fresh copies of all that it reaches, so what it does next depends on nothing but what its
operations observed. Each behaviour is therefore run once and remembered as a graph: a node for each place where a
process can stand, an edge for each observation. Searches walk this graph and run the function only where an edge is
missing. Histories with equal marks (see marks) share a node.

Marks claim that two histories have the same future, and this claim is tested. A history that comes to a known node is
run on along some of the edges from there, and each new edge is run from several of the node's histories: all must do
the same operations. If one does not, its function gets no marks any more, and the search starts again.
"""

import collections
import itertools
import random
import threading
import weakref

from shmlab.explorer import ops
from shmlab.explorer.model.histories import EndlessRecursion, GivenUp, History, Node, Nondeterministic, Unlike
from shmlab.explorer.ops import Op, Stop

CRASHED = 0  # the number of the node of a process that was killed
_MOST_LIVE = 1500  # executions kept where they stand, to go on from there
_MOST_PATHS = 8  # whole executions of each function that are run again to verify it
_MOST_PATHS_OF_DRAWING = 60  # the first ways of a function that asks for random numbers or times
_HISTORIES = 3  # kept for each node; its edges are run from these
_LONGEST_TEST = 60  # operations by which a test runs a history on
_TESTS_A_WORK = 1  # operations run in tests, for each that the search needs
_TESTS_AT_LEAST = 3000


class Behaviour:
    """The graph of what the processes do, as far as it was run. `same`: for each rank a key of its function; ranks
    with equal keys share their nodes."""

    def __init__(self, host, same):
        self._host = host
        self._ranks = {}
        self._nodes_by_mark = {}
        self._live = collections.deque()
        self._thread = threading.current_thread()
        self._paths = collections.Counter()
        self._to_verify = []
        self._drew = set()
        self._runs = 0
        weakref.finalize(self, _close, self._live, self._thread)
        self._random = random.Random(0)
        self.work = 0  # operations run for the search, replays included
        self.tested = 0  # operations run in tests of marks
        self.why_unmarked = collections.Counter()  # reason why there was no mark -> how often
        self.nodes = [Node(CRASHED, Stop(Op("crashed"), None, None), None)]
        self.ends = {CRASHED}  # numbers of the nodes where a process has ended
        self.faults = set()  # those of them where an exception or an endless loop ended it
        self.responding = set()  # numbers of the nodes where an operation of the program has ended
        self.starts = []
        for rank, root in enumerate(same):
            self._ranks.setdefault(root, rank)
            if ("start", root) not in self._nodes_by_mark:
                execution = self._start(root)
                first = self._arrive(root, execution.resume(), None, None, execution)
                self._to_verify.append(first.histories[0])
                self._nodes_by_mark["start", root] = first
            self.starts.append(self._nodes_by_mark["start", root].number)

    def extend(self, node, observation):
        """Return the number of the node after `node` has observed `observation`. Runs the function to it."""
        self._drop_foreign_executions()
        history, execution = node.live.pop() if node.live else self._replay(node.histories[0])
        self.work += 1
        stop = execution.resume(observation)
        following = self._arrive(node.root, stop, history, observation, execution)
        node.after[observation] = following.number
        for other in list(node.histories):
            if other is not history and self._may_test():
                self._test(other, observation, following)
        if stop.op.kind in ops.ENDS and self._paths[node.root] < _MOST_PATHS:
            self._paths[node.root] += 1
            self._to_verify.append(History(history, observation, following))
        return following.number

    def _drop_foreign_executions(self):
        """Forget the executions that another thread began: they cannot go on in this one, and are run again. A
        notebook runs a cell in one thread, and what its buttons call in another."""
        if self._thread is not threading.current_thread():
            self._thread = threading.current_thread()
            for node in self._live:
                node.live.clear()
            self._live.clear()

    def verify(self):
        """Run whole executions again. Raise Nondeterministic if one does something else this time."""
        for history in self._to_verify:
            for _ in range(6 if history.node.root in self._drew else 1):
                self._replay(history, only=True)[1].close()
        self._to_verify = []

    def begin(self, rank):
        """Return an execution of process `rank` at its start, and the Stop before its first operation."""
        execution = self._start(("rank", rank), rank)
        return execution, execution.resume()

    def _start(self, root, rank=None, *, again=False):
        """Begin an execution. `again`: to see whether it does the same with other random numbers and times; all others
        get the same ones, so that their marks can be compared."""
        self._runs += again
        return self._host.start(self._ranks[root] if rank is None else rank, seed=self._runs if again else 0)

    def _replay(self, history, *, only=False, tests=False, then=()):
        """Return (history, an execution that was run through it). `only`: the execution goes no further. `tests`: it
        is for a test of marks, and goes no further either. `then`: the observations that follow, if known."""
        path = history.path()
        start = path[0].before if path else history
        execution = self._start(history.node.root, again=only)
        execution.retraced = only or tests
        if tests:
            self.tested += len(path)
        else:
            self.work += len(path)
        execution.ahead = collections.deque((*(step.observed for step in path), *then))
        self._check(execution.resume(again=True), start.node)
        for step in path:
            execution.ahead.popleft()
            self._check(execution.resume(step.observed, again=True), step.node)
        if execution.drew:
            self._drew.add(history.node.root)
        return history, execution

    def _check(self, stop, node):
        if stop.op != node.op:
            self._check_recursion(stop, node)
            raise Nondeterministic(self._ranks[node.root], node.stop, stop)

    # Tests of marks.

    def _may_test(self, planned=0):
        return self.tested + planned < _TESTS_A_WORK * self.work + _TESTS_AT_LEAST

    def _test(self, history, observation, following):
        """Run another history of a node through an edge that is new there."""
        history, execution = self._replay(history, tests=True, then=(observation,))
        self._go_on(history, execution, observation, following)
        execution.close()

    def _go_on(self, history, execution, observation, following):
        """Run the next operation of a test, and return the history that it leads to."""
        self.tested += 1
        execution.ahead.popleft()
        stop = execution.resume(observation, again=True)
        if stop.op != following.op and not execution.adrift:
            self._unlike(stop, following)
        history = History(history, observation, following)
        self._remember(following, history)
        return history

    def _unlike(self, stop, node):
        """Raise the error for a history that has the mark of `node` and comes to another operation."""
        self._check_recursion(stop, node)
        raise Unlike(self._host.function(self._ranks[node.root]))

    def _check_recursion(self, stop, node):
        for candidate in (stop, node.stop):
            if candidate.op.values == ("RecursionError",):
                raise EndlessRecursion(self._ranks[node.root], candidate)

    def _run_on(self, history, execution):
        """Run a history that has come to a known node on along known edges. Return (the history where it ends, its
        execution)."""
        way, node = [], history.node
        while len(way) < _LONGEST_TEST and node.after and self._may_test(len(way)):
            node.turn += 1
            observation, number = next(itertools.islice(node.after.items(), node.turn % len(node.after), None))
            node = self.nodes[number]
            way.append((observation, node))
        execution.ahead = collections.deque(observation for observation, _ in way)
        for observation, node in way:
            history = self._go_on(history, execution, observation, node)
        return history, execution

    def _remember(self, node, history):
        """Keep a history of a node, or forget it. The first stays; the others are a fair sample of all that come."""
        node.arrivals += 1
        if len(node.histories) < _HISTORIES:
            node.histories.append(history)
            return
        place = self._random.randrange(1, node.arrivals)
        if place < _HISTORIES:
            node.histories[place] = history

    def _arrive(self, root, stop, before, observed, execution):
        """Return the node of an execution that has come to `stop`; make it if it is new."""
        if stop.op.kind in ops.GIVEN_UP:
            raise GivenUp(self._ranks[root], stop)
        if execution.drew:
            self._drew.add(root)
        key = root, (stop.op if stop.op.kind in ops.ENDS else stop.mark)
        has_key = stop.mark is not None or stop.op.kind == ops.END
        node = self._nodes_by_mark.get(key) if has_key else None
        if node is not None:
            if stop.op != node.op:
                self._unlike(stop, node)
            history = History(before, observed, node)
            self._remember(node, history)
            if node.number not in self.ends:
                self._keep(*self._run_on(history, execution))
            return node
        node = self._new_node(root, stop)
        if has_key:
            self._nodes_by_mark[key] = node
        else:
            self.why_unmarked.update(execution.why_unmarked)
            execution.why_unmarked.clear()
        history = History(before, observed, node)
        self._remember(node, history)
        if execution.drew and before is not None and self._paths["drew", root] < _MOST_PATHS_OF_DRAWING:
            self._paths["drew", root] += 1
            self._to_verify.append(history)
        self._keep(history, execution)
        return node

    def _new_node(self, root, stop):
        node = Node(len(self.nodes), stop, root)
        self.nodes.append(node)
        if stop.op.kind == ops.RESPOND:
            self.responding.add(node.number)
        if stop.op.kind in ops.ENDS:
            self.ends.add(node.number)
            if stop.op.kind != ops.END:
                self.faults.add(node.number)
        return node

    def _keep(self, history, execution):
        """Keep an execution where it stands, so that the next run from this node need not begin at the start."""
        node = history.node
        if node.number in self.ends:
            execution.close()
            return
        node.live.append((history, execution))
        self._live.append(node)
        if len(self._live) > _MOST_LIVE:
            longest = self._live.popleft()
            for _, execution in longest.live[:1]:
                execution.close()
            del longest.live[:1]

    def close(self):
        """End all executions that are kept."""
        _close(self._live, self._thread)


def _close(live, thread):
    """End the executions at these nodes. Only the thread that began them can do this."""
    if threading.current_thread() is thread:
        for node in live:
            for _, execution in node.live:
                execution.close()
            node.live.clear()
        live.clear()
