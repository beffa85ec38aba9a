"""What each operation of the naive interpreter does to the world; the rules are in naive.py.

A process's code is a list of operations: private ones, which belong to the step before them, and
visible ones, each of which is a step.
"""

from naive_world import Entry, Held

UNDER = {"OSError": {"OSError", "TimeoutError", "OwnerDied"}}  # what `except` takes beside the class itself


class Operation:
    """`handler`: where its exceptions go. `step` leaves the process behind the operation."""

    visible = True
    drained = True  # whether it waits until the process's own buffer is empty
    handler = None

    def __init__(self, **fields):
        self.__dict__.update(fields)

    def __repr__(self):
        return f"{type(self).__name__}({self.__dict__})"

    def possible(self, world, p):
        """Whether its ordinary step can be taken now, buffers aside."""
        return True

    def choices(self, world, p):
        """The different outcomes that the step may have."""
        return (None,)

    def extras(self, world, p):
        """Steps that may come instead of the ordinary one: {name: function(world, p)}."""
        return {}


class Private(Operation):
    visible = False


# Private operations


class Set(Private):
    """slot = value(locals)"""

    def compute(self, world, p):
        world.local[p][self.slot] = self.value(world.local[p])


class Jump(Private):
    def compute(self, world, p):
        world.pcs[p] = self.label.pc


class Branch(Private):
    """Goes to `yes` or `no`; forgets the temporary value that it tests."""

    temporary = None

    def compute(self, world, p):
        label = self.yes if self.test(world.local[p]) else self.no
        if self.temporary is not None:
            world.local[p][self.temporary] = 0
        world.pcs[p] = label.pc


class Raise(Private):
    def compute(self, world, p):
        world.throw(p, self.exception, self.handler)


class Reraise(Private):
    """Raises what `slot` keeps, unless it is of the class `caught`."""

    caught = None

    def compute(self, world, p):
        exception, world.local[p][self.slot] = world.local[p][self.slot], 0
        if exception not in UNDER.get(self.caught, {self.caught}):
            world.throw(p, exception, self.handler)


class End(Private):
    def compute(self, world, p):
        world.end(p)


# Memory


class Load(Operation):
    drained = False

    def step(self, world, p, _):
        local = world.local[p]
        local[self.slot] = world.read(p, self.address(local))


class Store(Operation):
    drained = False

    def step(self, world, p, _):
        entry = Entry(self.address(world.local[p]), self.value(world.local[p]), self.release)
        if world.flat.memory_model == "sc":
            world.memory[entry.address] = entry.value
        else:
            world.buffers[p] += (entry,)


class Update(Operation):
    """An atomic read-modify-write: `change(old, locals)` gives the new content and the result."""

    def step(self, world, p, _):
        local = world.local[p]
        address = self.address(local)
        world.memory[address], result = self.change(world.memory[address], local)
        if self.slot is not None:
            local[self.slot] = result


class Fence(Operation):
    def step(self, world, p, _):
        pass


# Semaphores and mutexes


class Acquire(Operation):
    """`timeout`: whether it may give up."""

    def possible(self, world, p):
        return world.sync[self.sync] > 0

    def step(self, world, p, _):
        world.sync[self.sync] -= 1

    def extras(self, world, p):
        return {"time out": self.give_up} if self.timeout and not self.possible(world, p) else {}

    def give_up(self, world, p):
        world.throw(p, "TimeoutError", self.handler)


class TryAcquire(Operation):
    def step(self, world, p, _):
        got = world.sync[self.sync] > 0
        world.sync[self.sync] -= got
        world.local[p][self.slot] = int(got)


class Release(Operation):
    def step(self, world, p, _):
        world.sync[self.sync] += 1


class Value(Operation):
    def step(self, world, p, _):
        world.local[p][self.slot] = world.sync[self.sync]


def take(world, p, mutex):
    """Get a mutex that nobody else holds; gives the exception that comes of it, or None."""
    held = world.sync[mutex]
    if held.owner == p:
        return "RuntimeError"
    if held.health == "unusable":
        return "OSError"
    world.sync[mutex] = Held(p, held.health)
    return "OwnerDied" if held.health == "died" else None


def give_back(world, sync):
    unrepaired = world.sync[sync].health == "died"
    world.sync[sync] = Held(None, "unusable" if unrepaired else "sound")


class Lock(Acquire):
    """Also the last step of a condition's wait, where `raises` may say how that went."""

    raises = None

    def possible(self, world, p):
        return world.sync[self.sync].owner in (None, p)

    def step(self, world, p, _):
        if raised := take(world, p, self.sync) or self.raises:
            world.throw(p, raised, self.handler)


class TryLock(Operation):
    def step(self, world, p, _):
        free = world.sync[self.sync].owner in (None, p)
        if free and (raised := take(world, p, self.sync)):
            world.throw(p, raised, self.handler)
        else:
            world.local[p][self.slot] = int(free)


class OwnersOnly(Operation):
    """RuntimeError for a process that does not hold the mutex."""

    def step(self, world, p, choice):
        if world.sync[self.mutex].owner == p:
            self.act(world, p, choice)
        else:
            world.throw(p, "RuntimeError", self.handler)


class Unlock(OwnersOnly):
    def act(self, world, p, _):
        give_back(world, self.mutex)


class Consistent(OwnersOnly):
    def act(self, world, p, _):
        if world.sync[self.mutex].health == "died":
            world.sync[self.mutex] = Held(p, "sound")
        else:
            world.throw(p, "RuntimeError", self.handler)


# Conditions and barriers


class Wait(OwnersOnly):
    """Releases the mutex; the process goes to the Waiting behind this operation."""

    def act(self, world, p, _):
        give_back(world, self.mutex)


class Waiting(Operation):
    """Goes on by another's notification alone, to `woken`; else by a wake or time-out."""

    def possible(self, world, p):
        return False

    def extras(self, world, p):
        found = {"wake": self.wake} if world.flat.spurious else {}
        return found | {"time out": self.give_up} if self.timeout else found

    def wake(self, world, p):
        world.pcs[p] = self.woken.pc

    def give_up(self, world, p):
        world.pcs[p] = self.given_up.pc


class Notify(OwnersOnly):
    """`everybody`: all waiters; else one of them, any."""

    def choices(self, world, p):
        waiters = world.waiting(Waiting, self.sync)
        if self.everybody or not waiters or world.sync[self.mutex].owner != p:
            return (tuple(waiters),)
        return [(waiter,) for waiter in waiters]

    def act(self, world, p, chosen):
        for waiter in chosen:
            world.operation(waiter).wake(world, waiter)


class Arrive(Operation):
    """Goes to the Arrived behind this operation, and with the last of them beyond it."""

    def step(self, world, p, _):
        world.local[p][self.slot] = world.sync[self.sync]
        world.sync[self.sync] += 1
        if world.sync[self.sync] == world.flat.parties[self.sync]:
            world.sync[self.sync] = 0
            for other in world.waiting(Arrived, self.sync):
                world.pcs[other] += 1
                if other != p:
                    world.go_on(other)


class Arrived(Operation):
    def possible(self, world, p):
        return False
