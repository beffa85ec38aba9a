"""The naive interpreter's code: each process's nested instructions as one flat list of operations."""

import operator
import typing

import naive_steps as steps

COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le}


class Flat(typing.NamedTuple):
    """A program for the interpreter; `code[p]` begins with whatever p does privately before its first step."""

    code: list
    initial: tuple
    memory_model: str
    spurious: bool
    parties: dict


class Boundary(typing.NamedTuple):
    """What `return` or `break` leaves: a loop or a function, with the label behind it."""

    kind: str
    label: steps.Label


class Leaving(typing.NamedTuple):
    """What must be done on the way out of a block, under the handler outside of it."""

    last: typing.Callable
    outer: steps.Handler | None


def flatten(data):
    places, memory = addresses(data["shared"])
    names = list(data["sync"])
    processes = [_Flattener(data, places, names, rank) for rank in range(len(data["processes"]))]
    parties = {index: data["sync"][name][1] for index, name in enumerate(names) if data["sync"][name][0] == "barrier"}
    initial = (
        tuple(memory),
        tuple(_initial_sync(declared) for declared in data["sync"].values()),
        (0,) * len(processes),
        tuple((0,) * process.slots for process in processes),
        ((),) * len(processes),
    )
    return Flat([process.code for process in processes], initial, data["memory"], data["spurious"], parties)


def addresses(shared):
    """{field: (address of its beginning, elements)} and the initial memory, a list."""
    addresses, memory = {}, []
    for name, value in shared.items():
        elements = value if isinstance(value, list) else [value]
        addresses[name] = len(memory), len(elements)
        memory += elements
    return addresses, memory


def _initial_sync(declared):
    kind, *argument = declared
    return {"semaphore": lambda: argument[0], "mutex": lambda: steps.Held(None, "sound")}.get(kind, lambda: 0)()


class _Flattener:
    def __init__(self, data, addresses, names, rank):
        self._data, self._addresses, self._names, self._rank = data, addresses, names, rank
        self.code, self.slots, self._named = [], 0, {}
        self._handler, self._enclosing = None, []
        self._function(data["functions"][data["processes"][rank]])
        self._emit(steps.End())

    # Building blocks

    def _emit(self, operation):
        operation.handler = self._handler
        self.code.append(operation)

    def _here(self, label=None):
        label = label or steps.Label()
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

    # Control

    def _block(self, instructions):
        for name, *arguments in instructions:
            getattr(self, f"_do_{name}")(*arguments)

    def _function(self, instructions):
        """Its instructions up to a label that `return` goes to."""
        end = Boundary("function", steps.Label())
        self._enclosing.append(end)
        self._block(instructions)
        self._enclosing.pop()
        self._here(end.label)

    def _leave(self, kind):
        """To the end of the innermost loop or function, doing what is owed on the way."""
        handler, enclosing = self._handler, self._enclosing
        for depth in reversed(range(len(enclosing))):
            one, self._enclosing = enclosing[depth], enclosing[:depth]
            if isinstance(one, Leaving):
                self._handler = one.outer
                one.last()
            elif one.kind == kind:
                self._jump(one.label)
                break
        self._handler, self._enclosing = handler, enclosing

    def _guarded(self, body, last):
        """`body`, then `last` however it ended."""
        end, handler, outer = steps.Label(), steps.Handler(steps.Label(), self._slot()), self._handler
        self._enclosing.append(Leaving(last, outer))
        self._handler = handler
        self._block(body)
        self._handler = outer
        self._enclosing.pop()
        last()
        self._jump(end)
        self._here(handler.label)
        last()
        self._emit(steps.Reraise(slot=handler.slot))
        self._here(end)

    def _test(self, condition, yes, no):
        match condition:
            case ("and", first, second):
                middle = steps.Label()
                self._test(first, middle, no)
                self._here(middle)
                self._test(second, yes, no)
            case ("or", first, second):
                middle = steps.Label()
                self._test(first, yes, middle)
                self._here(middle)
                self._test(second, yes, no)
            case ("not", inner):
                self._test(inner, no, yes)
            case ("compare", left, comparison, constant):
                self._compare(left, COMPARISONS[comparison], constant, yes, no)
            case (call, *arguments):
                slot = self._local(name := ("result", len(self.code)))
                getattr(self, f"_do_{call}")(name, *arguments)
                self._emit(steps.Branch(test=lambda local: local[slot], temporary=slot, yes=yes, no=no))

    def _compare(self, left, compare, constant, yes, no):
        if left[0] in ("field", "acquired"):
            temporary = self._slot()
            self._load(temporary, left[1])
            test = lambda local: compare(local[temporary], constant)  # noqa: E731 - one of two
        else:
            temporary, value = None, self._value(left[1] if left[0] == "local" else ("rank", 0))
            test = lambda local: compare(value(local), constant)  # noqa: E731
        self._emit(steps.Branch(test=test, temporary=temporary, yes=yes, no=no))

    def _do_if(self, condition, then, otherwise):
        yes, no, end = steps.Label(), steps.Label(), steps.Label()
        self._test(condition, yes, no)
        self._here(yes)
        self._block(then)
        self._jump(end)
        self._here(no)
        self._block(otherwise)
        self._here(end)

    def _do_while(self, condition, body):
        top, yes, end = self._here(), steps.Label(), steps.Label()
        self._test(condition, yes, end)
        self._here(yes)
        self._loop(body, top, end)

    def _do_forever(self, body):
        self._loop(body, self._here(), steps.Label())

    def _loop(self, body, top, end):
        self._enclosing.append(Boundary("loop", end))
        self._block(body)
        self._enclosing.pop()
        self._jump(top)
        self._here(end)

    def _do_for(self, name, _, times, body):
        count, yes, end, after = self._slot(), steps.Label(), steps.Label(), steps.Label()
        self._set(count, lambda _: 0)
        top = self._here()
        self._emit(steps.Branch(test=lambda local: local[count] < times, yes=yes, no=end))
        self._here(yes)
        if name is not None:
            self._set(self._local(name), lambda local: local[count])
        self._set(count, lambda local: local[count] + 1)
        self._loop(body, top, after)
        self._here(end)
        self._forget([count])

    def _do_break(self):
        self._leave("loop")

    def _do_return(self):
        self._leave("function")

    def _do_call(self, helper):
        self._function(self._data["helpers"][helper])

    def _do_pause(self):
        pass

    def _do_with(self, sync, body):
        self._do_acquire(sync)
        self._guarded(body, lambda: self._do_release(sync))

    def _do_finally(self, body, last):
        self._guarded(body, lambda: self._block(last))

    def _do_try(self, body, caught, handling):
        end, outer = steps.Label(), self._handler
        self._handler = handler = steps.Handler(steps.Label(), self._slot())
        self._block(body)
        self._handler = outer
        self._jump(end)
        self._here(handler.label)
        self._emit(steps.Reraise(slot=handler.slot, caught=caught))
        self._block(handling)
        self._here(end)

    def _do_assert(self, condition):
        yes, no = steps.Label(), steps.Label()
        self._test(condition, yes, no)
        self._here(no)
        self._emit(steps.Raise(exception="AssertionError"))
        self._here(yes)

    def _do_exit(self):
        self._emit(steps.Raise(exception="SystemExit"))

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
        mutex, woken, given_up, end = self._mutex(condition), steps.Label(), steps.Label(), steps.Label()
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
