"""A schedule made into a Witness: each step gone through on the model, and told."""

import sys

from shmlab import layout
from shmlab.explorer import ops
from shmlab.explorer.diagnosis.stale_acts import lost_updates
from shmlab.explorer.explain.field_names import field_at, number_at
from shmlab.explorer.explain.witness import Step, Witness
from shmlab.explorer.model import memory_models
from shmlab.explorer.model.behaviour import CRASHED
from shmlab.explorer.model.histories import EndlessRecursion, Nondeterministic
from shmlab.explorer.model.model import as_memory
from shmlab.explorer.model.state import BUFFER, MEMORY, NODE, PHASE, PROCESSES
from shmlab.explorer.model.synchronization import ARRIVED, READY, WAITING, WOKEN
from shmlab.explorer.search import search
from shmlab.explorer.source.sources import line_of


def tell(model, layout_type, names, schedule, *, title, loop=None):
    """The Witness of a schedule, its core still all of it. `names`: of the synchronization objects."""
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
    )


def _updates(model, states, schedule):
    """The lost updates in a schedule. A function that does not do the same twice has none that could be told."""
    if model.kind != "sc":
        return ()
    try:
        return lost_updates(model, states, schedule)
    except (Nondeterministic, EndlessRecursion):
        return ()


class _Walk:
    """One process on its way through a schedule. Histories that met have one future, and not one past: what its local
    variables were, only the same history can say."""

    def __init__(self, behaviour, rank):
        self._execution, self._stop = behaviour.begun(rank)

    def place(self, node):
        """Where the process stands, which is at `node`."""
        return self._stop.place if self._stop.op == node.op else node.stop.place

    def go_on(self, observation):
        """Let the process observe that."""
        self._stop = self._execution.resume(observation)

    def close(self):
        self._execution.close()


class _Teller:
    """Goes through a schedule and puts each move into words."""

    def __init__(self, model, layout_type, names):
        self._model, self._layout, self._names = model, layout_type, names
        self.state = model.initial
        self.states = [self.state]
        self._last = None
        self._walks = [_Walk(model.behaviour, rank) for rank in range(len(model.initial[PROCESSES]))]

    def close(self):
        for walk in self._walks:
            walk.close()

    def step(self, move):
        before = self.state
        moves = self._model.successors(before)
        self.state, self._observed = self._model.taken(before, move)
        self.states.append(self.state)
        told = self._told_of(move, before, moves)
        for rank, observation in self._observed.items():
            self._walks[rank].go_on(observation)
        return told

    def _told_of(self, move, before, moves):
        rank, what = move
        mine = search.is_own(what)
        preempts = mine and rank != self._last and search.could_go_on(self._last, moves)
        self._last = rank if mine else self._last
        return self._told(move, before, preempts)

    def _told(self, move, before, preempts):
        rank, what = move
        node = self._model.behaviour.nodes[before[PROCESSES][rank][NODE]]
        place = self._walks[rank].place(node)
        kind, offset, size = node.op.kind, 0, 0
        if what.startswith("flush"):
            kind, place = "flush", None
            offset, size, raw, _ = before[PROCESSES][rank][BUFFER][int(what.split()[1])]
            target, value = field_at(self._layout, offset, size), number_at(self._layout, offset, raw)
            words = f"{target} ← {value} reaches memory"
        elif what == "crash":
            kind, target, value, words = "crash", "", None, "is killed"
        elif what in ("time out", "wake"):
            kind, target, value = what, self._names[node.op.place], None
            goal = f"{node.op.kind} {target}".replace("barrier ", "wait at ").replace("wait ", "wait on ", 1)
            words = f"{goal} times out" if what == "time out" else f"wakes up for nothing on {target}"
        elif kind in ops.MEMORY:
            offset, size = node.op.place, node.op.size
            target, value, words = self._memory_words(node, before, rank)
        else:
            target = "" if kind == "fence" else self._names[node.op.place]
            value, words = self._sync_words(kind, target, before, rank, what, node)
        shown = layout.values(as_memory(self._layout, self.state[MEMORY]))
        buffers = tuple(tuple(self._waiting(one) for one in process[BUFFER]) for process in self.state[PROCESSES])
        span = place.span if place else ()
        return Step(rank, kind, target, value, words, *_source(place), shown, buffers, preempts, offset, size, span)

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

    def _sync_words(self, kind, target, before, rank, what, node):
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
        """Whom a notification wakes, in words; nothing where it was refused."""
        if isinstance(self._observed.get(rank), str):
            return ""
        both = zip(before[PROCESSES], self.state[PROCESSES], strict=True)
        woken = [f"P{one}" for one, (was, now) in enumerate(both) if (was[PHASE], now[PHASE]) == (WAITING, WOKEN)]
        return f": wakes {', '.join(woken)}" if woken else ": nobody waits"

    def _waiting(self, entry):
        offset, size, raw, _ = entry
        return f"{field_at(self._layout, offset, size)} ← {number_at(self._layout, offset, raw)}"


def _raised_in(stop):
    """The line in which a process raised something; its code only where the exception has no words of its own to say
    what was not so, as an assertion has."""
    if not stop.place:
        return ""
    tells = stop.problem[0] == "AssertionError" and stop.problem[1]
    return f", in line {stop.place.line}," if tells else f", in line {stop.place.line} ({line_of(stop.place)}),"


def standing(model, state, rank, names):
    """How a process stands in a state: finished, waits to acquire fork[1], raised ValueError: …"""
    number, _, _, phase = state[PROCESSES][rank]
    if number == CRASHED:
        return "was killed"
    stop = model.behaviour.nodes[number].stop
    kind = stop.op.kind
    if kind == ops.END:
        return "finished"
    if kind == ops.RAISE:
        if stop.problem[0] == "SystemExit":
            return f"ended with exit code {stop.problem[1]}" + (f" in line {stop.place.line}" if stop.place else "")
        return f"raised{_raised_in(stop)} {': '.join(filter(None, stop.problem))}"
    line = f" in line {stop.place.line}" if stop.place else ""
    if kind == ops.ENDLESS:
        return f"loops without a step{line}"
    if not can_go(model, state, rank):
        name = names[stop.op.place] if kind != "fence" else ""
        if kind == "wait":
            goal = f"waits on {name}" if phase == WAITING else f"waits for the mutex of {name}"
        else:
            goal = f"waits at {name}" if kind == "barrier" else f"waits to {kind} {name}".rstrip()
        return goal + line
    return f"is before its {kind}{line}"


def _source(place):
    """What a Step has of a Place: line, source, function, file, registers."""
    if place is None:
        return None, "", "", "", ()
    return place.line, line_of(place), place.function, place.file, place.registers


def can_go(model, state, rank):
    """Whether a process has a step of its own to take, other than waking up for nothing."""
    return any(who == rank and what not in ("wake", "crash") for (who, what), _ in model.successors(state))
