"""A naive model checker: every interleaving of a small program, one after the other.

It interprets the instruction data of random_programs.py and imports nothing of shmlab, so that its
results are a second reading of the same specification. Its rules:

A state is the whole world: memory, synchronization objects, each process's place and locals, store
buffers; nothing else decides what can follow. The states that can be reached, and the steps
between them, are found once (`Graph`); the schedules are then walked one by one, depth first, over
every choice, with no reduction and no merging: two ways to one state are two schedules.

Steps. One load, one store, one atomic read-modify-write, a fence, or a synchronization call's step.
What a process does privately belongs to the step before it, or to the beginning: assertions and
the end of the process too, unless it holds a mutex: then its end is a step of its own. An exception that passes a
`with` or a `finally` takes the steps of it before it leaves the function. `x += y` loads x, loads y, stores x.
SC: memory changes at once. TSO, PSO: a store enters the process's buffer; a load reads the process's own newest
entry for the address, else memory; everything else but loads and stores waits until the process's
own buffer is empty. A flush is a step of no process: TSO of the oldest entry; PSO of each that has no older
one for its address, and of a release only when it is the oldest of all.
acquire waits for a unit (mutex: until no other process holds it), release gives one. A time-out is possible
only while the ordinary step is not. To acquire one's own mutex, or to release another's, is a RuntimeError, and a step.
A process that ends holding a mutex leaves it to the next one with OwnerDied, raised while that one
holds it; released without consistent(), which is a step, it is unusable (OSError).
wait: a step that releases the mutex; then a notification, a "wake" (spurious) or a "time out"; then a step that
takes the mutex and returns, after a time-out with TimeoutError. notify chooses among the waiters.
The last to arrive at a barrier frees the others in its own step: their private computation follows in it.

A crash, of any process that has not ended, as often as the program allows, is a step of no process. Its stores still
reach memory; then its mutexes are left as by one that ends; at a barrier where it waits it has come.

Schedules. One ends where something fails, or every process has ended and all buffers are empty,
or at a state that it has been in before: the program then has cycles, and its schedules are not counted.
always: in the initial state and after each step, on memory. exception: one has left a function.
deadlock: a process has not ended, and only wakes and crashes are possible. invariant: at the end of a finished
schedule, whose memory is its final content; one whose last step broke `always` was stopped, and has none.

The witness is a failing schedule with the fewest preemptions, and of these with the fewest steps, flushes, wakes
and time-outs included. A preemption: a step of another process than that of the last step that was any process's,
while that one could, just before this step, take an ordinary step (no wake, no time-out).

livelock: a cycle without wakes and crashes in which each process, and each store buffer, either takes a step or
cannot at some state of it. A time-out is a step; a process that can only wake cannot take one.
impossible: a `possible` that holds in no state. The verdict: what fails safely first, then
livelock, then impossible.
"""

import heapq
import typing

import naive_flat
from naive_cycles import CRASH, IDLE, fair_cycle
from naive_world import CRASHED, ENDED, FINISHED, LEAVING, RAISED, World

ORDINARY, FLUSH = "step", "flush"
MOST_SCHEDULES, MOST_STATES = 30_000, 10_000


class TooMuchError(Exception):
    """More states or schedules than the cap allows."""


class Edge(typing.NamedTuple):
    """A step: `unit` p is process p, unit -1 - p the buffer of process p."""

    unit: int
    name: str
    target: int


class Verdict(typing.NamedTuple):
    """What a search for failures finds: `kind` is the one to be told, None where nothing fails.

    `kinds`: all that can fail at a step. `best`: (preemptions, steps) of a minimal failing schedule,
    `best_kinds`: what fails at the ends of such ones, of which `kind` is any.
    """

    kind: str | None
    kinds: frozenset
    best: tuple | None
    best_kinds: frozenset


class Result(typing.NamedTuple):
    """What is known of a program once every schedule has been walked.

    `schedules`: how many, those cut at a cycle included. `total`, `failing`: complete ones, None
    where there are cycles. `finals`: {final content: (schedules or None, ok)}.
    """

    verdict: Verdict
    schedules: int
    total: int | None
    failing: int | None
    finals: dict
    states: int

    @property
    def kind(self):
        return self.verdict.kind


def explore(data, most_schedules=MOST_SCHEDULES):
    """The Result for a program. Raises TooMuchError where there is more than the caps allow."""
    graph = Graph(data)
    walk = _Walk(graph, most_schedules)
    failing = sum(count for count, failures in zip(walk.ended, graph.failures, strict=True) if failures)
    total, failing = (None, None) if walk.cyclic else (walk.schedules, failing)
    return Result(judge(graph, data), walk.schedules, total, failing, _finals(graph, walk), len(graph.states))


def judge(graph, data):
    kinds = frozenset(kind for kinds in graph.failures for kind in kinds)
    best, best_kinds = _minimum(graph) if kinds else (None, frozenset())
    return Verdict(min(best_kinds) if kinds else _liveness(graph, data), kinds, best, best_kinds)


def _finals(graph, walk):
    finals = {}
    for node in graph.finished:
        content = graph.states[node][0]
        count, ok = finals.get(content, (0, True))
        finals[content] = count + walk.ended[node], ok and not graph.failures[node]
    return {content: (None if walk.cyclic else count, ok) for content, (count, ok) in finals.items()}


# The steps between states


