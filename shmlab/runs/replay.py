"""A schedule forced, step by step, on real processes with a real segment.

The witness says who goes next; the model says what that step must do. Every process stops at a gate before
each operation (see gate, stepped_process), so the schedule is the one that really happens; and after each step the
process's observation, the bytes of the segment and the counts of the semaphores are compared with the model's. What
this shows of the memory is real; what a witness under TSO or PSO shows happens inside of a processor,
where nobody can force it.
"""

import ctypes
import time

from shmlab import ipc as kernel
from shmlab import layout
from shmlab.base.interrupts import undisturbed
from shmlab.explorer import ops
from shmlab.explorer.explain.field_names import field_at
from shmlab.explorer.explain.telling import standing
from shmlab.explorer.explain.witness import Witness
from shmlab.explorer.model.model import as_memory
from shmlab.explorer.model.synchronization import ARRIVED, READY
from shmlab.explorer.question import Terms
from shmlab.processes import workers
from shmlab.runs.gate import GO, PASS, TIME_OUT, WAKE, Gate
from shmlab.runs.outcome import Outcome, in_words
from shmlab.runs.stage import Stage, flat
from shmlab.runs.stepped_process import pass_through

_TURNS = {"time out": TIME_OUT, "wake": WAKE}  # every other move of a process is GO


def replay(program, witness, ipc, timeout):
    """The Outcome of a witness's schedule on real processes; see Program.replay."""
    _check_witness(witness)
    return _Replay(program, witness, ipc).run(timeout)


def _check_witness(witness):
    if not isinstance(witness, Witness):
        raise TypeError(f"witness is {witness!r}: give verdict.witness, of a verdict that fails")
    if witness.memory != "sc":
        raise ValueError(
            f"this witness is under {witness.memory.upper()}: it is drawn, not replayed, as no program can force the "
            'hardware\'s buffers; check(memory="sc") gives one that can be replayed, where there is one'
        )
    if len(witness.steps) != len(witness.schedule):
        raise ValueError(f"this witness tells {len(witness.steps)} steps of a schedule of {len(witness.schedule)}")


