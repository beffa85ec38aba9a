"""Show a result as a table: a caption, headings and rows of strings.

It prints as aligned text; a notebook shows the same cells as HTML.
"""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Table:
    """Hold a table. `headings`: one for each column. `rows`: tuples of as many strings. `note`: a line below."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""

    def __str__(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.headings, *self.rows, strict=True)]
        lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in (self.headings, *self.rows)]
        return "\n".join(filter(None, [self.caption, *(lines if self.rows else []), self.note]))


class Tabled:
    """Base class of results that print as a table, and that a notebook shows as a table."""

    def table(self) -> Table:
        """Return this result as a Table."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return str(self.table())
