"""Force a schedule, step by step, on real processes with a real segment.

A replay shows that a failure found in the model happens in reality, too. The witness says which process goes next, and
the model says what that step must do. Every process stops at a gate before each operation (see gate, stepped_process),
so exactly this schedule happens. After each step the process's observation, the bytes of the segment and the counts of
the semaphores are compared with the model's. A witness under TSO or PSO cannot be replayed: its reordering happens
inside a processor, where no program can force it.
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
from shmlab.explorer.model.state import HOLDS
from shmlab.explorer.model.synchronization import ARRIVED, READY
from shmlab.explorer.ops import Op
from shmlab.explorer.question import Terms
from shmlab.processes import workers
from shmlab.runs.gate import GO, PASS, TIME_OUT, WAKE, Gate
from shmlab.runs.outcome import Outcome, content_in_words
from shmlab.runs.stage import Stage, flat
from shmlab.runs.stepped_process import pass_through

_TURNS = {"time out": TIME_OUT, "wake": WAKE}  # every other move is GO


def replay(program, witness, ipc, timeout):
    """Run a witness's schedule on real processes and return the Outcome; see Program.replay."""
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
        crashes = sum(move == "crash" for _, move in witness.schedule)
        self._model = Terms(crashes=crashes).model(self._question, self._question.behaviour(marked=False))
        self._states = self._walk()

    # The model's part, before any process starts.

    def _walk(self):
        """Return the model's states along the schedule. Raises RuntimeError if it does not fit the program."""
        states = [self._model.initial]
        for number, move in enumerate(self._witness.schedule):
            self._where = self._step_in_words(number)
            following = dict(self._model.successors(states[-1])).get(move)
            if following is None:
                raise self._misfit(
                    "a move that this program can make here", self._standing_or_missing(states[-1], move[0])
                )
            self._compare(move, self._witness.steps[number], states[-1], following)
            states.append(following)
        return states

    def _compare(self, move, expected, before, after):
        """Raise RuntimeError unless this step of the program is the witness's step `expected`."""
        rank, kind = move
        op = self._node(before, rank).op
        told = ops.END if op.kind in ops.ENDS else op.kind
        if kind not in ("crash", *_TURNS) and (told, self._target(op)) != (expected.kind, expected.target):
            raise self._misfit(
                f"{expected.kind} {expected.target}".rstrip(), f"{self._op_in_words(op)} in this program"
            )
        if layout.values(as_memory(self._question.layout, after[0])) != expected.memory:
            raise self._misfit(content_in_words(expected.memory), f"{self._shown(after[0])} in this program")

    def _node(self, state, rank):
        return self._model.behaviour.nodes[state[2][rank][0]]

    def _step_in_words(self, number):
        step = self._witness.steps[number]
        return f"step {number + 1} of {len(self._witness.steps)} (P{step.rank} {step.words})"

    def _target(self, op):
        if op.kind in ops.MEMORY:
            return field_at(self._question.layout, op.place, op.size)
        return "" if op.kind in ops.ENDS | ops.WITHOUT_PLACE else self._names[op.place]

    def _op_in_words(self, op):
        """Return an operation as text: load counter; store counter ← bytes 07 00; compare_exchange flag (0, 1)."""
        values = op.values if op.kind in ops.UPDATES else ""
        if op.kind in ops.STORES:
            values = f"← bytes {op.values[0].hex(' ')}"
        return " ".join(filter(None, [op.kind, self._target(op), str(values)]))

    def _standing_or_missing(self, state, rank):
        exists = rank in range(len(state[2]))
        return f"that P{rank} {self._standing(state, rank)}" if exists else f"no P{rank} in this program"

    def _standing(self, state, rank):
        return standing(self._model, state, rank, self._names)

    def _misfit(self, expected, found):
        return RuntimeError(f"{self._where}: expected {expected}; found {found}")

    # The real part.

    def run(self, timeout):
        """Start the processes, force the schedule on them, end those still running, and return the Outcome."""
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
        """Yield the call of each worker, for start_group."""
        question, stage = self._question, self._stage
        for rank, (function, wanted) in enumerate(zip(question.functions, question.wanted, strict=True)):
            arguments = wanted, rank, question.sync, stage.layout, stage.memory, self._objects()
            yield pass_through, (self._gate.address, question.copies[function].travelling, *arguments), f"P{rank}", None

    def _objects(self):
        """Return the kernel objects by their numbers in the model."""
        return flat({name: self._stage.sync[name] for name in self._question.sync})

    def _force(self):
        """Force the schedule and return the seconds that it took. Raises RuntimeError or TimeoutError."""
        moves, states = self._witness.schedule, self._states
        try:
            self._where = "before the first step"
            self._gate.accept_all(self._group)
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
        rank, kind = move
        if kind == "crash":
            self._group.kill(self._group.workers[rank], why="by kill -9, as the schedule says")
            return
        op = self._node(before, rank).op
        if op.kind in ops.ENDS:
            self._let_end(rank)
            return
        turns = {rank: (_TURNS.get(kind, GO), 0)}
        if op.kind == "barrier" and kind == "go" and after[2][rank][3] == READY:  # the last to arrive opens the barrier
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
        """Raise RuntimeError unless a process observed in this step what the model allows."""
        if after[2][rank][3] != READY:
            return  # it has begun to wait and has observed nothing yet
        now, known = after[2][rank][0], self._node(before, rank).after
        expected = [seen for seen, number in known.items() if self._model.settled(number) == now]
        if reply.waits or reply.seen not in expected:
            actual = self._place_in_words(rank, reply) if reply.waits or reply.seen is None else repr(reply.seen)
            raise self._misfit(f"P{rank} to observe {' or '.join(map(repr, expected))}", actual)

    def _check_stands(self, rank, reply, state):
        """Raise RuntimeError unless a process stands before the same operation as in the model's state.

        One that stands at its end ends at once, unless the kernel gives something back then: that is a step of its own.
        """
        op = self._node(state, rank).op
        if op.kind == ops.INVOKE:
            op = Op(ops.INVOKE)  # its arguments stay in the process
        if (reply.waits, reply.op) != (state[2][rank][3] != READY, op):
            raise self._misfit(f"P{rank} before its {self._op_in_words(op)}", self._place_in_words(rank, reply))
        if op.kind in (ops.END, ops.RAISE) and not state[2][rank][HOLDS]:
            self._let_end(rank)

    def _let_end(self, rank):
        """Let a process end that stands at its end, and wait until it has."""
        self._gate.send(rank, GO)
        self._group.wait([self._group.workers[rank]])

    def _place_in_words(self, rank, reply):
        """Return where a process really is, as text."""
        if reply.op.kind in (ops.END, ops.RAISE):
            self._let_end(rank)
            return f"it {self._group.workers[rank].exit.words}"
        return f"it {'waits in' if reply.waits else 'before'} its {self._op_in_words(reply.op)}"

    def _check_kernel(self, state):
        """Raise RuntimeError unless the real memory and semaphores are as in the model's state."""
        memory = self._memory()
        if memory != state[0]:
            raise self._misfit(f"{self._shown(state[0])} in the segment", self._shown(memory))
        for number, each in enumerate(self._objects()):
            if isinstance(each, kernel.Semaphore) and each.value != state[1][number]:
                raise self._misfit(f"{self._names[number]} with {state[1][number]} units", f"it with {each.value}")

    def _memory(self):
        return bytes(self._stage.memory.buffer[: ctypes.sizeof(self._stage.layout)])

    def _shown(self, raw):
        return content_in_words(layout.values(as_memory(self._question.layout, raw)))

    def _end(self):
        """End the processes that still run after the schedule."""
        for rank, worker in enumerate(self._group.workers):
            if worker.exit is None and self._node(self._states[-1], rank).op.kind in (ops.END, ops.RAISE):
                self._let_end(rank)
            elif worker.exit is None:
                self._group.kill(worker, why=f"by the replay, as it {self._standing(self._states[-1], rank)}")

    def _outcome(self, elapsed_s):
        final = self._memory()
        exits = tuple(worker.exit for worker in self._group.workers)
        why = self._why((final, *self._states[-1][1:]), exits)
        values = layout.values(as_memory(self._question.layout, final))
        output = tuple(worker.output for worker in self._group.workers)
        return Outcome(values, not why, exits, elapsed_s, why, output, self._kind)

    def _why(self, state, exits):
        """Return what is wrong at the end, as text, or "".

        `state`: the model's last state with the bytes of the real segment.
        """
        fault = self._question.judge(self._model).fault(state, self._model.successors(state))
        if fault is None:
            return self._why_unfinished(state)
        because = f": {fault.words}" if fault.words else ""
        if fault.kind == "invariant":
            return f"the invariant does not hold{because}"
        if fault.kind == "always":
            return f"a rule is broken that must always hold{because}"
        if fault.kind == "not linearizable":
            return self._witness.history.why
        if fault.kind == "exception":
            return f"P{fault.rank} {exits[fault.rank].words}"
        if fault.kind == "endless":
            return f"P{fault.rank} {self._standing(state, fault.rank)}"
        blocked = [rank for rank, process in enumerate(state[2]) if process[0] not in self._model.behaviour.ends]
        return f"{', '.join(f'P{rank} {self._standing(state, rank)}' for rank in blocked)}: nobody can go on"

    def _why_unfinished(self, state):
        """Return why a last state without a fault is not a good end, or "" if it is one."""
        if self._model.over(state):
            return ""
        loop, steps = self._witness.loop, self._witness.steps
        if loop is None:
            return "the schedule ends before every process has finished"
        who = " and ".join(f"P{rank}" for rank in sorted({step.rank for step in steps[loop:]}))
        return f"{who} can go round for ever, steps {loop + 1} to {len(steps)}"
