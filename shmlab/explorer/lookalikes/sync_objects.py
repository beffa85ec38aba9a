"""Semaphores, mutexes, conditions and barriers in a check: the verbs of the real objects, as operations.

The model answers each operation; the answer becomes what the real object returns or raises (see shmlab.ipc).
"""

from shmlab import primitives
from shmlab.base import verbs
from shmlab.explorer import ops
from shmlab.explorer.ops import Op
from shmlab.primitives import OwnerDied, timed_out


class Handle(verbs.Verbs):
    """A process's handle of a synchronization object: its number, and `what`, its kind and name."""

    own = ("_process", "number", "what", "_mutex")
    goal = "acquired"

    def __init__(self, process, number, what):
        self._process = process
        self.number = number
        self.what = what

    def _ask(self, verb):
        return self._do(verb)

    def _wait(self, verb, timeout):
        return self._do(verb, timeout is not None, timeout=timeout)

    def _do(self, kind, *values, timeout=None):
        answer = self._process.do(Op(kind, self.number, 0, values))
        if isinstance(answer, str):
            raise self._error(answer, kind, timeout)
        return answer

    def _error(self, problem, verb, timeout):
        what = self.what
        if problem == ops.TIMED_OUT:
            return timed_out(what, timeout, self.goal)
        if problem == ops.OWNER_DIED:
            return OwnerDied(what)
        if problem == ops.NOT_RECOVERABLE:
            return primitives.not_recoverable(what)
        return RuntimeError(
            {
                ops.HELD_ALREADY: f"{what} is held by this process already: acquiring it twice would wait for ever",
                ops.NOT_HELD: self._not_held(verb),
                ops.CONSISTENT_ALREADY: f"{what} is consistent already: call this once, after OwnerDied, "
                "while holding it",
            }[problem]
        )

    def _not_held(self, verb):
        return f"{self.what} is not held by this process: only the one who acquired it may release it"


@verbs.named(verbs.Semaphore)
class SemaphoreHandle(Handle, verbs.Semaphore):
    """A semaphore."""


@verbs.named(verbs.Mutex)
class MutexHandle(Handle, verbs.Mutex):
    """A robust mutex."""


@verbs.named(verbs.Condition)
class ConditionHandle(Handle, verbs.Condition):
    """A condition. `mutex`: the handle of its mutex."""

    goal = "notified"

    def __init__(self, process, number, what, mutex):
        super().__init__(process, number, what)
        self._mutex = mutex

    def _error(self, problem, verb, timeout):
        owner = self._mutex if problem == ops.OWNER_DIED else super()
        return owner._error(problem, verb, timeout)

    def _not_held(self, verb):
        verb = "wait on" if verb == "wait" else "notify"
        return f"{self.what}: hold its mutex when you {verb} it; without, a notification can be lost"

    def _enter(self):
        self._mutex.acquire()

    def _leave(self):
        self._mutex.release()


@verbs.named(verbs.Barrier)
class BarrierHandle(Handle, verbs.Barrier):
    """A process barrier."""

    goal = "full"

    def _wait(self, verb, timeout):
        return super()._wait("barrier", timeout)


_HANDLES = {primitives.Semaphore: SemaphoreHandle, primitives.Mutex: MutexHandle, primitives.Barrier: BarrierHandle}


def handles(process, sync):
    """Return {name: handle, or list of handles} for each declared object, with the numbers of `numbered`."""
    numbers = {name: number for number, (name, _) in enumerate(numbered(sync))}

    def make(name, declared):
        what = f"{type(declared).__name__.lower()} {name!r}"
        if isinstance(declared, primitives.Condition):
            return ConditionHandle(process, numbers[name], what, make(declared.mutex, primitives.Mutex()))
        return _HANDLES[type(declared)](process, numbers[name], what)

    return {
        name: [make(f"{name}[{index}]", element) for index, element in enumerate(declared)]
        if isinstance(declared, list)
        else make(name, declared)
        for name, declared in sync.items()
    }


def numbered(sync):
    """Return [(name, declaration)] of every object, with lists expanded: turn[0], turn[1]."""
    objects = []
    for name, declared in sync.items():
        if isinstance(declared, list):
            objects += [(f"{name}[{index}]", element) for index, element in enumerate(declared)]
        else:
            objects.append((name, declared))
    return objects
