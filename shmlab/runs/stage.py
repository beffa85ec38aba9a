"""The stage of one run: its kernel objects, and what each process does on it."""

import contextlib
import ctypes
import os
import time

from shmlab import ipc, layout, primitives
from shmlab.base import verbs
from shmlab.ipc.barrier import BARRIER_BYTES
from shmlab.ipc.slot import SLOT_BYTES


class _Line(ctypes.Structure):
    """One process's place at the start line, on a cache line of its own. Times are CLOCK_MONOTONIC."""

    __slots__ = ()
    _fields_ = (
        ("ready", ctypes.c_int64),
        ("running", ctypes.c_int64),
        ("began_ns", ctypes.c_int64),
        ("ended_ns", ctypes.c_int64),
        ("unused", ctypes.c_int64 * 4),
    )


class Stage:
    """The kernel objects of one run: made before the processes start, destroyed after they ended."""

    def __init__(self, program, kind):
        self._kind = kind
        self._made = []
        self.layout = type(program.initial)
        self.sync = {}
        try:
            self._build(program)
        except BaseException:
            self.close()
            raise

    def _build(self, program):
        self.memory = self._segment(ctypes.sizeof(self.layout))
        self.memory.buffer[: ctypes.sizeof(self.layout)] = layout.buffer(program.initial)
        # The start line and the mutexes stand beside the learner's memory, not in it.
        self._free = program.processes * ctypes.sizeof(_Line)
        everybody = primitives.Barrier(program.processes)
        self.control = self._segment(self._free + sum(map(_slot_bytes, [everybody, *flat(program.sync)])))
        self._lines = self.control.view(_Line * program.processes)
        self.start = self._make(everybody)
        for conditions in (False, True):  # conditions last: each needs its mutex
            for name, declared in program.sync.items():
                self._make_all(name, declared, conditions)

    def _make_all(self, name, declared, conditions):
        """Make the objects behind one name: the conditions among them, or the others."""
        if not isinstance(declared, list):
            if isinstance(declared, primitives.Condition) == conditions:
                self.sync[name] = self._make(declared)
            return
        made = self.sync.setdefault(name, [None] * len(declared))
        for index, one in enumerate(declared):
            if isinstance(one, primitives.Condition) == conditions:
                made[index] = self._make(one)

    def _segment(self, size_bytes):
        segment = ipc.Segment.create(max(1, size_bytes), ipc=self._kind)
        self._made.append(segment)
        return segment

    def _make(self, declared):
        if isinstance(declared, primitives.Semaphore):
            made = self._semaphore(declared)
        else:
            offset, self._free = self._free, self._free + _slot_bytes(declared)
            if isinstance(declared, primitives.Mutex):
                made = ipc.Mutex.create(self.control, offset)
            elif isinstance(declared, primitives.Condition):
                made = ipc.Condition.create(self.sync[declared.mutex], self.control, offset)
            else:
                made = ipc.Barrier.create(declared.parties, self.control, offset)
        self._made.append(made)
        return made

    def _semaphore(self, declared):
        if not declared.undo:
            return ipc.Semaphore.create(declared.initial, ipc=self._kind)
        if self._kind != "sysv":
            raise NotImplementedError(f"{declared}: POSIX semaphores have no undo; use run(ipc='sysv')")
        return ipc.SysvSemaphore.create(None, declared.initial, undo=True)

    def hopeless(self, group):
        """Whether a process ended before it reached the start line, where the others wait for it."""
        ended = (line for line, worker in zip(self._lines, group.workers, strict=True) if worker.exit is not None)
        return any(not line.ready for line in ended)

    def elapsed_s(self):
        """Seconds from the first start to the last end; to now for processes that never ended by themselves."""
        now = time.monotonic_ns()
        began = [line.began_ns for line in self._lines if line.began_ns]
        ended = [line.ended_ns or now for line in self._lines]
        return (max(ended) - min(began)) / 1e9 if began else 0.0

    def close(self):
        """Destroy everything, then let go of it here."""
        self._lines = None
        for made in self._made:
            if isinstance(made, ipc.Segment | ipc.Semaphore):
                made.destroy()
        for made in reversed(self._made):
            # An interrupt's traceback may hold views of the memory; the mapping then ends with it.
            with contextlib.suppress(BufferError):
                made.close()
        self._made = []


def process(function, wanted, rank, sync, memory, layout_type, control, start, processes):
    """What each process of a run does: attach, wait at the start line, call the learner's function."""
    shm = memory.view(layout_type)
    lines = control.view(_Line * processes)
    for name, made in sync.items():
        _call_by_name(made, name)
    known = {"shm": shm, "rank": rank, **{name: given(made) for name, made in sync.items()}}
    arguments = {name: known[name] for name in wanted}
    lines[rank].ready = 1
    # Everybody starts on a processor of their own, as far as these go round, and may leave it as
    # soon as all are running; the spinning lets them leave within a microsecond of each other.
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {sorted(allowed)[rank % len(allowed)]})
    start.wait()
    lines[rank].running = 1
    while not all(line.running for line in lines):
        os.sched_yield()
    os.sched_setaffinity(0, allowed)
    lines[rank].began_ns = time.monotonic_ns()
    try:
        function(**arguments)
    except AttributeError as error:
        layout.explained(error, layout_type)
        raise
    finally:
        lines[rank].ended_ns = time.monotonic_ns()


def _call_by_name(made, name):
    """Let a kernel object's errors name it as the learner does: mutex 'lock', semaphore 'turn[1]'."""
    if isinstance(made, list):
        for index, one in enumerate(made):
            _call_by_name(one, f"{name}[{index}]")
    else:
        kind = "semaphore" if isinstance(made, ipc.Semaphore) else type(made).__name__.lower()
        made.what = f"{kind} {name!r}"


class _Made:
    """Does the verbs on a kernel object."""

    __slots__ = ()
    own = ("_made",)

    def __init__(self, made):
        self._made = made

    @property
    def what(self):
        return self._made.what

    def _ask(self, verb):
        return self._made.value if verb == "value" else getattr(self._made, verb)()

    def _wait(self, verb, timeout):
        return getattr(self._made, verb)(timeout)

    def _enter(self):
        self._made.__enter__()

    def _leave(self):
        self._made.__exit__(None, None, None)


@verbs.named(verbs.Semaphore)
class _Semaphore(_Made, verbs.Semaphore):
    __slots__ = ("_made",)


@verbs.named(verbs.Mutex)
class _Mutex(_Made, verbs.Mutex):
    __slots__ = ("_made",)


@verbs.named(verbs.Condition)
class _Condition(_Made, verbs.Condition):
    __slots__ = ("_made",)


@verbs.named(verbs.Barrier)
class _Barrier(_Made, verbs.Barrier):
    __slots__ = ("_made",)


_OF_A_RUN = {ipc.Semaphore: _Semaphore, ipc.Mutex: _Mutex, ipc.Condition: _Condition, ipc.Barrier: _Barrier}


def given(made):
    """What a function is given of a kernel object, or of a list of them."""
    if isinstance(made, list):
        return [given(one) for one in made]
    return next(own for kind, own in _OF_A_RUN.items() if isinstance(made, kind))(made)


def flat(sync):
    return [one for declared in sync.values() for one in (declared if isinstance(declared, list) else [declared])]


def _slot_bytes(declared):
    sizes = {primitives.Mutex: SLOT_BYTES, primitives.Condition: SLOT_BYTES, primitives.Barrier: BARRIER_BYTES}
    return sizes.get(type(declared), 0)
