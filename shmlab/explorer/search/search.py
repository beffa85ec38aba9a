"""The searches: all states of a model, and the smallest schedule that fails.

Two paths that meet in one state have one future, so each state is gone on from once. That is the only
reduction here, and it forgets nothing: `always` and `possible` are asked of every state, and how many
interleavings there are is counted on the graph of states, without running through them.
"""

import heapq
import random
import typing

_LONGEST_WALK = 10_000  # steps
_WORK_FOR_A_STATE = 10  # operations of a function's run that may be spent for each state allowed
_EVERY = 2048  # states between two calls of `progress`


class Budget:
    """How many states a search may visit, and how much running of functions it may spend on them."""

    def __init__(self, model, states):
        self._behaviour, self._states = model.behaviour, states
        self._most_work = model.behaviour.work + states * _WORK_FOR_A_STATE

    def is_spent(self, states):
        return states > self._states or self._behaviour.work > self._most_work


class Answer(typing.NamedTuple):
    """What a search for the smallest fault found. `certain`: that it is the smallest, or that there is none."""

    found: object
    certain: bool
    states: int


class Found(typing.NamedTuple):
    """A state at fault, and the moves that lead there."""

    fault: object
    schedule: tuple
    state: tuple


class _Entry:
    """A state on the path of a Sweep. `move`: what led there. `left`: [(move, next state)] still to be followed, the
    next one last. `ways`, `failing`: the interleavings from there on that were counted, and those of them that fail."""

    __slots__ = ("failing", "left", "move", "state", "ways")

    def __init__(self, state, move, left, ways, failing):
        self.state, self.move, self.left = state, move, left
        self.ways, self.failing = ways, failing


class Sweep:
    """Every state, depth first. `first`: the first Found, or None; with `stop`, with the schedule that leads there.
    `ends`: state -> fault, or None, of every state where a schedule is over. `known`: the states that were visited.
    `schedules`, `steps`: how many were followed. `cyclic`: whether some schedule is endless. `complete`: whether
    all states were visited; `total`, `failing`: then, numbers of interleavings (None when there are cycles)."""

    def __init__(self, model, judge, budget, *, stop=True, progress=None):
        self._model, self._judge, self._budget = model, judge, Budget(model, budget)
        self._stop, self._progress = stop, progress
        self.first = None
        self.cyclic = False
        self.complete = False
        self.ends = {}
        self.known = {}  # state -> None while on the path, then (interleavings, failing ones)
        self.steps = self.schedules = 0

    def run(self):
        """Go through all states, or until `budget` is spent, or with `stop` until the first fault."""
        path = [self._enter(self._model.initial, None)]
        while path:
            if self.first is not None and self._stop:
                self.first = self.first._replace(schedule=tuple(entry.move for entry in path[1:]))
                return self
            if self._budget.is_spent(len(self.known)):
                return self
            top = path[-1]
            if not top.left:  # all that follows it is known
                path.pop()
                self.known[top.state] = top.ways, top.failing
                if path:
                    path[-1].ways += top.ways
                    path[-1].failing += top.failing
                continue
            move, following = top.left.pop()
            self.steps += 1
            known = self.known.get(following, False)
            if known is False:
                path.append(self._enter(following, move))
            elif known is None:
                self.cyclic = True
            else:
                self.schedules += 1
                top.ways += known[0]
                top.failing += known[1]
        self.complete = True
        return self

    def _enter(self, state, move):
        self.known[state] = None
        if self._progress and len(self.known) % _EVERY == 0:
            self._progress(len(self.known))
        moves = self._model.successors(state)
        fault = self._judge.fault(state, moves)
        if fault is None and moves:
            return _Entry(state, move, list(reversed(moves)), 0, 0)
        self.schedules += 1
        self.ends[state] = fault
        if fault is not None and self.first is None:
            self.first = Found(fault, (), state)
        return _Entry(state, move, (), 1, int(fault is not None))

    @property
    def total(self):
        return None if self.cyclic or not self.complete else self.known[self._model.initial][0]

    @property
    def failing(self):
        return None if self.cyclic or not self.complete else self.known[self._model.initial][1]


def smallest(model, judge, budget, *, goal=None, progress=None):
    """The Answer: the fault with the fewest preemptions, then the fewest steps.

    A preemption is a switch away from a process that could have gone on. `goal(state)`: what to look for in place
    of a fault.
    """
    limit = Budget(model, budget)
    came = [(None, None)]  # for each entry: (entry before, move)
    heap = [(0, 0, 0, model.initial, None)]
    done, looked = set(), {}
    while heap:
        preemptions, steps, entry, state, last = heapq.heappop(heap)
        if (state, last) in done:
            continue
        done.add((state, last))
        if limit.is_spent(len(done)):
            return Answer(None, False, len(done))
        if progress and len(done) % _EVERY == 0:
            progress(len(done))
        if state not in looked:
            looked[state] = _looked_at(model, judge, state, goal)
        fault, moves, going_on = looked[state]
        if fault is not None:
            return Answer(Found(fault, _schedule(came, entry), state), True, len(done))
        for move, following, mine in moves:
            rank = move[0]
            agent = rank if mine else last
            if (following, agent) in done:
                continue
            came.append((entry, move))
            cost = preemptions + (mine and rank != last and last in going_on)
            heapq.heappush(heap, (cost, steps + 1, len(came) - 1, following, agent))
    return Answer(None, True, len(done))


def _looked_at(model, judge, state, goal):
    """(fault, [(move, next state, whether a process makes it itself)], ranks of those who could go on) of a state."""
    moves = model.successors(state)
    fault = judge.fault(state, moves) if goal is None else goal(state)
    going_on = {rank for (rank, what), _ in moves if _goes_on(what)}
    return fault, [(move, following, is_own(move[1])) for move, following in moves], going_on


def is_own(what):
    """Whether a process makes this move itself; crashes and flushes of a store buffer belong to none."""
    return not what.startswith(("crash", "flush"))


def could_go_on(rank, moves):
    """Whether a process has a next operation among `moves`, so that a switch away from it is a preemption. To time
    out, or to wake up for nothing, is none."""
    return any(other == rank and _goes_on(what) for (other, what), _ in moves)


def _goes_on(what):
    return what.startswith(("go", "wakes"))


def walks(model, judge, times, seed, budget):
    """Random schedules, for programs too big to be covered: (Found or None, schedules, steps)."""
    chooser, steps, limit = random.Random(seed), 0, Budget(model, budget)
    for number in range(times):
        state, schedule = model.initial, []
        while len(schedule) < _LONGEST_WALK:
            if limit.is_spent(steps):
                return None, number, steps
            moves = model.successors(state)
            fault = judge.fault(state, moves)
            if fault is not None:
                return Found(fault, tuple(schedule), state), number + 1, steps
            if not moves:
                break
            move, state = chooser.choice(moves)
            schedule.append(move)
            steps += 1
    return None, times, steps


def _schedule(came, entry):
    moves = []
    while entry:
        entry, move = came[entry]
        moves.append(move)
    return tuple(reversed(moves))
