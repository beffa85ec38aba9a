"""Let the learner be the scheduler: the moves made so far, those that may come next, and where each process stands."""

import dataclasses
import typing

from shmlab import layout
from shmlab.explorer import ops
from shmlab.explorer.diagnosis.diagnosis import diagnose
from shmlab.explorer.explain.field_names import field_at
from shmlab.explorer.explain.objects import holders, in_words
from shmlab.explorer.explain.telling import standing, tell
from shmlab.explorer.explain.verdict import DETERMINISTIC, fault_in_words
from shmlab.explorer.lookalikes.sync_objects import numbered
from shmlab.explorer.model.histories import Nondeterministic, Unlike
from shmlab.explorer.model.state import NODE, PROCESSES
from shmlab.explorer.model.synchronization import READY, WAITING
from shmlab.explorer.search.search import FaultyState
from shmlab.explorer.source.sources import line_of
from shmlab.primitives import Mutex


class Position(typing.NamedTuple):
    """A state that was reached. `moves`: {move: next state}. `fault`: see requirements. `problem`: the
    Nondeterministic that a move from here raised, or None."""

    state: tuple
    moves: dict
    fault: object
    problem: object


@dataclasses.dataclass(frozen=True)
class Turn:
    """What a process may do next. `does`: its next operation in words, "" once it has ended. `line`, `source`: the
    learner's line with it. `reason`: why it cannot come next, or "". `others`: its other moves, (action, words).
    `registers`: local variables, and what its latest step loaded. `buffer`: its store buffer. `last`: its latest step
    in words."""

    rank: int
    does: str
    line: int | None
    source: str
    reason: str
    others: tuple
    registers: tuple
    buffer: tuple
    last: str


class Ending(typing.NamedTuple):
    """How a game ended. `ok`: whether nothing failed. `sentence`: the ending in words."""

    ok: bool
    sentence: str


