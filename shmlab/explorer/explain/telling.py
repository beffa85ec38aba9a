"""Turn a schedule into a Witness: follow each move on the model and describe it."""

import dataclasses
import sys

from shmlab import layout
from shmlab.explorer import ops
from shmlab.explorer.diagnosis.stale_acts import lost_updates
from shmlab.explorer.execution.process import ENDLESS_ROUNDS
from shmlab.explorer.explain.field_names import field_at, number_at
from shmlab.explorer.explain.history import Call, of_calls
from shmlab.explorer.explain.witness import Step, Witness
from shmlab.explorer.model import memory_models
from shmlab.explorer.model.behaviour import CRASHED
from shmlab.explorer.model.histories import EndlessRecursion, GivenUp, Nondeterministic
from shmlab.explorer.model.model import as_memory
from shmlab.explorer.model.state import BUFFER, HOLDS, MEMORY, NODE, PHASE, PROCESSES
from shmlab.explorer.model.synchronization import ARRIVED, READY, WAITING, WOKEN
from shmlab.explorer.search import search
from shmlab.explorer.source.sources import line_of


def tell(model, layout_type, names, schedule, *, title, loop=None):
    """Return the Witness of a schedule, with all its steps as its core. `names`: those of the synchronization objects.
    `loop`: the index of the step where a livelock's cycle begins, or None."""
    teller = _Teller(model, layout_type, names)
    steps = tuple(teller.step(move) for move in schedule)
    teller.close()
    state = teller.state
    return Witness(
        schedule=tuple(schedule),
        steps=steps,
        core=tuple(range(len(steps))),
        preemptions=sum(step.preempts for step in steps),
        final=layout.values(as_memory(layout_type, state[MEMORY])),
        ends=tuple(standing(model, state, rank, names) for rank in range(len(state[PROCESSES]))),
        loop=loop,
        memory=model.kind,
        title=title,
        initial=layout.values(as_memory(layout_type, model.initial[MEMORY])),
        raw=state[MEMORY],
        updates=_updates(model, teller.states, schedule),
        history=teller.history(title),
    )


def _updates(model, states, schedule):
    """Return the lost updates in a schedule; none for a function that does not do the same again, which could not be
    analysed."""
    if model.kind != "sc":
        return ()
    try:
        return lost_updates(model, states, schedule)
    except (Nondeterministic, EndlessRecursion, GivenUp):
        return ()


class _Walk:
    """One process on its way through a schedule. Histories that share a node have the same future but not the same
    past: only the very history of this schedule can say what the local variables were."""

    def __init__(self, behaviour, rank):
        self._execution, self.stop = behaviour.begin(rank)

    def place(self, node):
        """Return where the process stands; it is at `node`."""
        return self.stop.place if self.stop.op == node.op else node.stop.place

    def go_on(self, observation):
        """Let the process observe `observation`, and run to its next operation."""
        self.stop = self._execution.resume(observation)

    def close(self):
        self._execution.close()


