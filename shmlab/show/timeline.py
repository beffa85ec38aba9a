"""The picture of a failing interleaving: a column for each process, shared memory between them, time downward.

After the timelines of message sequence charts (ITU-T Z.120), with memory as the one all talk to. All sizes are
computed from the texts, in points.
"""

import dataclasses

from shmlab.explorer.verdict import MODEL_NAMES
from shmlab.show import style
from shmlab.show.page import Font, Page, readable_on, shortened, tint, width, wrapped
from shmlab.show.story import HEADINGS, Story

_TITLE, _SUBTITLE, _HEADING = Font(15, bold=True), Font(10), Font(11, bold=True)
_WORDS, _PLAIN, _NOTE, _SOURCE = Font(10, bold=True), Font(10), Font(8.5), Font(8.5, mono=True)
_MEMORY, _MEMORY_NEW = Font(9.5, mono=True), Font(9.5, bold=True, mono=True)
_MARGIN, _PAD, _GAP, _ARROW_GAP, _BETWEEN, _SWITCH = 14, 15, 8, 26, 9, 12
_INSIDE = 7  # from the edge of a box to its text
_NARROWEST, _MEMORY_WIDTH = 130, (110, 250)
_FOR_CELLS = 680  # what all processes' cells share; none is wider than _WIDEST
_WIDEST = 300
_LEAST_PAGE = 460
_LOOP = "for ever"
_PREEMPTED = "preempted"
_BODY = "#4A5568"  # ink for what is said beside the main thing
_ERROR_FILL = tint(style.ERROR, 0.05)


def of_verdict(verdict):
    """The Figure of a Verdict: its witness, or where there is none its sentence in a box."""
    if verdict.witness is None:
        return _sentence_only(verdict)
    kind = "the smallest failing interleaving" if verdict.complete else "a failing interleaving"
    failure = verdict.failure
    heading = HEADINGS[failure.kind]
    heading = f"{failure.diagnosis}: {heading}" if failure.diagnosis else heading
    return _Timeline(Story(verdict.witness, failure), kind, _capital(heading), failure.sentence).draw()


def of_witness(witness):
    """The Figure of a Witness alone: its steps, and how they end."""
    ends = "; ".join(f"P{rank} {end}" for rank, end in enumerate(witness.ends))
    values = ", ".join(f"{name} = {value}" for name, value in witness.final.items())
    return _Timeline(Story(witness), "an interleaving", "So it ends", f"{values}; {ends}".removeprefix("; ")).draw()


def _capital(text):
    return text[:1].upper() + text[1:]


def _sentence_only(verdict):
    wide = 620
    title = wrapped(verdict.title, _TITLE, wide)
    box = _Box(_capital({True: "ok", None: "undecided", False: "it fails"}[verdict.ok]), [verdict.sentence], wide)
    page = Page(wide + 2 * _MARGIN, 3 * _MARGIN + len(title) * _TITLE.line + box.high)
    top = _lines(page, _MARGIN, _MARGIN, title, _TITLE)
    box.draw(page, _MARGIN, top + _MARGIN, error=verdict.ok is False)
    return page.figure


def _lines(page, x, top, lines, font, colour=style.INK, align="left"):
    """Write lines below each other; returns where the next would begin."""
    for line in lines:
        page.write(x, top, line, font, colour, align)
        top += font.line
    return top


class _Box:
    """The box below the picture: a heading, and sentences."""

    def __init__(self, heading, sentences, wide):
        self._wide = wide
        self._heading = wrapped(heading, _HEADING, wide - 2 * _MARGIN)
        self._lines = [line for one in sentences for line in wrapped(_capital(one), _PLAIN, wide - 2 * _MARGIN, 8)]
        self.high = 2 * _GAP + len(self._heading) * _HEADING.line + len(self._lines) * _PLAIN.line

    def draw(self, page, x, top, error):
        edge, fill = (style.ERROR, _ERROR_FILL) if error else (style.FAINT, "white")
        page.box(x, top, self._wide, self.high, edge=edge, fill=fill, thick=1.8)
        top = _lines(page, x + _MARGIN, top + _GAP, self._heading, _HEADING, style.ERROR if error else style.INK)
        _lines(page, x + _MARGIN, top, self._lines, _PLAIN)


