"""Sizes and places in a timeline: the width of each column and the height of each row, computed from their texts."""

import dataclasses

from shmlab.show import style
from shmlab.show.canvas import Font, shortened, width, wrapped

HEADING, WORDS, PLAIN = Font(11, bold=True), Font(10, bold=True), Font(10)
NOTE, SOURCE, CHIP = Font(8.5), Font(8.5, mono=True), Font(8, mono=True)
MEMORY = Font(9.5, mono=True)
BODY = "#4A5568"  # ink for secondary text
MARGIN, GAP = 14, 8
PAD = 13  # between the edge of a process's band and its cells
INSIDE = 7  # between the left or right edge of a box and its text
ABOVE = 4  # between the upper or lower edge of a box and its text
SWITCH = 12  # height of the mark of a preemption, on top of the gap between rows
CHIP_HIGH = CHIP.line + 2
LOOP, PREEMPTED, MEMORY_HEADING = "for ever", "preempted", "shared memory"
_ARROWS, _BETWEEN = 26, 9  # width between a band and memory, between two bands
_NARROWEST, _WIDEST, _ALL_CELLS = 130, 260, 600  # width of one process's cells, at least and at most; of all together
_MEMORY_LEAST, _MEMORY_MOST = 90, 250
_PAGE_LEAST = 480
_SOURCE_LINES, _END_LINES = 2, 5


@dataclasses.dataclass(frozen=True)
class Cell:
    """The text in one process's column: (text, font, colour) of each line; below them rows of chips, small boxes."""

    rank: int | None
    lines: tuple
    chips: tuple = ()

    @property
    def high(self):
        return 2 * ABOVE + sum(font.line for _, font, _ in self.lines) + len(self.chips) * (CHIP_HIGH + 3)


@dataclasses.dataclass(frozen=True)
class MeasuredRow:
    """A row of the picture with its cells, the lines in memory's column, and its height in points."""

    row: object
    cells: tuple
    memory: tuple
    high: float

    @property
    def before(self):
        """Return the height above the row that the mark of a preemption needs, in points."""
        return SWITCH if self.row.preempts else 0


class Columns:
    """The columns of a WitnessText, measured in points.

    `bands`: rank -> left edge of its column. `left`: the ranks whose columns are left of memory. `cell`, `memory`: the
    width of a process's cell and of memory's. `right`: the right edge of the last column. `wide`: the page's width.
    """

    def __init__(self, witness_text):
        self._witness_text, self.ranks = witness_text, witness_text.ranks()
        self.left = self.ranks[: (len(self.ranks) + 1) // 2]
        self.cell, self.memory = self._cell_width(), self._memory_width()
        self.band = self.cell + 2 * PAD
        self.gutter = self._gutter_width()
        self._place_columns()
        loop = width(LOOP, NOTE) + 24 if witness_text.witness.loop is not None else 0
        self.wide = max(_PAGE_LEAST, self.right + loop + MARGIN)
        self.measured_rows = [self._measure(row) for row in witness_text.rows]

    @property
    def _text_width(self):
        return self.cell - 2 * INSIDE

    def _cell_width(self):
        rows = self._witness_text.rows
        wanted = [width(row.words, WORDS) for row in rows] + [width(row.source, SOURCE) for row in rows]
        wanted += [width(note, NOTE) for row in rows for note in row.notes]
        wanted += [width(end, WORDS) for end in self._witness_text.witness.ends]
        most = max(_NARROWEST, min(_WIDEST, _ALL_CELLS / len(self.ranks)))
        return min(most, max(_NARROWEST, max(wanted) + 2 * INSIDE + 1))

    def _memory_width(self):
        wanted = [width(line, MEMORY) for row in self._witness_text.rows for line in row.memory]
        return min(_MEMORY_MOST, max([_MEMORY_LEAST, width(MEMORY_HEADING, HEADING), *wanted]) + 2 * INSIDE + 1)

    def _gutter_width(self):
        wanted = [width(f"{len(self._witness_text.witness.steps)}  P{self.ranks[-1]}", WORDS), width("start", PLAIN)]
        if any(row.preempts for row in self._witness_text.rows):
            wanted.append(width(PREEMPTED, NOTE))
        return max(wanted) + GAP

    def _place_columns(self):
        """Place half of the processes left of memory, and half right of it."""
        x, self.bands = MARGIN + self.gutter, {}
        for rank in self.left:
            self.bands[rank] = x
            x += self.band + _BETWEEN
        self.memory_x = x - _BETWEEN + _ARROWS
        self.right = self.memory_x + self.memory
        x = self.right + _ARROWS
        for rank in self.ranks[len(self.left) :]:
            self.bands[rank] = x
            self.right = x + self.band
            x = self.right + _BETWEEN

    def _measure(self, row):
        room = self.memory - 2 * INSIDE
        memory = tuple(part for line in row.memory for part in wrapped(line, MEMORY, room))
        if row.kind == "step":
            cells = (self._step_cell(row),)
        elif row.kind == "end":
            cells = tuple(self._end_cell(rank) for rank in self.ranks)
        elif row.kind == "folded":
            cells = (self._plain_cell(row.rank, row.words),)
        else:
            cells = ()
        heights = [cell.high for cell in cells] + [len(memory) * MEMORY.line + 2 * ABOVE if memory else 0]
        return MeasuredRow(row, cells, memory, max(heights))

    def _step_cell(self, row):
        main = BODY if row.lost else style.ERROR if row.error else style.INK
        lines = [(line, WORDS, main) for line in wrapped(row.words, WORDS, self._text_width)]
        if row.source:
            lines += [(line, SOURCE, BODY) for line in wrapped(row.source, SOURCE, self._text_width, _SOURCE_LINES)]
        colour = style.ERROR if row.error or row.lost else BODY
        lines += [(line, NOTE, colour) for note in row.notes for line in wrapped(note, NOTE, self._text_width)]
        if row.buffer is not None:
            lines.append(("store buffer, oldest first:" if row.buffer else "store buffer: empty", NOTE, BODY))
        return Cell(row.rank, tuple(lines), self._chip_rows(row.buffer or ()))

    def _chip_rows(self, texts):
        """Arrange texts in rows that fit into a cell."""
        rows, room = [], 0
        for text in texts:
            text = shortened(text, CHIP, self._text_width - 8)
            needs = width(text, CHIP) + 8
            if not rows or needs > room:
                rows.append([])
                room = self._text_width
            rows[-1].append((text, needs))
            room -= needs + 4
        return tuple(map(tuple, rows))

    def _end_cell(self, rank):
        end = self._witness_text.witness.ends[rank]
        if not self._witness_text.is_error(rank):
            return self._plain_cell(rank, end)
        lines = wrapped(end, WORDS, self._text_width, _END_LINES)
        return Cell(rank, tuple((line, WORDS, style.ERROR) for line in lines))

    def _plain_cell(self, rank, words):
        return Cell(rank, tuple((line, NOTE, BODY) for line in wrapped(words, NOTE, self._text_width, _END_LINES)))
