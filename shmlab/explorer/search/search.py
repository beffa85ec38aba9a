"""Search all states of a model, or the smallest schedule that fails.

Two paths that lead to one state have the same future, so each state is expanded once. That is the only reduction here,
and it loses nothing: `always` and `possible` are asked of every state, and the number of interleavings is counted on
the graph of states, without running through them.
"""

import heapq
import random
import typing

_LONGEST_WALK = 10_000  # steps
_WORK_FOR_A_STATE = 10  # operations of functions that may be run for each state allowed
_EVERY = 2048  # states between two calls of `progress`


class Budget:
    """How many states a search may visit, and how many operations of functions it may run for them."""

    def __init__(self, model, states):
        self._behaviour, self._states = model.behaviour, states
        self._most_work = model.behaviour.work + states * _WORK_FOR_A_STATE

    def is_spent(self, states):
        return states > self._states or self._behaviour.work > self._most_work


class Answer(typing.NamedTuple):
    """The result of a search for the smallest fault. `smallest`: a FaultyState, or None. `certain`: whether that is
    proven. `states`: how many were visited."""

    smallest: object
    certain: bool
    states: int


class FaultyState(typing.NamedTuple):
    """A state at fault, and the moves that lead to it."""

    fault: object
    schedule: tuple
    state: tuple


class _Entry:
    """A state on the path of a Sweep. `move`: the move that led to it. `remaining`: [(move, next state)] still to be
    followed, the next one last. `ways`, `failing`: the interleavings from here that are counted so far, and how many
    of them fail."""

    __slots__ = ("failing", "move", "remaining", "state", "ways")

    def __init__(self, state, move, remaining, ways, failing):
        self.state, self.move, self.remaining = state, move, remaining
        self.ways, self.failing = ways, failing


class Sweep:
    """Visit every state, depth first. `first`: the first FaultyState, or None; its schedule is set only with `stop`.
    `ends`: {state: Fault or None} of each state where a schedule is over. `visited`: the states. `schedules`, `steps`:
    how many were followed. `cyclic`: whether some schedule is endless. `complete`: whether all states were visited.
    `total`, `failing`: the interleavings and how many of them fail, None unless complete and without cycles.
    `too_long`: (its moves, its last state) of a schedule with more than `longest` steps, where the sweep ended; else
    None."""

    def __init__(self, model, judge, budget, *, stop=True, longest=None, progress=None):
        self._model, self._judge, self._budget = model, judge, Budget(model, budget)
        self._stop, self._longest, self._progress = stop, longest, progress
        self.first = self.too_long = None
        self.cyclic = False
        self.complete = False
        self.ends = {}
        self.visited = {}  # state -> None while on the path, then (interleavings, failing ones)
        self.steps = self.schedules = 0

    def run(self):
        """Visit all states; stop when the budget is spent or, with `stop`, at the first fault. Return self."""
        path = [self._enter(self._model.initial, None)]
        while path:
            if self.first is not None and self._stop:
                self.first = self.first._replace(schedule=tuple(entry.move for entry in path[1:]))
                return self
            if self._budget.is_spent(len(self.visited)):
                return self
            if self._longest is not None and len(path) > self._longest:
                self.too_long = [entry.move for entry in path[1:]], path[-1].state
                return self
            top = path[-1]
            if not top.remaining:  # all that follows it is visited
                path.pop()
                self.visited[top.state] = top.ways, top.failing
                if path:
                    path[-1].ways += top.ways
                    path[-1].failing += top.failing
                continue
            move, following = top.remaining.pop()
            self.steps += 1
            counts = self.visited.get(following, False)
            if counts is False:
                path.append(self._enter(following, move))
            elif counts is None:
                self.cyclic = True
            else:
                self.schedules += 1
                top.ways += counts[0]
                top.failing += counts[1]
        self.complete = True
        return self

    def _enter(self, state, move):
        self.visited[state] = None
        if self._progress and len(self.visited) % _EVERY == 0:
            self._progress(len(self.visited))
        moves = self._model.successors(state)
        fault = self._judge.fault(state, moves)
        if fault is None and moves:
            return _Entry(state, move, list(reversed(moves)), 0, 0)
        self.schedules += 1
        self.ends[state] = fault
        if fault is not None and self.first is None:
            self.first = FaultyState(fault, (), state)
        return _Entry(state, move, (), 1, int(fault is not None))

    @property
    def total(self):
        return None if self.cyclic or not self.complete else self.visited[self._model.initial][0]

    @property
    def failing(self):
        return None if self.cyclic or not self.complete else self.visited[self._model.initial][1]


def smallest(model, judge, budget, *, goal=None, progress=None):
    """Return the Answer: the fault with the fewest preemptions, then the fewest steps.

    A preemption is a switch away from a process that could have gone on. `goal(state)`: returns what to look for in
    place of a fault, or None.
    """
    limit = Budget(model, budget)
    came = [(None, None)]  # for each entry: (entry before, move)
    heap = [(0, 0, 0, model.initial, None)]
    done, looks = set(), {}
    while heap:
        preemptions, steps, entry, state, last = heapq.heappop(heap)
        if (state, last) in done:
            continue
        done.add((state, last))
        if limit.is_spent(len(done)):
            return Answer(None, False, len(done))
        if progress and len(done) % _EVERY == 0:
            progress(len(done))
        if state not in looks:
            looks[state] = _look(model, judge, state, goal)
        fault, moves, going_on = looks[state]
        if fault is not None:
            return Answer(FaultyState(fault, _schedule(came, entry), state), True, len(done))
        for move, following, is_own_move in moves:
            rank = move[0]
            agent = rank if is_own_move else last
            if (following, agent) in done:
                continue
            came.append((entry, move))
            cost = preemptions + (is_own_move and rank != last and last in going_on)
            heapq.heappush(heap, (cost, steps + 1, len(came) - 1, following, agent))
    return Answer(None, True, len(done))


def _look(model, judge, state, goal):
    """Return (fault, [(move, next state, whether a process makes it itself)], ranks that could go on) of a state."""
    moves = model.successors(state)
    fault = judge.fault(state, moves) if goal is None else goal(state)
    going_on = {rank for (rank, action), _ in moves if _goes_on(action)}
    return fault, [(move, following, is_own(move[1])) for move, following in moves], going_on


def is_own(action):
    """Return whether a process makes this move itself; crashes and flushes of a store buffer are made by none."""
    return not action.startswith(("crash", "flush"))


def could_go_on(rank, moves):
    """Return whether a process has a next operation among `moves`, so that a switch away from it is a preemption. A
    time-out or a spurious wake-up is no such operation."""
    return any(other == rank and _goes_on(action) for (other, action), _ in moves)


def _goes_on(action):
    return action.startswith(("go", "wakes"))


def walks(model, judge, times, seed, budget):
    """Return (FaultyState or None, schedules, steps) of random schedules, for programs too big to be covered."""
    chooser, steps, limit = random.Random(seed), 0, Budget(model, budget)
    for number in range(times):
        state, schedule = model.initial, []
        while len(schedule) < _LONGEST_WALK:
            if limit.is_spent(steps):
                return None, number, steps
            moves = model.successors(state)
            fault = judge.fault(state, moves)
            if fault is not None:
                return FaultyState(fault, tuple(schedule), state), number + 1, steps
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
