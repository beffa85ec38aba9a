"""What a learner's function can ask of a semaphore, mutex, condition or barrier: the same in every world.

A world says how each verb is done: `_ask(verb)` and, where it may wait, `_wait(verb, timeout)`; see stage for a run,
explorer.objects for a check and a replay.
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
}  # what other libraries call them


class Verbs:
    """A synchronization object. `what`: its kind and its name, in words."""

    __slots__ = ()
    verbs = ()
    own = ("what",)  # the attributes that an object is made of

    def _ask(self, verb):
        """Do a verb that waits for nobody; returns what it says."""
        raise NotImplementedError

    def _wait(self, verb, timeout):
        """Do a verb that may wait; returns what it says."""
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
        meant = [verb for verb in self.verbs if name in _OTHER_NAMES.get(verb, ())]
        hint = f"; did you mean {meant[0]}?" if meant else layout.did_you_mean(name, self.verbs)
        there_is = f"there is {', '.join(self.verbs)}"
        return AttributeError(f"{self.what} has no {name!r}; {there_is}{hint}", name=name)

    def __repr__(self):
        return f"<{self.what}>"


class Lock(Verbs):
    """What semaphores and mutexes have in common."""

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
    """A semaphore."""

    __slots__ = ()
    verbs = ("acquire", "try_acquire", "release", "value")

    @property
    def value(self):
        return self._ask("value")


class Mutex(Lock):
    """A robust mutex."""

    __slots__ = ()
    verbs = ("acquire", "try_acquire", "release", "consistent")

    def consistent(self):
        self._ask("consistent")


class Condition(Verbs):
    """A condition; as a manager, it takes and gives back its mutex."""

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
    """A process barrier."""

    __slots__ = ()
    verbs = ("wait",)

    def wait(self, timeout=None):
        return self._wait("wait", checked_timeout(timeout))


def named(kind):
    """A class decorator: in messages it has the name of what it stands for."""

    def rename(own):
        own.__name__ = own.__qualname__ = kind.__name__
        return own

    return rename