@dataclasses.dataclass(frozen=True)
class _Cell:
    """What stands in one process's column in one row: (text, font, colour) of each line, and chips below them."""

    rank: int
    lines: tuple
    chips: tuple = ()  # rows of texts

    @property
    def high(self):
        chips = len(self.chips) * (_NOTE.line + 6) if self.chips else 0
        return 2 * 4 + sum(font.line for _, font, _ in self.lines) + chips


class _Timeline:
    def __init__(self, story, kind, heading, sentence):
        self._story, self._witness = story, story.witness
        self._ranks = story.ranks()
        self._kind, self._heading, self._sentence = kind, heading, sentence
        self._measure()

    # Sizes.

    def _measure(self):
        rows, count = self._story.rows, len(self._ranks)
        most = max(_NARROWEST, min(_WIDEST, _FOR_CELLS / count))
        wanted = [width(row.words, _WORDS) for row in rows] + [width(row.source, _SOURCE) for row in rows]
        wanted += [width(f"Process {rank}", _HEADING) for rank in self._ranks]
        self._cell = min(most, max(_NARROWEST, max(wanted) + 2 * _INSIDE + 1))
        self._text = self._cell - 2 * _INSIDE
        least, largest = _MEMORY_WIDTH
        lines = [width(line, _MEMORY_NEW) for row in rows for line in row.memory]
        self._memory = min(largest, max([least, width("shared memory", _HEADING), *lines]) + 2 * _INSIDE + 1)
        numbers = [width(f"{len(self._witness.steps)}  P{self._ranks[-1]}", _WORDS)]
        numbers += [width(_PREEMPTED, _NOTE)] if any(row.preempts for row in rows) else []
        self._gutter = max([width("start", _NOTE), *numbers]) + 10
        self._place_columns()
        self._laid = [self._lay(row) for row in rows]

    def _place_columns(self):
        """Half of the processes stand left of memory, half right of it."""
        band, x = self._cell + 2 * _PAD, _MARGIN + self._gutter
        left = (len(self._ranks) + 1) // 2
        self._bands = {}
        for place, rank in enumerate(self._ranks):
            if place == left:
                x += _ARROW_GAP - _BETWEEN + self._memory + _ARROW_GAP
            self._bands[rank] = x
            x += band + _BETWEEN
        first_right = [self._bands[rank] for rank in self._ranks[left:]]
        if first_right:
            self._memory_x = first_right[0] - _ARROW_GAP - self._memory
            right = x - _BETWEEN
        else:
            self._memory_x = x - _BETWEEN + _ARROW_GAP
            right = self._memory_x + self._memory
        self._right = right
        loop = width(_LOOP, _NOTE) + 22 if self._witness.loop is not None else 0
        self._wide = max(_LEAST_PAGE, right + loop + _MARGIN)

    def _lay(self, row):
        """(row, cells, memory's lines, height)."""
        memory_room = self._memory - 2 * _INSIDE
        memory = [part for line in row.memory for part in wrapped(line, _MEMORY_NEW, memory_room)]
        if row.kind == "step":
            cells = [self._step_cell(row)]
        elif row.kind == "end":
            cells = [self._end_cell(rank) for rank in self._ranks]
        elif row.kind == "folded":
            lines = wrapped(row.words, _NOTE, self._text)
            cells = [_Cell(row.rank, tuple((line, _NOTE, _BODY) for line in lines))]
        else:
            cells = []
        high = max([cell.high for cell in cells] + [len(memory) * _MEMORY.line + 8 if memory else 0])
        return row, cells, memory, high

    def _step_cell(self, row):
        marked = style.ERROR if row.error else style.INK
        lines = [(line, _WORDS, _BODY if row.lost else marked) for line in wrapped(row.words, _WORDS, self._text)]
        if row.source:
            lines.append((shortened(row.source, _SOURCE, self._text), _SOURCE, _BODY))
        colour = style.ERROR if row.error or row.lost else _BODY
        lines += [(line, _NOTE, colour) for note in row.notes for line in wrapped(note, _NOTE, self._text)]
        if row.buffer is None:
            return _Cell(row.rank, tuple(lines))
        lines.append(("store buffer, oldest first:" if row.buffer else "store buffer: empty", _NOTE, _BODY))
        return _Cell(row.rank, tuple(lines), self._chips(row.buffer))

    def _chips(self, texts):
        """The texts in rows that fit into a cell."""
        rows, room = [], 0
        for text in texts:
            text = shortened(text, _SOURCE, self._text - 8)
            needs = width(text, _SOURCE) + 12
            if not rows or needs - 4 > room:
                rows.append([])
                room = self._text
            rows[-1].append(text)
            room -= needs
        return tuple(map(tuple, rows))

    def _end_cell(self, rank):
        end, error = self._witness.ends[rank], self._story.is_error(rank)
        font, colour = (_WORDS, style.ERROR) if error else (_NOTE, _BODY)
        return _Cell(rank, tuple((line, font, colour) for line in wrapped(end, font, self._text, 5)))

    # Drawing.

    def draw(self):
        room = self._wide - 2 * _MARGIN
        diagnosis = self._story.failure.diagnosis if self._story.failure else ""
        title = _capital(f"{diagnosis}: {self._kind}" if diagnosis else self._kind)
        title = wrapped(f"{title} of {self._witness.title}", _TITLE, room)
        below = [line for one in self._remarks() for line in wrapped(one, _SUBTITLE, room)]
        box = _Box(self._heading, [*self._story.explanation(), self._sentence], room)
        top = _MARGIN + len(title) * _TITLE.line + len(below) * _SUBTITLE.line + _GAP
        table = _HEADING.line + 2 * _GAP + sum(high + _GAP + self._before(row) for row, _, _, high in self._laid)
        self._page = Page(self._wide, top + table + _MARGIN + box.high + _MARGIN)
        _lines(self._page, _MARGIN, _lines(self._page, _MARGIN, _MARGIN, title, _TITLE), below, _SUBTITLE, _BODY)
        self._columns(top, table)
        self._rows(top + _HEADING.line + 2 * _GAP)
        box.draw(self._page, _MARGIN, top + table + _MARGIN, error=self._story.failure is not None)
        return self._page.figure

    @staticmethod
    def _before(row):
        """The room above a row for the mark of a preemption."""
        return _SWITCH if row.preempts else 0

    def _remarks(self):
        witness = self._witness
        switches = f"{witness.preemptions} preemption{'' if witness.preemptions == 1 else 's'}"
        steps = f"{len(witness.steps)} step{'' if len(witness.steps) == 1 else 's'}"
        yield f"{steps}, {switches}, under {MODEL_NAMES[witness.memory]}."
        if any(row.preempts for row in self._story.rows):
            yield "A dashed line marks a preemption: a switch away from a process that could have gone on."
        if witness.memory != "sc":
            yield "A store waits in the store buffer of its process until it reaches memory, in a step of its own."
        hidden = [f"P{rank}" for rank in range(len(witness.ends)) if rank not in self._ranks]
        if hidden:
            yield f"Not drawn: {', '.join(hidden)}, which finished."

    def _columns(self, top, high):
        page, band = self._page, self._cell + 2 * _PAD
        page.write(_MARGIN, top + _GAP, "step", _SUBTITLE, _BODY)
        for rank, x in self._bands.items():
            colour = _colour(rank)
            page.box(x, top, band, high, edge="none", fill=tint(colour, 0.08), order=0)
            page.box(x, top, band, _HEADING.line + _GAP, edge=colour, fill=colour)
            page.write(x + band / 2, top + _GAP / 2, f"Process {rank}", _HEADING, readable_on(colour), "center")
        middle = self._memory_x + self._memory / 2
        page.write(middle, top + _GAP / 2, "shared memory", _HEADING, style.INK, "center")

    def _rows(self, top):
        places = {}
        for row, cells, memory, high in self._laid:
            top += self._before(row)
            places[row.index if row.kind != "end" else "end"] = (top, high)
            if row.preempts:
                self._preemption(top)
            self._number(row, top, high)
            for cell in cells:
                self._cell_at(row, cell, top, high)
            if memory:
                self._memory_at(row, memory, top, high)
            if row.arrow:
                self._arrow(row, top + high / 2)
            top += high + _GAP
        self._spine(top - _GAP)
        for loss in self._story.losses:
            self._kept(loss, places)
        if self._witness.loop is not None:
            self._bracket(places)