class _Replay:
    def __init__(self, program, witness, kind):
        self._program, self._witness, self._kind = program, witness, kind
        self._question = program.question()
        self._names = self._question.names()
        crashes = sum(what == "crash" for _, what in witness.schedule)
        self._model = Terms(crashes=crashes).model(self._question, self._question.behaviour(marked=False))
        self._states = self._walk()

    # The model's part, before any process starts.

    def _walk(self):
        """The states that the schedule goes through. Raises RuntimeError where it does not fit the program."""
        states = [self._model.initial]
        for number, move in enumerate(self._witness.schedule):
            self._where = self._step_in_words(number)
            following = dict(self._model.successors(states[-1])).get(move)
            if following is None:
                raise self._misfit("a move that this program can make here", self._there(states[-1], move[0]))
            self._compare(move, self._witness.steps[number], states[-1], following)
            states.append(following)
        return states

    def _compare(self, move, told, before, after):
        """Raise RuntimeError unless this step of the program is the one that the witness tells."""
        rank, what = move
        op = self._node(before, rank).op
        if what not in ("crash", *_TURNS) and (op.kind, self._target(op)) != (told.kind, told.target):
            raise self._misfit(f"{told.kind} {told.target}".rstrip(), f"{self._said(op)} in this program")
        if layout.values(as_memory(self._question.layout, after[0])) != told.memory:
            raise self._misfit(in_words(told.memory), f"{self._shown(after[0])} in this program")

    def _node(self, state, rank):
        return self._model.behaviour.nodes[state[2][rank][0]]

    def _step_in_words(self, number):
        step = self._witness.steps[number]
        return f"step {number + 1} of {len(self._witness.steps)} (P{step.rank} {step.words})"

    def _target(self, op):
        if op.kind in ops.MEMORY:
            return field_at(self._question.layout, op.place, op.size)
        return "" if op.kind in (*ops.ENDS, "fence") else self._names[op.place]

    def _said(self, op):
        """An operation in words: load counter; store counter ← bytes 07 00; compare_exchange flag (0, 1)."""
        values = op.values if op.kind in ops.UPDATES else ""
        if op.kind in ops.STORES:
            values = f"← bytes {op.values[0].hex(' ')}"
        return " ".join(filter(None, [op.kind, self._target(op), str(values)]))

    def _there(self, state, rank):
        known = rank in range(len(state[2]))
        return f"that P{rank} {self._standing(state, rank)}" if known else f"no P{rank} in this program"

    def _standing(self, state, rank):
        return standing(self._model, state, rank, self._names)

    def _misfit(self, expected, found):
        return RuntimeError(f"{self._where}: expected {expected}; found {found}")

    # The real part.

    def run(self, timeout):
        """Start the processes, force the schedule on them, end those that it leaves; returns the Outcome."""
        self._stage = self._gate = self._group = None
        try:
            with undisturbed():
                self._stage = Stage(self._program, self._kind)
                self._gate = Gate()
                self._group = workers.start_group(self._calls(), deadline_s=timeout)
            elapsed_s = self._force()
            self._end()
            return self._outcome(elapsed_s)
        finally:
            with undisturbed():
                if self._group is not None:
                    self._group.kill(why="by an interrupt")
                if self._gate is not None:
                    self._gate.close()
                if self._stage is not None:
                    self._stage.close()

    def _calls(self):
        """What each worker shall do, as start_group takes it."""
        question, stage = self._question, self._stage
        for rank, (function, wanted) in enumerate(zip(question.functions, question.wanted, strict=True)):
            given = wanted, rank, question.sync, stage.layout, stage.memory, self._objects()
            yield pass_through, (self._gate.address, question.copies[function].travelling, *given), f"P{rank}", None

    def _objects(self):
        """The kernel objects by number; a Stage has them in the order in which it makes them."""
        return flat({name: self._stage.sync[name] for name in self._question.sync})

    def _force(self):
        """Go through the schedule; returns the seconds it took. Raises RuntimeError or TimeoutError."""
        moves, states = self._witness.schedule, self._states
        try:
            self._where = "before the first step"
            self._gate.welcome(self._group)
            for rank in range(len(self._group.workers)):
                self._check_stands(rank, self._gate.hear(rank), states[0])
            began = time.monotonic()
            for number, (move, before, after) in enumerate(zip(moves, states, states[1:], strict=False)):
                self._where = self._step_in_words(number)
                self._step(move, before, after)
                self._check_kernel(after)
            return time.monotonic() - began
        except (ChildProcessError, TimeoutError) as error:
            kind = TimeoutError if isinstance(error, TimeoutError) else RuntimeError
            raise kind(f"{self._where}: expected every process at its next operation; found that {error}") from None

    def _step(self, move, before, after):
        rank, what = move
        if what == "crash":
            self._group.kill(self._group.workers[rank], why="by kill -9, as the schedule says")
            return
        turns = {rank: (_TURNS.get(what, GO), 0)}
        op = self._node(before, rank).op
        if op.kind == "barrier" and what == "go" and after[2][rank][3] == READY:  # the last to come lets all pass
            turns = {
                other: (PASS, process[3] - ARRIVED)
                for other, process in enumerate(before[2])
                if process[3] >= ARRIVED and after[2][other][3] == READY
            } | {rank: (PASS, before[1][op.place])}
        for other, turn in turns.items():
            reply = self._gate.turn(other, *turn)
            self._check_seen(other, reply, before, after)
            self._check_stands(other, reply, after)

    def _check_seen(self, rank, reply, before, after):
        """Raise RuntimeError unless a process observed what the model says that it does in this step."""
        if after[2][rank][3] != READY:
            return  # it has begun to wait, and observes nothing yet
        expected = [seen for seen, number in self._node(before, rank).after.items() if number == after[2][rank][0]]
        if reply.waits or reply.seen not in expected:
            found = self._found(rank, reply) if reply.waits or reply.seen is None else repr(reply.seen)
            raise self._misfit(f"P{rank} to observe {' or '.join(map(repr, expected))}", found)

    def _check_stands(self, rank, reply, state):
        """Raise RuntimeError unless a process stands where it does in the model's state; wait until it has ended
        if that is an end, as what the kernel does then belongs to the step."""
        op = self._node(state, rank).op
        if (reply.waits, reply.op) != (state[2][rank][3] != READY, op):
            raise self._misfit(f"P{rank} before its {self._said(op)}", self._found(rank, reply))
        if op.kind in (ops.END, ops.RAISE):
            self._group.wait([self._group.workers[rank]])

    def _found(self, rank, reply):
        """Where a process really is, in words."""
        if reply.op.kind in (ops.END, ops.RAISE):
            worker = self._group.workers[rank]
            self._group.wait([worker])
            return f"it {worker.exit.words}"
        return f"it {'waits in' if reply.waits else 'before'} its {self._said(reply.op)}"

    def _check_kernel(self, state):
        """Raise RuntimeError unless the real memory and the real semaphores are as in the model's state."""
        memory = self._memory()
        if memory != state[0]:
            raise self._misfit(f"{self._shown(state[0])} in the segment", self._shown(memory))
        for number, made in enumerate(self._objects()):
            if isinstance(made, kernel.Semaphore) and made.value != state[1][number]:
                raise self._misfit(f"{self._names[number]} with {state[1][number]} units", f"it with {made.value}")

    def _memory(self):
        return bytes(self._stage.memory.buffer[: ctypes.sizeof(self._stage.layout)])

    def _shown(self, raw):
        return in_words(layout.values(as_memory(self._question.layout, raw)))

    def _end(self):
        """End the processes that the schedule has left on their way."""
        for rank, worker in enumerate(self._group.workers):
            if worker.exit is None:
                self._group.kill(worker, why=f"by the replay, as it {self._standing(self._states[-1], rank)}")

    def _outcome(self, elapsed_s):
        final = self._memory()
        exits = tuple(worker.exit for worker in self._group.workers)
        why = self._why((final, *self._states[-1][1:]), exits)
        values = layout.values(as_memory(self._question.layout, final))
        output = tuple(worker.output for worker in self._group.workers)
        return Outcome(values, not why, exits, elapsed_s, why, output, self._kind)

    def _why(self, state, exits):
        """What is wrong at the end, in words. `state`: the model's last, with the bytes of the real segment in it."""
        fault = self._question.judge(self._model).fault(state, self._model.successors(state))
        if fault is None:
            return self._why_unfinished(state)
        because = f": {fault.words}" if fault.words else ""
        if fault.kind == "invariant":
            return f"the invariant does not hold{because}"
        if fault.kind == "always":
            return f"a rule is broken that must always hold{because}"
        if fault.kind == "exception":
            return f"P{fault.rank} {exits[fault.rank].words}"
        if fault.kind == "endless":
            return f"P{fault.rank} {self._standing(state, fault.rank)}"
        left = [rank for rank, process in enumerate(state[2]) if process[0] not in self._model.behaviour.ends]
        return f"{', '.join(f'P{rank} {self._standing(state, rank)}' for rank in left)}: nobody can go on"

    def _why_unfinished(self, state):
        """Why a last state with no fault of its own is no good end, or an empty string when it is one."""
        if self._model.over(state):
            return ""
        loop, steps = self._witness.loop, self._witness.steps
        if loop is None:
            return "the schedule ends before every process has finished"
        who = " and ".join(f"P{rank}" for rank in sorted({step.rank for step in steps[loop:]}))
        return f"{who} can go round for ever, steps {loop + 1} to {len(steps)}"
