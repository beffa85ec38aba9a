"""Define the verbs of semaphores, mutexes, conditions and barriers, the same for a real run, a check and a replay.

A subclass implements them: `_ask(verb)`, and `_wait(verb, timeout)` for verbs that may block. See runs/stage for a
run, explorer/lookalikes/sync_objects for a check and a replay.
"""

from shmlab import layout
from shmlab.primitives import checked_timeout

_OTHER_NAMES = {
    "acquire": ("lock", "wait", "down", "P"),
    "release": ("unlock", "post", "signal", "up", "V"),
    "try_acquire": ("locked", "trylock", "trywait", "acquire_nowait"),
    "value": ("get_value", "getvalue", "count"),
    "notify": ("signal",),
    "notify_all": ("broadcast", "notifyAll", "signal_all"),
    "wait": ("wait_for", "acquire"),
}  # names in other libraries


class Verbs:
    """Base class of synchronization objects. `what`: a text with its kind and name."""

    __slots__ = ()
    verbs = ()
    own = ("what",)  # attributes that may be set

    def _ask(self, verb):
        """Do a verb that never blocks, and return its result."""
        raise NotImplementedError

    def _wait(self, verb, timeout):
        """Do a verb that may block for at most `timeout` seconds (None: for ever), and return its result."""
        raise NotImplementedError

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):  # Python and libraries ask for these
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        raise self._no_verb(name)

    def __setattr__(self, name, value):
        if name not in self.own and not hasattr(type(self), name):
            raise self._no_verb(name)
        object.__setattr__(self, name, value)

    def _no_verb(self, name):
        candidates = [verb for verb in self.verbs if name in _OTHER_NAMES.get(verb, ())]
        hint = f"; did you mean {candidates[0]}?" if candidates else layout.did_you_mean(name, self.verbs)
        there_is = f"there is {', '.join(self.verbs)}"
        return AttributeError(f"{self.what} has no {name!r}; {there_is}{hint}", name=name)

    def __repr__(self):
        return f"<{self.what}>"


class Lock(Verbs):
    """Base class of semaphores and mutexes."""

    __slots__ = ()

    def acquire(self, timeout=None):
        return self._wait("acquire", checked_timeout(timeout))

    def try_acquire(self):
        return self._ask("try_acquire")

    def release(self):
        self._ask("release")

    def __enter__(self):
        self.acquire()
        return self

    def __exit__(self, *_):
        self.release()


class Semaphore(Lock):
    """Define the verbs of a semaphore."""

    __slots__ = ()
    verbs = ("acquire", "try_acquire", "release", "value")

    @property
    def value(self):
        return self._ask("value")


class Mutex(Lock):
    """Define the verbs of a robust mutex."""

    __slots__ = ()
    verbs = ("acquire", "try_acquire", "release", "consistent")

    def consistent(self):
        self._ask("consistent")


class Condition(Verbs):
    """Define the verbs of a condition. As a context manager it acquires and releases its mutex."""

    __slots__ = ()
    verbs = ("wait", "notify", "notify_all")

    def wait(self, timeout=None):
        return self._wait("wait", checked_timeout(timeout))

    def notify(self):
        self._ask("notify")

    def notify_all(self):
        self._ask("notify_all")

    def __enter__(self):
        self._enter()
        return self

    def __exit__(self, *_):
        self._leave()


class Barrier(Verbs):
    """Define the verb of a process barrier."""

    __slots__ = ()
    verbs = ("wait",)

    def wait(self, timeout=None):
        return self._wait("wait", checked_timeout(timeout))


def named(kind):
    """Return a class decorator that gives a class the name of `kind`, for messages."""

    def rename(own):
        own.__name__ = own.__qualname__ = kind.__name__
        return own

    return rename
