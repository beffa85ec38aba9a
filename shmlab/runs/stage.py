"""Set up one run: create its kernel objects, and run each process with them."""

import contextlib
import ctypes
import os
import time

from shmlab import ipc, layout, primitives
from shmlab.base import verbs
from shmlab.ipc.barrier import BARRIER_BYTES
from shmlab.ipc.slot import SLOT_BYTES


class _Line(ctypes.Structure):
    """Lay out one process's place at the start line, on a cache line of its own. Times are CLOCK_MONOTONIC."""

    __slots__ = ()
    _fields_ = (
        ("ready", ctypes.c_int64),
        ("running", ctypes.c_int64),
        ("began_ns", ctypes.c_int64),
        ("ended_ns", ctypes.c_int64),
        ("unused", ctypes.c_int64 * 4),
    )


class Stage:
    """Hold the kernel objects of one run: created before the processes start, destroyed after they ended."""

    def __init__(self, program, kind):
        self._kind = kind
        self._created = []
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
        # The start line and the mutexes are in a segment of their own, not in the learner's memory.
        self._free = program.processes * ctypes.sizeof(_Line)
        start_barrier = primitives.Barrier(program.processes)
        self.control = self._segment(self._free + sum(map(_slot_bytes, [start_barrier, *flat(program.sync)])))
        self._lines = self.control.view(_Line * program.processes)
        self.start = self._make(start_barrier)
        for conditions in (False, True):  # conditions last: each needs its mutex
            for name, declared in program.sync.items():
                self._make_all(name, declared, conditions)

    def _make_all(self, name, declared, conditions):
        """Create the objects of one name: either the conditions among them, or all others."""
        if not isinstance(declared, list):
            if isinstance(declared, primitives.Condition) == conditions:
                self.sync[name] = self._make(declared)
            return
        created = self.sync.setdefault(name, [None] * len(declared))
        for index, each in enumerate(declared):
            if isinstance(each, primitives.Condition) == conditions:
                created[index] = self._make(each)

    def _segment(self, size_bytes):
        segment = ipc.Segment.create(max(1, size_bytes), ipc=self._kind)
        self._created.append(segment)
        return segment

    def _make(self, declared):
        if isinstance(declared, primitives.Semaphore):
            created = self._semaphore(declared)
        else:
            offset, self._free = self._free, self._free + _slot_bytes(declared)
            if isinstance(declared, primitives.Mutex):
                created = ipc.Mutex.create(self.control, offset)
            elif isinstance(declared, primitives.Condition):
                created = ipc.Condition.create(self.sync[declared.mutex], self.control, offset)
            else:
                created = ipc.Barrier.create(declared.parties, self.control, offset)
        self._created.append(created)
        return created

    def _semaphore(self, declared):
        if not declared.undo:
            return ipc.Semaphore.create(declared.initial, ipc=self._kind)
        if self._kind != "sysv":
            raise NotImplementedError(f"{declared}: POSIX semaphores have no undo; use run(ipc='sysv')")
        return ipc.SysvSemaphore.create(None, declared.initial, undo=True)

    def hopeless(self, group):
        """Tell whether a process ended before it reached the start line, so that the others would wait for ever."""
        ended = (line for line, worker in zip(self._lines, group.workers, strict=True) if worker.exit is not None)
        return any(not line.ready for line in ended)

    def elapsed_s(self):
        """Return the seconds from the first start to the last end, or to now if a process was ended from outside."""
        now = time.monotonic_ns()
        began = [line.began_ns for line in self._lines if line.began_ns]
        ended = [line.ended_ns or now for line in self._lines]
        return (max(ended) - min(began)) / 1e9 if began else 0.0

    def close(self):
        """Destroy all objects, then close them in this process."""
        self._lines = None
        for created in self._created:
            if isinstance(created, ipc.Segment | ipc.Semaphore):
                created.destroy()
        for created in reversed(self._created):
            # An interrupt's traceback may hold views of the memory; then the mapping ends with the traceback.
            with contextlib.suppress(BufferError):
                created.close()
        self._created = []


def process(function, wanted, rank, sync, memory, layout_type, control, start, processes):
    """Run one process of a run: attach, wait at the start line, call the learner's function."""
    shm = memory.view(layout_type)
    lines = control.view(_Line * processes)
    for name, objects in sync.items():
        _name_objects(objects, name)
    available = {"shm": shm, "rank": rank, **{name: wrapped(objects) for name, objects in sync.items()}}
    arguments = {name: available[name] for name in wanted}
    lines[rank].ready = 1
    # Each process starts on a processor of its own, if there are enough, and may leave it as soon as all are
    # running. By spinning they notice that within a microsecond of each other.
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


def _name_objects(objects, name):
    """Give kernel objects the learner's names, for messages: mutex 'lock', semaphore 'turn[1]'."""
    if isinstance(objects, list):
        for index, each in enumerate(objects):
            _name_objects(each, f"{name}[{index}]")
    else:
        kind = "semaphore" if isinstance(objects, ipc.Semaphore) else type(objects).__name__.lower()
        objects.what = f"{kind} {name!r}"


class _OnKernelObject:
    """Implement the verbs with a kernel object."""

    __slots__ = ()
    own = ("_object",)

    def __init__(self, kernel_object):
        self._object = kernel_object

    @property
    def what(self):
        return self._object.what

    def _ask(self, verb):
        return self._object.value if verb == "value" else getattr(self._object, verb)()

    def _wait(self, verb, timeout):
        return getattr(self._object, verb)(timeout)

    def _enter(self):
        self._object.__enter__()

    def _leave(self):
        self._object.__exit__(None, None, None)


@verbs.named(verbs.Semaphore)
class _Semaphore(_OnKernelObject, verbs.Semaphore):
    __slots__ = ("_object",)


@verbs.named(verbs.Mutex)
class _Mutex(_OnKernelObject, verbs.Mutex):
    __slots__ = ("_object",)


@verbs.named(verbs.Condition)
class _Condition(_OnKernelObject, verbs.Condition):
    __slots__ = ("_object",)


@verbs.named(verbs.Barrier)
class _Barrier(_OnKernelObject, verbs.Barrier):
    __slots__ = ("_object",)


_WRAPPERS = {ipc.Semaphore: _Semaphore, ipc.Mutex: _Mutex, ipc.Condition: _Condition, ipc.Barrier: _Barrier}


def wrapped(objects):
    """Return what a learner's function gets for a kernel object, or for a list of them."""
    if isinstance(objects, list):
        return [wrapped(each) for each in objects]
    return next(wrapper for kind, wrapper in _WRAPPERS.items() if isinstance(objects, kind))(objects)


def flat(sync):
    """Return the values of a dict as one list, with the elements of lists among them."""
    return [each for declared in sync.values() for each in (declared if isinstance(declared, list) else [declared])]


def _slot_bytes(declared):
    sizes = {primitives.Mutex: SLOT_BYTES, primitives.Condition: SLOT_BYTES, primitives.Barrier: BARRIER_BYTES}
    return sizes.get(type(declared), 0)
