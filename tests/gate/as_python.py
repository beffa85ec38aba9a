"""A program of random_programs.py as Python source text, and as a shmlab.Program."""

import itertools
import linecache
import textwrap

import shmlab
from shmlab.ipc import OwnerDied

_numbers = itertools.count()
# What the functions find as their module's own names.
NAMES = {"OwnerDied": OwnerDied} | {
    function.__name__: function
    for function in (
        shmlab.compare_exchange,
        shmlab.exchange,
        shmlab.fence,
        shmlab.fetch_add,
        shmlab.load_acquire,
        shmlab.pause,
        shmlab.store_release,
    )
}
DECLARED = {
    "semaphore": shmlab.Semaphore,
    "mutex": shmlab.Mutex,
    "condition": shmlab.Condition,
    "barrier": shmlab.Barrier,
}
SIMPLE = {
    "pause": "pause()",
    "fence": "fence()",
    "break": "break",
    "return": "return",
    "exit": "raise SystemExit(0)",
    "set": "{0} = {1}",
    "load": "{0} = {1}",
    "load_acquire": "{0} = load_acquire({1.atomic})",
    "store": "{0} = {1}",
    "store_release": "store_release({0.atomic}, {1})",
    "add": "{0} += {1}",
    "add_from": "{0} += {1}",
    "copy": "{0} = {1}",
    "swap": "{0}, {1} = {1}, {0}",
    "fetch_add": "{0} = fetch_add({1.atomic}, {2})",
    "exchange": "{0} = exchange({1.atomic}, {2})",
    "compare_exchange": "{0} = compare_exchange({1.atomic}, {2}, {3})",
    "acquire": "{0}.acquire()",
    "release": "{0}.release()",
    "consistent": "{0}.consistent()",
    "try_acquire": "{0} = {1}.try_acquire()",
    "value": "{0} = {1}.value",
    "wait": "{0}.wait()",
    "notify": "{0}.notify()",
    "notify_all": "{0}.notify_all()",
    "arrive": "{0} = {1}.wait()",
}
TIMED = {"acquire": "{0}.acquire(timeout=1)", "wait": "{0}.wait(timeout=1)"}
# Which arguments are places in memory; the others are names, numbers and expressions.
PLACES = {
    "load": [1],
    "load_acquire": [1],
    "store": [0],
    "store_release": [0],
    "add": [0],
    "add_from": [0, 1],
    "copy": [0, 1],
    "swap": [0, 1],
    "fetch_add": [1],
    "exchange": [1],
    "compare_exchange": [1],
}


def as_program(data):
    """The shmlab.Program that the data describes; inspect.getsource works on its functions."""
    text = source(data)
    filename = f"<gate {data['seed']} {next(_numbers)}>"
    linecache.cache[filename] = len(text), None, text.splitlines(keepends=True), filename
    module = dict(NAMES)
    exec(compile(text, filename, "exec"), module)
    sync = {name: DECLARED[kind](*arguments) for name, (kind, *arguments) in data["sync"].items()}
    functions = [module[f"process_{index}"] for index in data["processes"]]
    same = len(set(data["processes"])) == 1
    return shmlab.Program(
        functions[0] if same else functions,
        processes=len(functions) if same else None,
        shared=data["shared"],
        sync=sync,
        invariant=module.get("invariant"),
        always=module.get("always"),
        possible={words: module[f"possible_{index}"] for index, words in enumerate(data["possible"])} or None,
    )


def source(data):
    """All functions and predicates of a program, as text."""
    parts = [_helper(data, name) for name in data["helpers"]]
    parts += [_function(data, index) for index in sorted(set(data["processes"]))]
    predicates = {name: data[name] for name in ("invariant", "always") if data[name] is not None}
    predicates |= {f"possible_{index}": condition for index, condition in enumerate(data["possible"].values())}
    parts += [f"def {name}(shm):\n    return {_condition(condition)}\n" for name, condition in predicates.items()]
    return "\n\n".join(parts)


