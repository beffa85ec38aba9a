"""A schedule forced, step by step, on real processes with a real segment.

The witness says who goes next; the model says what that step must do. Every process stops at a gate before
each operation (see gate and gated), so the schedule is the one that really happens; and after each step the process's
observation, the bytes of the segment and the counts of the semaphores are compared with the model's. What
this shows of the memory is real; what a witness under TSO or PSO shows happens inside of a processor,
where nobody can force it.
"""

import ctypes
import time

from shmlab import ipc as kernel
from shmlab import layout, primitives, workers
from shmlab.explorer import copies, ops
from shmlab.explorer.check import Terms
from shmlab.explorer.objects import numbered
from shmlab.explorer.synchronization import ARRIVED, READY
from shmlab.explorer.witness import Witness, field_at, standing
from shmlab.gate import GO, PASS, TIME_OUT, WAKE, Gate, Reply, unpacked
from shmlab.gated import pass_through
from shmlab.interrupts import undisturbed
from shmlab.outcome import Outcome, in_words
from shmlab.stage import Stage, flat

_TURNS = {"time out": TIME_OUT, "wake": WAKE}  # every other move of a process is GO


def replay(program, witness, ipc, timeout):
    """The Outcome of a witness's schedule on real processes; see Program.replay."""
    _check_witness(witness)
    undone = [name for name, one in numbered(program.sync) if isinstance(one, primitives.Semaphore) and one.undo]
    if undone and ipc != "sysv":
        raise ValueError(f"semaphore {undone[0]!r} has undo, which System V alone has: replay it with ipc='sysv'")
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
        crashes = sum(what == "crash" for _, what in witness.schedule)
        self._model = Terms(crashes=crashes).model(self._question, self._question.behaviour())
        self._names = self._question.names()
        self._where = "before the first step"
        self._states = self._walk()

    # The model's part, before any process starts.

    def _walk(self):
        """The states that the schedule goes through. Raises RuntimeError where it does not fit the program."""
        states = [self._model.initial]
        for number, (move, told) in enumerate(zip(self._witness.schedule, self._witness.steps, strict=True), 1):
            self._where = f"step {number} of {len(self._witness.schedule)}, P{move[0]} {told.words}"
            following = dict(self._model.successors(states[-1])).get(move)
            if following is None:
                raise self._misfit(f"the schedule says {move[1]!r}", self._stands(states[-1], move[0]))
            self._compare(move, told, states[-1], following)
            states.append(following)
        return states

    def _compare(self, move, told, before, after):
        """Raise RuntimeError unless this step of the program is the one that the witness tells."""
        rank, what = move
        op = self._node(before, rank).op
        if what not in ("crash", *_TURNS) and (op.kind, self._target(op)) != (told.kind, told.target):
            raise self._misfit(f"{told.kind} {told.target}".rstrip(), f"{self._said(op)} of this program")
        memory = layout.values(self._question.layout.from_buffer_copy(after[0]))
        if memory != told.memory:
            raise self._misfit(in_words(told.memory), f"{in_words(memory)} in this program")

    def _node(self, state, rank):
        return self._model.behaviour.nodes[state[2][rank][0]]

    def _target(self, op):
        if op.kind in ops.MEMORY:
            return field_at(self._question.layout, op.place, op.size)
        return "" if op.kind in (*ops.ENDS, "fence") else self._names[op.place]

    def _said(self, op):
        return " ".join(
            filter(None, [op.kind, self._target(op), *(str(one) for one in op.values if op.kind == ops.RAISE)])
        )

    def _stands(self, state, rank):
        if not 0 <= rank < len(state[2]):
            return f"there is no P{rank}"
        return f"P{rank} {standing(self._model, state, rank, self._names)}"

    def _misfit(self, expected, found):
        return RuntimeError(f"{self._where}: expected {expected}; found {found}")

    # The real part.

    def run(self, timeout):
        """Start the processes, force the schedule on them, end those that it leaves; returns the Outcome."""
        stage = gate = group = None
        try:
            with undisturbed():
                stage, gate = Stage(self._program, self._kind), Gate()
                group = workers.start_group(self._calls(stage, gate), deadline_s=timeout)
            elapsed_s = self._force(stage, gate, group)
            self._end(group)
            return self._outcome(stage, group, elapsed_s)
        finally:
            with undisturbed():
                if group is not None:
                    group.kill(why="by an interrupt")
                if gate is not None:
                    gate.close()
                if stage is not None:
                    stage.close()

    def _calls(self, stage, gate):
        question = self._question
        objects = [_with_undo(*pair) for pair in zip(self._objects(stage), flat(question.sync), strict=True)]
        for rank, (function, wanted) in enumerate(zip(question.functions, question.wanted, strict=True)):
            given = wanted, rank, question.sync, stage.layout, stage.memory, objects
            yield pass_through, (gate.address, copies.dumps(function), *given), f"P{rank}", None

    def _objects(self, stage):
        """The kernel objects by number; a Stage has them in the order in which it makes them."""
        return flat({name: stage.sync[name] for name in self._question.sync})

    def _force(self, stage, gate, group):
        """Go through the schedule; returns the seconds it took."""
        self._gate, self._group = gate, group
        self._counts = [
            (number, made) for number, made in enumerate(self._objects(stage)) if isinstance(made, kernel.Semaphore)
        ]
        try:
            gate.welcome(group)
            for rank in range(len(group.workers)):
                self._check(rank, gate.hear(rank), None, self._states[0])
            began = time.monotonic()
            for number, move in enumerate(self._witness.schedule):
                self._where = (
                    f"step {number + 1} of {len(self._states) - 1}, P{move[0]} {self._witness.steps[number].words}"
                )
                self._step(move, self._states[number], self._states[number + 1])
                self._check_kernel(stage, self._states[number + 1])
            return time.monotonic() - began
        except (ChildProcessError, TimeoutError) as error:
            kind = TimeoutError if isinstance(error, TimeoutError) else RuntimeError
            raise kind(f"{self._where}: expected a process to come to its next operation; found that {error}") from None

    def _step(self, move, before, after):
        rank, what = move
        if what == "crash":
            self._group.kill(self._group.workers[rank], why="by kill -9, as the schedule says")
            return
        arrived = before[2][rank][3] < ARRIVED and self._node(before, rank).op.kind == "barrier"
        if arrived and after[2][rank][3] == READY:
            for other, process in enumerate(before[2]):
                if process[3] >= ARRIVED and after[2][other][3] == READY:
                    self._check(other, self._gate.turn(other, PASS, process[3] - ARRIVED), before, after)
            place = self._node(before, rank).op.place
            reply = self._gate.turn(rank, PASS, before[1][place])
        else:
            reply = self._gate.turn(rank, _TURNS.get(what, GO))
        self._check(rank, reply, before, after)

    def _check(self, rank, reply, before, after):
        """Raise RuntimeError unless what a process said is what the model expects of it. `before`: None at first."""
        waits = after[2][rank][3] != READY
        node = self._node(after, rank)
        if before is not None and not waits:
            self._check_seen(rank, reply, self._node(before, rank), node)
        expected = unpacked(Reply(waits, None, node.op).packed())
        if (reply.waits, reply.op) != (expected.waits, expected.op):
            more = " still" if reply.waits else ""
            raise self._misfit(
                f"P{rank} then before {self._said(expected.op)}", f"it{more} before {self._said(reply.op)}"
            )
        if reply.op.kind in ops.ENDS and reply.op.kind != ops.ENDLESS:
            self._group.wait([self._group.workers[rank]])  # what its end does in the kernel is part of the step

    def _check_seen(self, rank, reply, node, following):
        expected = [seen for seen, number in node.after.items() if number == following.number]
        if reply.waits or reply.seen not in expected:
            found = "nothing, as it waits" if reply.waits else repr(reply.seen)
            raise self._misfit(f"P{rank} to observe {' or '.join(map(repr, expected))}", found)

    def _check_kernel(self, stage, state):
        """Raise RuntimeError unless the real memory and the real semaphores are as in the model's state."""
        memory = self._memory(stage)
        if memory != state[0]:
            shown = [in_words(layout.values(stage.layout.from_buffer_copy(raw))) for raw in (state[0], memory)]
            raise self._misfit(f"{shown[0]} in the segment", shown[1])
        for number, made in self._counts:
            if made.value != state[1][number]:
                raise self._misfit(f"{self._names[number]} to hold {state[1][number]}", made.value)

    @staticmethod
    def _memory(stage):
        return bytes(stage.memory.buffer[: ctypes.sizeof(stage.layout)])

    def _end(self, group):
        """End the processes that the schedule has left on their way."""
        for rank, worker in enumerate(group.workers):
            if worker.exit is None:
                group.kill(
                    worker, why=f"by the replay, as it {standing(self._model, self._states[-1], rank, self._names)}"
                )

    def _outcome(self, stage, group, elapsed_s):
        final = self._memory(stage)
        exits = tuple(worker.exit for worker in group.workers)
        why = self._why((final, *self._states[-1][1:]), exits)
        values = layout.values(stage.layout.from_buffer_copy(final))
        output = tuple(worker.output for worker in group.workers)
        return Outcome(values, not why, exits, elapsed_s, why, output, self._kind)

    def _why(self, state, exits):
        """What is wrong at the end, in words. `state`: the model's last, with the bytes of the real segment in it."""
        moves = self._model.successors(state)
        fault = self._question.judge(self._model).fault(state, moves)
        if fault is None:
            return self._why_unfinished(state)
        because = f": {fault.words}" if fault.words else ""
        if fault.kind == "exception":
            return f"P{fault.rank} {exits[fault.rank].words}"
        if fault.kind == "endless":
            return self._stands(state, fault.rank)
        if fault.kind == "deadlock":
            left = [rank for rank, process in enumerate(state[2]) if process[0] not in self._model.behaviour.ends]
            return f"{', '.join(self._stands(state, rank) for rank in left)}: nobody can go on"
        return (
            f"the invariant does not hold{because}"
            if fault.kind == "invariant"
            else f"what must always hold does not{because}"
        )

    def _why_unfinished(self, state):
        """Why a last state with no fault of its own is no good end, or an empty string when it is one."""
        if self._model.over(state):
            return ""
        loop, steps = self._witness.loop, self._witness.steps
        if loop is None:
            return "the schedule ends before every process has finished"
        who = " and ".join(f"P{rank}" for rank in sorted({step.rank for step in steps[loop:]}))
        return f"{who} can go round for ever, steps {loop + 1} to {len(steps)}"


def _with_undo(made, declared):
    """A semaphore as its declaration has it: with System V's undo, where that is declared."""
    undo = isinstance(declared, primitives.Semaphore) and declared.undo and not made.undo
    return type(made).open(made.key, undo=True) if undo else made
