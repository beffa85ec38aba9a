"""Programs whose failure has a name, or none, each in several layouts: what is said must not depend on how a line is
broken."""

import dataclasses

from cells import cell

from shmlab import Program


@dataclasses.dataclass(frozen=True)
class Case:
    """A program in several layouts. `name`: of the failure, "" where none is right; a tuple where any of several is.
    `layouts`: label -> the text of a cell that defines `functions`. `rest`: what else goes to Program; `terms`: to
    check."""

    name: object
    layouts: dict
    functions: tuple
    rest: dict
    terms: dict

    def program(self, label):
        space = cell(IMPORTS + self.layouts[label])
        functions = [space[name] for name in self.functions]
        return Program(functions[0] if "processes" in self.rest else functions, **self.rest)

    def check(self, label):
        return self.program(label).check(progress=False, **self.terms)


IMPORTS = """
from shmlab import compare_exchange, exchange, fence, fetch_add, load_acquire, pause, store_release
"""


def case(name, layouts, functions, *, terms=None, **rest):
    return Case(name, layouts, tuple(functions), rest, terms or {})