class _Teller:
    """Follow a schedule and describe each move."""

    def __init__(self, model, layout_type, names):
        self._model, self._layout, self._names = model, layout_type, names
        self.state = model.initial
        self.states = [self.state]
        self.calls, self.invoked = [], []
        self._last = None
        self._walks = [_Walk(model.behaviour, rank) for rank in range(len(model.initial[PROCESSES]))]

    def close(self):
        for walk in self._walks:
            walk.close()

    def history(self, title):
        """Return the History of what was followed; None for a program without a specification."""
        if self._model.linearization is None:
            return None
        return of_calls(title, tuple(self.calls), self._model.linearization, self.invoked, len(self.states) - 1)

    def step(self, move):
        before = self.state
        moves = self._model.successors(before)
        self.state, self._observed = self._model.move_and_observe(before, move)
        self.states.append(self.state)
        step = self._describe(move, before, self._preempts(move, moves))
        for rank, observation in self._observed.items():
            walk = self._walks[rank]
            walk.go_on(observation)
            step = self._with_responses(step, rank, walk)
        return step

    def _with_responses(self, step, rank, walk):
        """Note the operation that begins with a step and those that end with it; return the step, which tells the
        latter in its words."""
        number = len(self.states) - 2
        if step.kind == ops.INVOKE and step.rank == rank:
            self.invoked.append(step.value)
            arguments = ", ".join(map(repr, step.value[1]))
            self.calls.append(Call(rank, step.value[0], arguments, None, number, None))
            step = dataclasses.replace(step, value=None)
        while walk.stop.op.kind == ops.RESPOND:
            mine = [index for index, call in enumerate(self.calls) if (call.rank, call.last) == (rank, None)]
            for index in mine:
                self.calls[index] = self.calls[index]._replace(result=repr(walk.stop.op.values[0]), last=number)
                step = dataclasses.replace(step, words=f"{step.words}; {self.calls[index].words}")
            walk.go_on(None)
        return step

    def _preempts(self, move, moves):
        """Return whether a move is a preemption, and remember which process moved last."""
        rank, action = move
        is_own = search.is_own(action)
        preempts = is_own and rank != self._last and search.could_go_on(self._last, moves)
        self._last = rank if is_own else self._last
        return preempts

    def _describe(self, move, before, preempts):
        """Return the Step of a move that was made in the state `before`."""
        rank, action = move
        node = self._model.behaviour.nodes[before[PROCESSES][rank][NODE]]
        place = self._walks[rank].place(node)
        kind, offset, size = node.op.kind, 0, 0
        if action.startswith("flush"):
            kind, place = "flush", None
            offset, size, raw, _ = before[PROCESSES][rank][BUFFER][int(action.split()[1])]
            target, value = field_at(self._layout, offset, size), number_at(self._layout, offset, raw)
            words = f"{target} ← {value} reaches memory"
        elif action == "crash":
            kind, target, value, words = "crash", "", None, "is killed"
        elif action in ("time out", "wake"):
            kind, target, value = action, self._names[node.op.place], None
            goal = f"{node.op.kind} {target}".replace("barrier ", "wait at ").replace("wait ", "wait on ", 1)
            words = f"{goal} times out" if action == "time out" else f"wakes up for nothing on {target}"
        elif kind in ops.MEMORY:
            offset, size = node.op.place, node.op.size
            target, value, words = self._memory_words(node, before, rank)
        elif kind in ops.ENDS:
            kind, target, value, words = ops.END, "", None, f"ends: {self._given_back(before, rank)}"
        elif kind == ops.INVOKE:
            target, value = "", node.op.values
            words = f"invokes {value[0]}({', '.join(map(repr, value[1]))})"
        else:
            target = "" if kind == "fence" else self._names[node.op.place]
            value, words = self._sync_words(kind, target, before, rank, action, node)
        memory = layout.values(as_memory(self._layout, self.state[MEMORY]))
        buffers = tuple(
            tuple(self._store_in_words(entry) for entry in process[BUFFER]) for process in self.state[PROCESSES]
        )
        span = place.span if place else ()
        return Step(rank, kind, target, value, words, *_source(place), memory, buffers, preempts, offset, size, span)

    def _given_back(self, before, rank):
        """Return in words what the kernel gives back for a process that ends."""
        return ", ".join(
            f"{self._names[number]} has lost its owner"
            if number in self._model.mutexes
            else f"{abs(units)} of {self._names[number]} {'given' if units > 0 else 'taken'} back"
            for number, units in before[PROCESSES][rank][HOLDS]
        )

    def _memory_words(self, node, before, rank):
        kind, offset, size, values = node.op
        name = field_at(self._layout, offset, size)
        if kind in ops.STORES:
            value = number_at(self._layout, offset, values[0])
            late = " (into its buffer)" if self._model.kind != "sc" else ""
            return name, value, f"{kind} {name} ← {value}{late}"
        raw = memory_models.load(before[MEMORY], before[PROCESSES][rank][BUFFER], offset, size)
        old = number_at(self._layout, offset, raw)
        if kind in ops.LOADS:
            return name, old, f"{kind} {name} → {old}"
        new = number_at(self._layout, offset, self.state[MEMORY][offset : offset + size])
        if kind == "compare_exchange" and int.from_bytes(raw, sys.byteorder) != values[0]:
            return name, False, f"compare_exchange {name} fails: it is {old}"
        return name, old if kind != "compare_exchange" else True, f"{kind} {name}: {old} → {new}"

    def _sync_words(self, kind, target, before, rank, action, node):
        if kind == "fence":
            return None, "fence"
        phase = before[PROCESSES][rank][PHASE]
        if kind == "wait":
            started = self.state[PROCESSES][rank][PHASE] == WAITING and phase == READY
            goal = f"wait on {target}"
            return None, f"{goal}: gives the mutex back" if started else f"{goal} ends: has the mutex again"
        if kind == "barrier":
            waits = self.state[PROCESSES][rank][PHASE] >= ARRIVED
            return None, f"arrives at {target}" + ("" if waits else ": all may pass")
        if kind.startswith("notify"):
            return None, f"{kind} {target}{self._whom(rank, before)}"
        answer = self._observed.get(rank)
        if kind in ("try_acquire", "value"):
            return answer, f"{kind} {target} → {answer}"
        return answer, f"{kind} {target}" + (f": {answer}" if isinstance(answer, str) else "")

    def _whom(self, rank, before):
        """Return in words which processes a notification wakes; nothing where it was refused."""
        if isinstance(self._observed.get(rank), str):
            return ""
        both = zip(before[PROCESSES], self.state[PROCESSES], strict=True)
        woken = [f"P{one}" for one, (was, now) in enumerate(both) if (was[PHASE], now[PHASE]) == (WAITING, WOKEN)]
        return f": wakes {', '.join(woken)}" if woken else ": nobody waits"

    def _store_in_words(self, entry):
        offset, size, raw, _ = entry
        return f"{field_at(self._layout, offset, size)} ← {number_at(self._layout, offset, raw)}"


