"""Code for the naive interpreter: an instruction without a body as the operations that it is."""

import naive_steps as steps
import naive_world as world


class Code:
    """A process's operations, to which instructions are added; `slots`: how many locals they take."""

    def __init__(self, data, addresses, rank):
        self._data, self._addresses, self._rank = data, addresses, rank
        self._names = list(data["sync"])
        self.code, self.slots, self._named = [], 0, {}
        self._handler = None

    # Building blocks

    def _emit(self, operation):
        operation.handler = self._handler
        self.code.append(operation)

    def _here(self, label=None):
        label = label or world.Label()
        label.pc = len(self.code)
        return label

    def _slot(self):
        self.slots += 1
        return self.slots - 1

    def _local(self, name):
        if name not in self._named:
            self._named[name] = self._slot()
        return self._named[name]

    def _result(self, name):
        """The slot of a result; an unnamed result is thrown away."""
        return None if name is None else self._local(name)

    def _sync(self, name):
        return self._names.index(name)

    def _is(self, name, kind):
        return self._data["sync"][name][0] == kind

    def _mutex(self, name):
        """The index of a mutex, or of a condition's."""
        declared = self._data["sync"][name]
        return self._sync(declared[1] if declared[0] == "condition" else name)

    def _value(self, expression):
        """An expression as a function of the locals."""
        match expression:
            case int():
                return lambda _: expression
            case str():
                slot = self._local(expression)
                return lambda local: local[slot]
            case ("plus", name, constant):
                slot = self._local(name)
                return lambda local: local[slot] + constant
            case ("rank", constant):
                return self._value(self._rank + constant)
            case ("other",):
                return self._value(1 - self._rank)
        raise ValueError(expression)

    def _address(self, place):
        """A place as a function of the locals that gives its address."""
        if isinstance(place, str):
            return self._value(self._addresses[place][0])
        name, index = place
        first, elements = self._addresses[name]
        value = self._value(index)
        return lambda local: first + value(local) % elements

    def _set(self, slot, value):
        self._emit(steps.Set(slot=slot, value=value))

    def _jump(self, label):
        self._emit(steps.Jump(label=label))

    def _load(self, slot, place):
        self._emit(steps.Load(slot=slot, address=self._address(place)))

    def _store(self, place, value, release=False):
        self._emit(steps.Store(address=self._address(place), value=value, release=release))

    def _update(self, slot, place, change):
        self._emit(steps.Update(slot=slot, address=self._address(place), change=change))

    # Memory

    def _do_set(self, name, expression):
        self._set(self._local(name), self._value(expression))

    def _do_load(self, name, place):
        self._load(self._local(name), place)

    _do_load_acquire = _do_load

    def _do_store(self, place, expression):
        self._store(place, self._value(expression))

    def _do_store_release(self, place, expression):
        self._store(place, self._value(expression), release=True)

    def _do_add(self, place, constant):
        self._do_add_all(place, constant, [])

    def _do_add_from(self, place, source):
        self._do_add_all(place, 0, [source])

    def _do_add_all(self, place, constant, sources):
        """place = place + constant + the sources, each loaded once, from left to right"""
        slots = [self._slot() for _ in [place, *sources]]
        for slot, source in zip(slots, [place, *sources], strict=True):
            self._load(slot, source)
        self._store(place, lambda local: sum(local[slot] for slot in slots) + constant)
        self._forget(slots)

    def _do_copy(self, place, source):
        slot = self._slot()
        self._load(slot, source)
        self._store(place, lambda local: local[slot])
        self._forget([slot])

    def _do_swap(self, first, second):
        slots = self._slot(), self._slot()
        self._load(slots[0], second)
        self._load(slots[1], first)
        self._store(first, lambda local: local[slots[0]])
        self._store(second, lambda local: local[slots[1]])
        self._forget(slots)

    def _forget(self, slots):
        for slot in slots:
            self._set(slot, lambda _: 0)

    def _do_fetch_add(self, name, place, constant):
        self._update(self._result(name), place, lambda old, _: (old + constant, old))

    def _do_exchange(self, name, place, expression):
        value = self._value(expression)
        self._update(self._result(name), place, lambda old, local: (value(local), old))

    def _do_compare_exchange(self, name, place, expected, desired):
        self._update(
            self._result(name), place, lambda old, _: (desired if old == expected else old, int(old == expected))
        )

    def _do_fence(self):
        self._emit(steps.Fence())

    # Synchronization

    def _do_acquire(self, sync, timeout=False):
        if self._is(sync, "semaphore"):
            self._emit(steps.Acquire(sync=self._sync(sync), timeout=timeout))
        else:
            self._emit(steps.Lock(sync=self._mutex(sync), timeout=timeout))

    def _do_try_acquire(self, name, sync):
        kind = steps.TryAcquire if self._is(sync, "semaphore") else steps.TryLock
        self._emit(kind(sync=self._sync(sync), slot=self._local(name)))

    def _do_release(self, sync):
        if self._is(sync, "semaphore"):
            self._emit(steps.Release(sync=self._sync(sync)))
        else:
            self._emit(steps.Unlock(mutex=self._mutex(sync)))

    def _do_value(self, name, sync):
        self._emit(steps.Value(sync=self._sync(sync), slot=self._local(name)))

    def _do_consistent(self, sync):
        self._emit(steps.Consistent(mutex=self._sync(sync)))

    def _do_wait(self, condition, timeout=False):
        mutex, woken, given_up, end = self._mutex(condition), world.Label(), world.Label(), world.Label()
        self._emit(steps.Wait(mutex=mutex))
        self._emit(steps.Waiting(sync=self._sync(condition), woken=woken, given_up=given_up, timeout=timeout))
        self._here(woken)
        self._emit(steps.Lock(sync=mutex, timeout=False))
        self._jump(end)
        self._here(given_up)
        self._emit(steps.Lock(sync=mutex, timeout=False, raises="TimeoutError"))
        self._here(end)

    def _do_notify(self, condition, everybody=False):
        self._emit(steps.Notify(sync=self._sync(condition), mutex=self._mutex(condition), everybody=everybody))

    def _do_notify_all(self, condition):
        self._do_notify(condition, everybody=True)

    def _do_arrive(self, name, barrier):
        self._emit(steps.Arrive(sync=self._sync(barrier), slot=self._local(name)))
        self._emit(steps.Arrived(sync=self._sync(barrier)))
