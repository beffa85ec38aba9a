"""Write a litmus test once: its text becomes a Program for a memory model, and a C program for the machine."""

import dataclasses
import functools
import linecache
import re

from shmlab import primitives
from shmlab.litmus import hardware
from shmlab.program import Program

_FORMS = {  # a statement -> (as Python, as C)
    r"(?P<at>[a-qs-z]) = (?P<n>\d)": ("shm.{at} = {n}", "store(&cell->{at}, {n});"),
    r"(?P<r>r\d) = (?P<at>[a-qs-z])": ("shm.{r} = shm.{at}", "int {r} = load(&cell->{at});"),
    r"store_release\((?P<at>[a-qs-z]), (?P<n>\d)\)": (
        "store_release(shm, '{at}', {n})",
        "store_release(&cell->{at}, {n});",
    ),
    r"(?P<r>r\d) = load_acquire\((?P<at>[a-qs-z])\)": (
        "shm.{r} = load_acquire(shm, '{at}')",
        "int {r} = load_acquire(&cell->{at});",
    ),
    r"fence\(\)": ("fence()", "fence();"),
}


@dataclasses.dataclass(frozen=True)
class Litmus:
    """Hold a litmus test.

    `processes`: for each process its statements, "x = 1; r0 = y". r0 … r9 are the registers of one process, which are
    looked at when all have ended; any other letter is a place in shared memory, which starts at 0. Statements are
    x = 1, r0 = x, fence(), store_release(x, 1), r0 = load_acquire(x); numbers are 0 to 3. `asked`: the end that is
    asked about, "r0 = 0, r1 = 0". Raises ValueError for anything else. Source: Alglave, Maranget, Tautschnig, Herding
    Cats (TOPLAS 2014).
    """

    name: str
    processes: tuple[str, ...]
    asked: str

    def __post_init__(self):
        object.__setattr__(self, "processes", tuple(self.processes))
        if not 1 <= len(self.processes) <= 4:
            raise ValueError(f"{self.name}: a litmus test has 1 to 4 processes, and not {len(self.processes)}")
        for text in self.processes:
            _translated(text)
        unknown = sorted(set(self.end) - {*self.registers, *self.places})
        if unknown:
            raise ValueError(f"{self.name}: asked about {', '.join(unknown)}, which no process has")
        twice = [name for name in self.registers if self.registers.count(name) > 1]
        if twice:
            raise ValueError(f"{self.name}: {twice[0]} is filled twice: give each load a number of its own")

    @property
    def registers(self):
        """The names of the registers, in the order of the text."""
        return re.findall(r"r\d(?= = )", "; ".join(self.processes))

    @property
    def places(self):
        """The names of the places in shared memory."""
        return sorted(set(re.findall(r"\b[a-qs-z]\b", "; ".join(self.processes))))

    @property
    def end(self):
        """The end that is asked about: name -> number."""
        found = dict(re.findall(r"(\w+) = (\d)(?:, |$)", self.asked))
        if not found or ", ".join(f"{name} = {number}" for name, number in found.items()) != self.asked:
            raise ValueError(f"{self.name}: asked is {self.asked!r}: write it as r0 = 0, r1 = 0")
        return {name: int(number) for name, number in found.items()}

    @property
    def watched(self):
        """The names that are looked at when all have ended: all registers, and the places that are asked about."""
        return [*self.registers, *(name for name in self.places if name in self.end)]

    @functools.cached_property
    def program(self):
        """The Program that fails where it ends as is asked about."""
        end = self.end

        def never(shm):
            return any(getattr(shm, name) != number for name, number in end.items())

        shared = dict.fromkeys(self.places, 0) | dict.fromkeys(self.registers, -1)
        return Program(_functions(self), shared=shared, invariant=never)

    def check(self, memory="sc"):
        """Check every interleaving under a memory model; return a Verdict, ok if none ends as is asked about."""
        return self.program.check(memory=memory, progress=False)

    def run(self, rounds=1_000_000, *, seconds=0.6):
        """Run it on this machine's processors, in C, and return what was Observed. `seconds`: when to stop, at the
        latest.

        Without a C compiler, return what was recorded. Raises NotImplementedError where nothing was.
        """
        return hardware.run(self, rounds, seconds)

    @property
    def in_c(self):
        """The processes as functions in C. `cell` in them holds the places of one round."""
        functions = []
        for rank, text in enumerate(self.processes):
            lines = [c for _, c in _translated(text)]
            lines += [f"store(&cell->{name}, {name});" for name in re.findall(r"r\d(?= = )", text)]
            body = "\n".join(f"    {line}" for line in lines)
            functions.append(f"static void P{rank}(struct cell *cell)\n{{\n{body}\n}}\n")
        return "\n".join(functions)


def _translated(text):
    """Return (as Python, as C) for each statement. Raises ValueError for what is none."""
    found = []
    for statement in map(str.strip, text.split(";")):
        forms = ((re.fullmatch(form, statement), both) for form, both in _FORMS.items())
        match, both = next(((match, both) for match, both in forms if match), (None, None))
        if match is None or int(match.groupdict().get("n") or 0) > 3:
            raise ValueError(f"{statement!r} is no statement of a litmus test: write x = 1, r0 = x, fence(), "
                             "store_release(x, 1) or r0 = load_acquire(x), with numbers from 0 to 3")  # fmt: skip
        found.append(tuple(one.format(**match.groupdict()) for one in both))
    return found


def _functions(litmus):
    """Return the processes as Python functions, whose text a witness can show."""
    parts = []
    for rank, text in enumerate(litmus.processes):
        body = "\n".join(f"    {python}" for python, _ in _translated(text))
        parts.append(f"def P{rank}(shm):\n{body}\n")
    source, file = "\n\n".join(parts), f"<litmus test {litmus.name}: {' | '.join(litmus.processes)}>"
    linecache.cache[file] = len(source), None, source.splitlines(keepends=True), file
    names = {name: getattr(primitives, name) for name in ("fence", "load_acquire", "store_release")}
    names["__name__"] = __name__
    exec(compile(source, file, "exec"), names)
    return [names[f"P{rank}"] for rank in range(len(litmus.processes))]