def successors(flat, state):
    """[(unit, name, next state)]"""
    found = []
    for p, pc in enumerate(state[2]):
        if pc >= 0:
            found += _process_steps(flat, state, p)
        if pc >= 0 and state[2].count(CRASHED) < flat.crashes:
            world = World(flat, state)
            world.end(p, CRASHED)
            if not world.buffers[p]:
                world.leave(p)
            found.append((-1 - p, CRASH, world.frozen()))
        if pc == LEAVING and not state[4][p]:
            world = World(flat, state)
            world.pcs[p] = FINISHED
            world.leave(p)
            found.append((p, ORDINARY, world.frozen()))
        for index in World(flat, state).flushable(p):
            world = World(flat, state)
            world.flush(p, index)
            found.append((-1 - p, FLUSH, world.frozen()))
    return found


def _process_steps(flat, state, p):
    now = World(flat, state)
    operation = now.operation(p)
    if operation.drained and now.buffers[p]:
        return
    if operation.possible(now, p):
        for choice in operation.choices(now, p):
            world = World(flat, state)
            world.pcs[p] += 1
            operation.step(world, p, choice)
            world.go_on(p)
            yield p, ORDINARY, world.frozen()
    for name, act in operation.extras(now, p).items():
        world = World(flat, state)
        world.pcs[p] += 1
        act(world, p)
        world.go_on(p)
        yield p, name, world.frozen()


class Graph:
    """Every state that can be reached, as numbers from 0, the initial one; a failing one leads nowhere."""

    def __init__(self, data, most_states=MOST_STATES):
        self._flat = naive_flat.flatten(data)
        self._always, self._invariant = (
            naive_flat.predicate(data, data["always"]),
            naive_flat.predicate(data, data["invariant"]),
        )
        self.units = [unit for p in range(len(self._flat.code)) for unit in (p, -1 - p)]
        world = World(self._flat, self._flat.initial)
        for p in range(len(self._flat.code)):
            world.go_on(p)
        self._numbers = {world.frozen(): 0}
        self.states, self.edges, self.failures, self.finished = [world.frozen()], [], [], []
        while len(self.edges) < len(self.states):
            self._expand(self.states[len(self.edges)])
            if len(self.states) > most_states:
                raise TooMuchError

    def _expand(self, state):
        found = successors(self._flat, state)
        failures = self._failing(state, found)
        if not found and failures <= {"invariant"} and all(pc in ENDED for pc in state[2]):
            self.finished.append(len(self.edges))
        self.failures.append(failures)
        self.edges.append([] if failures else [Edge(unit, name, self._number(after)) for unit, name, after in found])

    def _failing(self, state, found):
        memory, _, pcs, *_ = state
        kinds = set()
        if RAISED in pcs:
            kinds.add("exception")
        if not self._always(memory):
            kinds.add("always")
        if all(pc in ENDED for pc in pcs):
            if not found and not self._invariant(memory):
                kinds.add("invariant")
        elif RAISED not in pcs and all(name in IDLE for _, name, _ in found):
            kinds.add("deadlock")
        return kinds

    def _number(self, state):
        number = self._numbers.setdefault(state, len(self.states))
        if number == len(self.states):
            self.states.append(state)
        return number


# One schedule after the other


class _Walk:
    """`ended`: how many schedules end in each state; `schedules`: all, with those cut at a cycle."""

    def __init__(self, graph, most):
        self.schedules = 0
        self.cyclic = False
        self.ended = [0] * len(graph.states)
        self._walk([[edge.target for edge in edges] for edges in graph.edges], most)

    def _walk(self, targets, most):
        """`left` are the choices not yet taken at each state of the path, the first that of the beginning."""
        path, on_path, left = [None], {None}, [iter([0])]
        while left:
            for node in left[-1]:
                if node not in on_path and targets[node]:
                    path.append(node)
                    on_path.add(node)
                    left.append(iter(targets[node]))
                    break
                self._end(node, node in on_path, most)
            else:
                on_path.remove(path.pop())
                left.pop()

    def _end(self, node, cut, most):
        self.cyclic |= cut
        self.ended[node] += not cut
        self.schedules += 1
        if self.schedules > most:
            raise TooMuchError


def follow(graph, moves):
    """The states that a schedule may be in, after none of its moves and after each.

    A move is a unit and a step's name; a flush, or a notification, may be any that the unit can make.
    """
    found = [{0}]
    for move in moves:
        edges = [edge for node in found[-1] for edge in graph.edges[node]]
        found.append({edge.target for edge in edges if (edge.unit, edge.name) == move})
    return found


# The minimal witness, and what needs whole cycles


def _minimum(graph):
    """(preemptions, steps) of a minimal failing schedule, and all kinds of failure at such ones."""
    best, kinds, done = None, set(), set()
    queue = [(0, 0, 0, -1)]
    while queue:
        preemptions, length, node, last = heapq.heappop(queue)
        if best is not None and (preemptions, length) > best:
            break
        if (node, last) in done:
            continue
        done.add((node, last))
        if graph.failures[node]:
            best = preemptions, length
            kinds |= graph.failures[node]
        able = {edge.unit for edge in graph.edges[node] if edge.name == ORDINARY}
        for unit, _, target in graph.edges[node]:
            preempts = 0 <= unit != last and last in able
            heapq.heappush(queue, (preemptions + preempts, length + 1, target, last if unit < 0 else unit))
    return best, frozenset(kinds)


def _liveness(graph, data):
    """ "livelock", "impossible" or None, for a program that nothing else is wrong with."""
    if fair_cycle(graph.edges, graph.units):
        return "livelock"
    contents = {state[0] for state in graph.states}
    for condition in data["possible"].values():
        if not any(map(naive_flat.predicate(data, condition), contents)):
            return "impossible"
    return None
