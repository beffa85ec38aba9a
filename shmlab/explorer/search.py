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


class Sweep:
    """Every state, depth first. `total`, `failing`: numbers of interleavings (None when there are cycles).
    `first`: the first Found, or None. `finals`: memory at the end -> (interleavings, fault)."""

    def __init__(self, model, judge, budget, *, stop=True, progress=None):
        self._model, self._judge, self._budget = model, judge, Budget(model, budget)
        self._stop, self._progress = stop, progress
        self.first = None
        self.cyclic = False
        self.complete = False
        self.ends = {}  # state -> fault, of every state where a schedule is over
        self.known = {}  # state -> None while on the path, then (interleavings, failing ones)
        self.steps = self.schedules = 0

    def run(self):
        """Go through all states, or until `budget` is spent, or with `stop` until the first fault."""
        self._path = []
        root = self._model.initial
        stack = [self._enter(root, None)]
        while stack:
            if self.first is not None and self._stop:
                return self
            if self._budget.is_spent(len(self.known)):
                return self
            top = stack[-1]
            moves, state = top[0], top[1]
            if not moves:
                stack.pop()
                self.known[state] = top[3], top[4]
                if stack:
                    stack[-1][3] += top[3]
                    stack[-1][4] += top[4]
                continue
            move, following = moves.pop()
            self.steps += 1
            known = self.known.get(following, False)
            if known is False:
                stack.append(self._enter(following, move))
                if self.first is not None and self._path is not None and self._stop:
                    self.first = self.first._replace(schedule=tuple(entry[2] for entry in stack[1:]))
            elif known is None:
                self.cyclic = True
            else:
                self.schedules += 1
                top[3] += known[0]
                top[4] += known[1]
        self.complete = True
        return self

    def _enter(self, state, move):
        """[moves left, state, move that led here, interleavings, failing ones]."""
        self.known[state] = None
        if self._progress and len(self.known) % _EVERY == 0:
            self._progress(len(self.known))
        moves = self._model.successors(state)
        fault = self._judge.fault(state, moves)
        if fault is None and not moves:
            self.schedules += 1
            self.ends[state] = None
            return [[], state, move, 1, 0]
        if fault is not None:
            self.schedules += 1
            self.ends[state] = fault
            if self.first is None:
                self.first = Found(fault, (), state)
            return [[], state, move, 1, 1]
        moves.reverse()
        return [moves, state, move, 0, 0]

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
    done = set()
    while heap:
        preemptions, steps, entry, state, last = heapq.heappop(heap)
        if (state, last) in done:
            continue
        done.add((state, last))
        if limit.is_spent(len(done)):
            return Answer(None, False, len(done))
        if progress and len(done) % _EVERY == 0:
            progress(len(done))
        moves = model.successors(state)
        fault = judge.fault(state, moves) if goal is None else goal(state)
        if fault is not None:
            return Answer(Found(fault, _schedule(came, entry), state), True, len(done))
        goes_on = could_go_on(last, moves)
        for move, following in moves:
            rank, what = move
            mine = is_own(what)
            agent = rank if mine else last
            if (following, agent) in done:
                continue
            came.append((entry, move))
            cost = preemptions + (mine and goes_on and rank != last)
            heapq.heappush(heap, (cost, steps + 1, len(came) - 1, following, agent))
    return Answer(None, True, len(done))


def is_own(what):
    """Whether a process makes this move itself; crashes and flushes of a store buffer belong to none."""
    return not what.startswith(("crash", "flush"))


def could_go_on(rank, moves):
    """Whether a process has a next operation among `moves`, so that a switch away from it is a preemption. To time
    out, or to wake up for nothing, is none."""
    return any(other == rank and what.startswith(("go", "wakes")) for (other, what), _ in moves)


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
