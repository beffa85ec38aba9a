"""The naive interpreter's code: each process's nested instructions as one flat list of operations."""

import operator
import typing

import naive_code
import naive_steps as steps
import naive_world as world

COMPARISONS = {"==": operator.eq, "!=": operator.ne, "<": operator.lt, ">": operator.gt, "<=": operator.le}


class Flat(typing.NamedTuple):
    """A program for the interpreter; `code[p]` begins with whatever p does privately before its first step."""

    code: list
    initial: tuple
    memory_model: str
    spurious: bool
    crashes: int
    parties: dict


class Boundary(typing.NamedTuple):
    """What `return` or `break` leaves: a loop or a function, with the label behind it."""

    kind: str
    label: world.Label


class Leaving(typing.NamedTuple):
    """What must be done on the way out of a block, under the handler outside of it."""

    last: typing.Callable
    outer: world.Handler | None


def flatten(data):
    places, memory = addresses(data["shared"])
    names = list(data["sync"])
    processes = [_Flattener(data, places, rank) for rank in range(len(data["processes"]))]
    parties = {index: data["sync"][name][1] for index, name in enumerate(names) if data["sync"][name][0] == "barrier"}
    initial = (
        tuple(memory),
        tuple(_initial_sync(declared) for declared in data["sync"].values()),
        (0,) * len(processes),
        tuple((0,) * process.slots for process in processes),
        ((),) * len(processes),
    )
    return Flat(
        [process.code for process in processes], initial, data["memory"], data["spurious"], data["crashes"], parties
    )


def addresses(shared):
    """{field: (address of its beginning, elements)} and the initial memory, a list."""
    addresses, memory = {}, []
    for name, value in shared.items():
        elements = value if isinstance(value, list) else [value]
        addresses[name] = len(memory), len(elements)
        memory += elements
    return addresses, memory


def predicate(data, condition):
    """A condition on shared fields as a function of the memory."""
    places = addresses(data["shared"])[0]

    def holds(condition, memory):
        match condition:
            case ("not", inner):
                return not holds(inner, memory)
            case ("and", first, second):
                return holds(first, memory) and holds(second, memory)
            case ("or", first, second):
                return holds(first, memory) or holds(second, memory)
            case ("compare", (_, place), comparison, constant):
                name, index = (place, 0) if isinstance(place, str) else place
                return COMPARISONS[comparison](memory[places[name][0] + index], constant)
        raise ValueError(condition)

    return lambda memory: condition is None or holds(condition, memory)


def _initial_sync(declared):
    kind, *argument = declared
    return {"semaphore": lambda: argument[0], "mutex": lambda: world.Held(None, "sound")}.get(kind, lambda: 0)()


class _Flattener(naive_code.Code):
    """Code of instructions with bodies."""

    def __init__(self, data, addresses, rank):
        super().__init__(data, addresses, rank)
        self._enclosing = []
        self._function(data["functions"][data["processes"][rank]])
        self._emit(steps.End())

    def _block(self, instructions):
        for name, *arguments in instructions:
            getattr(self, f"_do_{name}")(*arguments)

    def _function(self, instructions):
        """Its instructions up to a label that `return` goes to."""
        end = Boundary("function", world.Label())
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
        end, handler, outer = world.Label(), world.Handler(world.Label(), self._slot()), self._handler
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
                middle = world.Label()
                self._test(first, middle, no)
                self._here(middle)
                self._test(second, yes, no)
            case ("or", first, second):
                middle = world.Label()
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
        yes, no, end = world.Label(), world.Label(), world.Label()
        self._test(condition, yes, no)
        self._here(yes)
        self._block(then)
        self._jump(end)
        self._here(no)
        self._block(otherwise)
        self._here(end)

    def _do_while(self, condition, body):
        top, yes, end = self._here(), world.Label(), world.Label()
        self._test(condition, yes, end)
        self._here(yes)
        self._loop(body, top, end)

    def _do_forever(self, body):
        self._loop(body, self._here(), world.Label())

    def _loop(self, body, top, end):
        self._enclosing.append(Boundary("loop", end))
        self._block(body)
        self._enclosing.pop()
        self._jump(top)
        self._here(end)

    def _do_for(self, name, _, times, body):
        count, yes, end, after = self._slot(), world.Label(), world.Label(), world.Label()
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
        end, outer = world.Label(), self._handler
        self._handler = handler = world.Handler(world.Label(), self._slot())
        self._block(body)
        self._handler = outer
        self._jump(end)
        self._here(handler.label)
        self._emit(steps.Reraise(slot=handler.slot, caught=caught))
        self._block(handling)
        self._here(end)

    def _do_assert(self, condition):
        yes, no = world.Label(), world.Label()
        self._test(condition, yes, no)
        self._here(no)
        self._emit(steps.Raise(exception="AssertionError"))
        self._here(yes)

    def _do_exit(self):
        self._emit(steps.Raise(exception="SystemExit"))