class Game:
    """One schedule of a Question, made move by move; every position is kept. `at`: the number of steps made."""

    def __init__(self, question, terms):
        self._question, self._terms = question, terms
        self._declared = numbered(question.sync)
        self._names = question.names()
        self._stores = {}  # store operation -> its words
        question.searched(self._begin)

    def _begin(self):
        self._behaviour = self._question.behaviour()
        self._model = self._terms.model(self._question, self._behaviour)
        self._judge = self._question.judge(self._model)
        self._moves = []
        self._positions = [self._enter(self._model.initial)]
        self._move_to(0)

    def _begin_again(self, error):
        """Play the same moves again, without the marks of a function whose marks overlook something."""
        self._question.unmarked.add(error.function)
        moves, at = self._moves, self.at
        self._question.searched(self._begin)
        self.load(moves)
        self._move_to(at)

    @property
    def length(self):
        """Return how many steps are kept, including those after the present position."""
        return len(self._moves)

    @property
    def schedule(self):
        """Return the moves made so far."""
        return tuple(self._moves[: self.at])

    @property
    def choices(self):
        """Return the moves that may come next; none once the game is over."""
        _, moves, fault, problem = self._positions[self.at]
        return () if fault or problem else tuple(moves)

    @property
    def goals(self):
        """Return {name: whether it was true in some state} for each `possible` predicate."""
        return {name: name not in self._judge.missing for name in self._question.possible}

    def make(self, move):
        """Make a move. A function that proves nondeterministic on it ends the game here. Raise ValueError if the move
        is not one of the choices."""
        if move not in self.choices:
            raise ValueError(f"{move!r} cannot come next: choose one of {self.choices}")
        if self._moves[self.at : self.at + 1] != [move]:
            try:
                following = self._enter(self._positions[self.at].moves[move])
            except Nondeterministic as error:
                self._positions[self.at] = self._positions[self.at]._replace(problem=error)
                self._move_to(self.at)
                return
            except Unlike as error:
                self._begin_again(error)
                self.make(move)
                return
            del self._moves[self.at :], self._positions[self.at + 1 :]
            self._moves.append(move)
            self._positions.append(following)
        self._move_to(self.at + 1)

    def go_to(self, step):
        """Go to the position after `step` steps; later steps stay until another move is made. Raise ValueError for any
        other."""
        if not 0 <= step <= self.length:
            raise ValueError(f"step is {step}: give 0 to {self.length}")
        self._move_to(step)

    def restart(self):
        """Go back to the start and forget every move."""
        self._moves, self._positions = [], [self._positions[0]._replace(problem=None)]
        self._move_to(0)

    def load(self, schedule):
        """Play a whole schedule from the start."""
        self.restart()
        for move in schedule:
            self.make(move)

    def _move_to(self, step):
        self.at = step
        self._story = self._ending = None

    def _enter(self, state):
        """Return the Position of a state. Raise Nondeterministic."""
        moves = dict(self._model.successors(state))
        fault = self._judge.fault(state, list(moves.items()))
        if fault or not moves:
            self._behaviour.verify()
        return Position(state, moves, fault, None)

    # In words.

    def story(self):
        """Return the Witness of the moves made."""
        if self._story is None:
            self._story = self._tell(self.schedule)
        return self._story

    def _tell(self, schedule):
        return tell(self._model, self._question.layout, self._names, schedule, title=self._question.title)

    def ending(self):
        """Return the Ending; None while the game goes on."""
        if self._ending is None:
            try:
                self._ending = self._end()
            except Nondeterministic as error:  # a diagnosis runs functions further than the game did
                self._ending = Ending(False, f"fails, nondeterministic: {error}; {DETERMINISTIC}")
            except Unlike as error:
                self._begin_again(error)
                return self.ending()
        return self._ending

    def _end(self):
        state, moves, fault, problem = self._positions[self.at]
        if problem:
            return Ending(False, f"fails, nondeterministic: {problem}; {DETERMINISTIC}")
        if fault:
            faulty = FaultyState(fault, self.schedule, state)
            name = diagnose(self._question, self._model, self.story(), faulty, self._terms, tell).name
            return Ending(False, f"fails, {fault.kind}{f' ({name})' if name else ''}: {self._failing(fault)}")
        if moves:
            return None
        holds = ", and the invariant holds" if self._question.invariant else ""
        content = layout.in_words(self.story().final)
        return Ending(True, f"ok: every process has ended{holds}: {content}".removesuffix(": "))

    def _failing(self, fault):
        if fault.kind == "deadlock":  # the panel shows each process, so each says why it cannot go on
            stuck = [f"P{turn.rank} {turn.reason}" for turn in self.turns() if turn.does]
            return f"{'; '.join(stuck)}. Nobody can go on"
        return fault_in_words(fault, self.story())

    def returned(self):
        """Return the first step after which the state was the same as now; None if there was none."""
        state = self._positions[self.at].state
        return next((step for step in range(self.at) if self._positions[step].state == state), None)

    def turns(self):
        """Return a Turn for each process."""
        return tuple(self._turn(rank) for rank in range(len(self._question.functions)))

    def _turn(self, rank):
        position, steps = self._positions[self.at], self.story().steps
        number, entries, _, phase = position.state[PROCESSES][rank]
        stop = self._behaviour.nodes[number].stop
        ended = number in self._behaviour.ends
        buffer = steps[-1].buffers[rank] if steps else ()
        actions = [action for mover, action in self.choices if mover == rank and action != "go"]
        last = next((step for step in reversed(steps) if step.rank == rank), None)
        loaded = ((f"{last.target} (loaded)", last.value),) if last and last.kind in ops.LOADS and not ended else ()
        return Turn(
            rank=rank,
            does="" if ended and (rank, "go") not in self.choices else self._does(rank, stop.op, phase),
            line=stop.place.line if stop.place else None,
            source=line_of(stop.place),
            reason="" if (rank, "go") in self.choices else self._reason(rank, stop, entries, phase),
            others=tuple((action, self._other_move(action, buffer)) for action in actions),
            registers=(*(stop.place.registers if stop.place else ()), *loaded),
            buffer=buffer,
            last=last.words if last else "",
        )

    def _does(self, rank, op, phase):
        """Return the next operation of a process in words."""
        if op.kind in ops.STORES:
            if op not in self._stores:
                self._stores[op] = self._tell((*self.schedule, (rank, "go"))).steps[-1].words
            return self._stores[op]
        if op.kind in ops.MEMORY:
            return f"{op.kind} {field_at(self._question.layout, op.place, op.size)}"
        if op.kind == "fence":
            return "fence"
        if op.kind in ops.ENDS:
            return "end"
        if op.kind == ops.INVOKE:
            return f"invoke {op.values[0]}({', '.join(map(repr, op.values[1]))})"
        name = self._names[op.place]
        if op.kind == "wait":
            return f"wait on {name}" if phase == READY else f"end the wait on {name}"
        return f"arrive at {name}" if op.kind == "barrier" else f"{op.kind} {name}"

    @staticmethod
    def _other_move(action, buffer):
        """Return a move that is not the process's own next operation, in words."""
        kind, _, number = action.partition(" ")
        if kind == "flush":
            return f"flush {buffer[int(number)]}"
        if kind == "wakes":
            return f"wake P{number}"
        return "wake up for nothing" if action == "wake" else action

    def _reason(self, rank, stop, entries, phase):
        """Return why the next operation of a process cannot come next."""
        state, moves, op = *self._positions[self.at][:2], stop.op
        if state[PROCESSES][rank][NODE] in self._behaviour.ends:
            waiting = ", its store buffer is not empty" if entries else ""
            return standing(self._model, state, rank, self._names) + waiting
        if (rank, "go") in moves:
            return "the game is over"
        if entries:
            return "waits until its own stores have reached memory"
        if op.kind.startswith("notify"):
            return "choose whom it wakes"
        name = self._names[op.place]
        if op.kind == "wait":
            mutex = self._declared[op.place][1].mutex
            woken = f"waits for the mutex of {name}{self._owner_in_words(mutex)}"
            return f"waits on {name}" if phase == WAITING else woken
        return f"waits at {name}" if op.kind == "barrier" else f"waits to {op.kind} {name}{self._owner_in_words(name)}"

    def _owner_in_words(self, name):
        """Return ", held by P0" if an object is a mutex that is held, else ""."""
        number = self._names.index(name)
        owners = isinstance(self._declared[number][1], Mutex) and holders(self._positions[self.at].state, number)
        return f", held by {owners}" if owners else ""

    def objects(self):
        """Return [(name, state in words)] of the synchronization objects."""
        return in_words(self._declared, self._behaviour, self._positions[self.at].state)