def _raised_in(stop):
    """Return the line in which a process raised an exception, in words. The line's code is added unless the exception
    has a message that says what was wrong, as an assertion may have."""
    if not stop.place:
        return ""
    tells = stop.problem[0] == "AssertionError" and stop.problem[1]
    return f", in line {stop.place.line}," if tells else f", in line {stop.place.line} ({line_of(stop.place)}),"


def standing(model, state, rank, names):
    """Return how a process stands in a state, in words: finished, waits to acquire fork[1], raised ValueError: …"""
    number, _, _, phase = state[PROCESSES][rank]
    if number == CRASHED:
        return "was killed"
    stop = model.behaviour.nodes[number].stop
    kind = stop.op.kind
    if kind == ops.END:
        return "is at its end" if state[PROCESSES][rank][HOLDS] else "finished"
    if kind == ops.RAISE:
        if stop.problem[0] == "SystemExit":
            return f"ended with exit code {stop.problem[1]}" + (f" in line {stop.place.line}" if stop.place else "")
        return f"raised{_raised_in(stop)} {': '.join(filter(None, stop.problem))}"
    line = f" in line {stop.place.line}" if stop.place else ""
    if kind == ops.ENDLESS:
        return f"loops without a step for {ENDLESS_ROUNDS:,} rounds{line}"
    if not can_go(model, state, rank):
        name = names[stop.op.place] if kind not in ops.WITHOUT_PLACE else ""
        if kind == "wait":
            goal = f"waits on {name}" if phase == WAITING else f"waits for the mutex of {name}"
        else:
            goal = f"waits at {name}" if kind == "barrier" else f"waits to {kind} {name}".rstrip()
        return goal + line
    return f"is before its {kind}{line}"


def _source(place):
    """Return the parts of a Step that come from a Place: line, source, function, file, registers."""
    if place is None:
        return None, "", "", "", ()
    return place.line, line_of(place), place.function, place.file, place.registers


def can_go(model, state, rank):
    """Return whether a process has a step of its own to take, other than a spurious wake-up."""
    return any(mover == rank and action not in ("wake", "crash") for (mover, action), _ in model.successors(state))