def arguments(data, instructions):
    """The parameters that instructions need: shm, rank if they use it, and their synchronization objects."""
    words = set(_words(instructions))
    for helper in data["helpers"]:
        if helper in words:
            words |= set(_words(data["helpers"][helper]))
    return ["shm", *(["rank"] if words & {"rank", "other"} else []), *(name for name in data["sync"] if name in words)]


def _words(instructions):
    """Every string in nested tuples."""
    if isinstance(instructions, str):
        yield instructions
    elif isinstance(instructions, tuple | list):
        for one in instructions:
            yield from _words(one)


def _helper(data, name):
    return _definition(data, name, data["helpers"][name], [])


def _function(data, index):
    body = data["functions"][index]
    used = set(_words(body))
    return _definition(data, f"process_{index}", body, [local for local in ("r0", "r1") if local in used])


def _definition(data, name, body, local):
    before = f"    {' = '.join(local)} = 0\n" if local else ""
    text = textwrap.indent(_Writer(data).block(body), "    ")
    return f"def {name}({', '.join(arguments(data, body))}):\n{before}{text}"


class _Place(str):
    """shm.x, and with .atomic what an atomic wants for it."""

    atomic = ""


def _place(place):
    name, index = (place, None) if isinstance(place, str) else place
    if index is None:
        written = _Place(f"shm.{name}")
        written.atomic = f'shm, "{name}"'
        return written
    index = f"{index} % 2" if isinstance(index, str) else _expression(index)
    written = _Place(f"shm.{name}[{index}]")
    written.atomic = f"shm.{name}, {index}"
    return written


def _expression(expression):
    match expression:
        case ("plus", name, constant):
            return f"{name} + {constant}"
        case ("rank", 0):
            return "rank"
        case ("rank", constant):
            return f"rank + {constant}"
        case ("other",):
            return "1 - rank"
    return str(expression)


def _condition(condition):
    match condition:
        case ("and" | "or" as word, first, second):
            return f"({_condition(first)} {word} {_condition(second)})"
        case ("not", inner):
            return f"not {_condition(inner)}"
        case ("compare", left, comparison, constant):
            return f"{_operand(left)} {comparison} {constant}"
    return _Writer.simple(condition[0], (None, *condition[1:])).removeprefix("None = ")


def _operand(left):
    match left:
        case ("field", place):
            return _place(place)
        case ("acquired", place):
            return f"load_acquire({_place(place).atomic})"
        case ("local", name):
            return name
    return "rank"


class _Writer:
    def __init__(self, data):
        self._data = data

    def block(self, instructions):
        return "".join(map(self._instruction, instructions)) or "pass\n"

    def _instruction(self, instruction):
        name, *rest = instruction
        writer = getattr(self, f"_write_{name}", None)
        return writer(*rest) if writer else self.simple(name, rest) + "\n"

    @staticmethod
    def simple(name, rest):
        """An instruction without a body; a result that is wanted by nobody is not assigned."""
        places = PLACES.get(name, ())
        written = [_place(one) if index in places else _expression(one) for index, one in enumerate(rest)]
        form = TIMED[name] if name in TIMED and rest[1:] == [True] else SIMPLE[name]
        return form.format(*written).removeprefix("None = ")

    def _under(self, heading, body):
        return f"{heading}:\n{textwrap.indent(self.block(body), '    ')}"

    def _write_with(self, sync, body):
        return self._under(f"with {sync}", body)

    def _write_if(self, condition, then, otherwise):
        return self._under(f"if {_condition(condition)}", then) + (self._under("else", otherwise) if otherwise else "")

    def _write_while(self, condition, body):
        return self._under(f"while {_condition(condition)}", body)

    def _write_forever(self, body):
        return self._under("while True", body)

    def _write_for(self, name, how, times, body):
        over = f"range({times})" if how == "range" else f"[7] * {times}"
        return self._under(f"for {name or '_'} in {over}", body)

    def _write_try(self, body, caught, handling):
        return self._under("try", body) + self._under(f"except {caught}", handling)

    def _write_finally(self, body, last):
        return self._under("try", body) + self._under("finally", last)

    def _write_assert(self, condition):
        return f"assert {_condition(condition)}\n"

    def _write_call(self, helper):
        return f"{helper}({', '.join(arguments(self._data, self._data['helpers'][helper]))})\n"
