"""A result as a table: a caption, headings and rows of strings. Printed as aligned text; a notebook
draws the same cells as HTML."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Table:
    """`headings`: one for each column. `rows`: tuples of as many strings. `note`: a line below."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.headings, *self.rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (self.headings, *self.rows)]
        return "\n".join(filter(None, [self.caption, *(lines if self.rows else []), self.note]))


class Tabled:
    """Whatever can say itself as a table: it prints as one, and a notebook shows it as one."""

    def table(self) -> Table:
        """This result as a Table."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.table())
