"""The picture of a failing interleaving: a column for each process, shared memory between them, time downward.

The model is the message sequence chart (ITU-T Z.120), in which all messages go to memory or come from it.
`WitnessText` has the words, `Columns` the places; this module draws.
"""

from shmlab.base.plurals import counted
from shmlab.explorer.explain.verdict import MODEL_NAMES
from shmlab.layout import in_words
from shmlab.show import style
from shmlab.show.canvas import Font, Page, readable_on, tint, width, wrapped
from shmlab.show.timeline import bars
from shmlab.show.timeline.geometry import (  # fmt: skip
    ABOVE,
    BODY,
    CHIP,
    CHIP_HIGH,
    GAP,
    HEADING,
    INSIDE,
    LOOP,
    MARGIN,
    MEMORY,
    MEMORY_HEADING,
    NOTE,
    PAD,
    PLAIN,
    PREEMPTED,
    SWITCH,
    WORDS,
    Columns,
)
from shmlab.show.timeline.rows import HEADINGS, WitnessText

_TITLE = Font(15, bold=True)
_HEADER = HEADING.line + GAP
_ERROR_FILL = tint(style.ERROR, 0.05)
_SENTENCE_LINES = 8
_LONE_WIDTH = 620  # width of a sentence without a picture


def of_verdict(verdict):
    """Return the Figure of a Verdict: its witness; without a witness, its sentence in a box."""
    if verdict.witness is None:
        return _sentence_only(verdict)
    failure = verdict.failure
    kind = "the smallest failing interleaving" if verdict.complete else "a failing interleaving"
    kind = f"{failure.diagnosis}: {kind}" if failure.diagnosis else kind
    heading = HEADINGS[failure.kind]
    heading = f"{failure.diagnosis}: {heading}" if failure.diagnosis else heading
    return _Timeline(WitnessText(verdict.witness, failure), kind, heading, failure.sentence).draw()


def of_witness(witness):
    """Return the Figure of a Witness alone: its steps, and how they end."""
    ends = "; ".join(f"P{rank} {end}" for rank, end in enumerate(witness.ends))
    sentence = f"{ends}; {in_words(witness.final)}".removesuffix("; ")
    return _Timeline(WitnessText(witness), "an interleaving", "the end", sentence).draw()


def _sentence_only(verdict):
    title = wrapped(verdict.title, _TITLE, _LONE_WIDTH)
    if verdict.failure:
        heading, sentence = f"✗ {HEADINGS[verdict.failure.kind]}", verdict.failure.sentence
    else:
        heading, _, sentence = verdict.sentence.partition(": ")
        heading = f"✓ {heading}" if verdict.ok else heading
    box = _Box(heading, [sentence], _LONE_WIDTH, error=verdict.failure is not None)
    page = Page(_LONE_WIDTH + 2 * MARGIN, 2 * MARGIN + GAP + len(title) * _TITLE.line + box.high)
    box.draw(page, MARGIN, _write_lines(page, MARGIN, MARGIN, title, _TITLE) + GAP)
    return page.figure


def _capital(text):
    return text[:1].upper() + text[1:]


def _write_lines(page, x, top, lines, font, colour=style.INK):
    """Write lines below each other; return where the next line would begin."""
    for line in lines:
        page.write(x, top, line, font, colour)
        top += font.line
    return top


class _Box:
    """The box below the picture: a heading, and sentences."""

    def __init__(self, heading, sentences, wide, error):
        room = wide - 2 * MARGIN
        self._wide, self._error = wide, error
        self._heading = wrapped(_capital(heading), HEADING, room)
        self._lines = [line for one in sentences for line in wrapped(_capital(one), PLAIN, room, _SENTENCE_LINES)]
        self.high = 2 * GAP + len(self._heading) * HEADING.line + len(self._lines) * PLAIN.line

    def draw(self, page, x, top):
        edge, fill, ink = (style.ERROR, _ERROR_FILL, style.ERROR) if self._error else (style.FAINT, "white", style.INK)
        page.box(x, top, self._wide, self.high, edge=edge, fill=fill, thick=1.8)
        top = _write_lines(page, x + MARGIN, top + GAP, self._heading, HEADING, ink)
        _write_lines(page, x + MARGIN, top, self._lines, PLAIN)


class _Timeline:
    def __init__(self, text, kind, heading, sentence):
        self._text, self._witness, self._columns = text, text.witness, Columns(text)
        room = self._columns.wide - 2 * MARGIN
        self._title = wrapped(f"{_capital(kind)} of {text.witness.title}", _TITLE, room)
        self._remarks = [line for one in self._explanations() for line in wrapped(one, PLAIN, room)]
        sentences = [*text.explanation(), sentence]
        self._box = _Box(heading, sentences, room, error=text.failure is not None)

    def _explanations(self):
        """Yield the sentences below the title, which explain how to read the picture."""
        witness, columns = self._witness, self._columns
        steps, switches = counted(len(witness.steps), "step"), counted(witness.preemptions, "preemption")
        yield f"{steps}, {switches}, under {MODEL_NAMES[witness.memory]}."
        if any(row.preempts for row in self._text.rows):
            yield "A dashed line marks a preemption: a switch away from a process that could have gone on."
        if sleeps := self._text.waits.sleeps:
            woken = any(sleep.woken not in (None, sleep.back) for sleep in sleeps)
            yield "A bar in a column: this process sleeps." + (
                " A dashed one: it has been woken, and wants its mutex." if woken else ""
            )
        if witness.memory != "sc":
            yield "A store waits in its process's store buffer until it reaches memory, which is a step of its own."
        acting = {step.rank for step in witness.steps}
        hidden = [rank for rank in range(len(witness.ends)) if rank not in columns.ranks]
        if idle := [f"P{rank}" for rank in hidden if rank not in acting]:
            yield f"Not drawn, as they take no step here: {', '.join(idle)}."
        if folded := [f"P{rank}" for rank in hidden if rank in acting]:
            yield f"Without a column, as all of their steps are folded: {', '.join(folded)}."

    def draw(self):
        columns = self._columns
        above = MARGIN + len(self._title) * _TITLE.line + len(self._remarks) * PLAIN.line + GAP
        table = _HEADER + GAP + sum(measured.before + measured.high + GAP for measured in columns.measured_rows)
        self._page = Page(columns.wide, above + table + self._box.high + 2 * MARGIN)
        _write_lines(
            self._page,
            MARGIN,
            _write_lines(self._page, MARGIN, MARGIN, self._title, _TITLE),
            self._remarks,
            PLAIN,
            BODY,
        )
        self._draw_headers(above, table)
        self._draw_rows(above + _HEADER + GAP)
        self._box.draw(self._page, MARGIN, above + table + MARGIN)
        return self._page.figure

    def _draw_headers(self, top, high):
        page, columns, text_top = self._page, self._columns, top + GAP / 2
        page.write(MARGIN, text_top, "step", PLAIN, BODY)
        for rank, x in columns.bands.items():
            colour = style.process_colour(rank)
            page.box(x, top, columns.band, high, edge="none", fill=tint(colour, 0.08), order=0)
            page.box(x, top, columns.band, _HEADER, edge=colour, fill=colour)
            page.write(x + columns.band / 2, text_top, f"Process {rank}", HEADING, readable_on(colour), "center")
        middle = columns.memory_x + columns.memory / 2
        page.write(middle, text_top, MEMORY_HEADING, HEADING, style.INK, "center")
        page.line([(middle, top + _HEADER + GAP), (middle, top + high - 2 * GAP)], style.GRID, thick=4, order=1)

    def _draw_rows(self, top):
        places = {}
        for measured in self._columns.measured_rows:
            top += measured.before
            row = measured.row
            if row.index is not None:
                places[row.index] = (top, measured.high)
            if row.preempts:
                self._draw_preemption(top)
            self._write_number(row, top + measured.high / 2)
            for cell in measured.cells:
                self._draw_cell(row, cell, top, measured.high)
            if measured.memory:
                self._draw_memory(row, measured.memory, top + measured.high / 2)
            if row.arrow:
                self._draw_arrow(row, top + measured.high / 2)
            top += measured.high + GAP
        last = self._columns.measured_rows[-1].high
        bars.draw(self._page, self._columns, self._text, places, (top - GAP - last, last))
        for loss in self._text.losses:
            self._draw_old_value(loss, places)
        if self._witness.loop is not None:
            self._draw_loop(places[self._witness.loop][0], sum(places[max(places)]))

    def _draw_preemption(self, top):
        """Draw a dashed line above a row, from the word "preempted" to the right edge."""
        y = top - (SWITCH + GAP) / 2
        self._page.write(MARGIN, y - NOTE.line / 2, PREEMPTED, NOTE, BODY)
        start = MARGIN + width(PREEMPTED, NOTE) + 4
        self._page.line([(start, y), (self._columns.right, y)], style.FAINT, dashed=True)

    def _write_number(self, row, middle):
        top = middle - WORDS.line / 2
        if row.kind in ("start", "end"):
            self._page.write(MARGIN, top, row.kind, PLAIN, BODY)
        elif row.kind == "step":
            number = str(row.index + 1)
            self._page.write(MARGIN, top, number, WORDS, style.ERROR if row.error else style.INK)
            self._page.write(MARGIN + width(f"{number} ", WORDS) + 2, top, f"P{row.rank}", PLAIN, BODY)

    def _draw_cell(self, row, cell, top, high):
        page, columns = self._page, self._columns
        top += (high - cell.high) / 2
        if cell.rank in columns.bands:
            x = columns.bands[cell.rank] + PAD
        else:  # the row is about several processes, or about one that has no column
            x = MARGIN
            page.box(x, top, columns.cell, cell.high, edge=style.FAINT, thick=1, dashed=True)
        error = row.error if row.kind == "step" else row.kind == "end" and self._text.is_error(cell.rank)
        if row.kind == "step" or error:
            edge, fill, thick = (
                (style.ERROR, _ERROR_FILL, 2.2) if error else (style.process_colour(cell.rank), "white", 1.4)
            )
            page.box(x, top, columns.cell, cell.high, edge=edge, fill=fill, thick=thick, dashed=row.dashed)
        below = top + ABOVE
        for text, font, colour in cell.lines:
            page.write(x + INSIDE, below, text, font, colour)
            if row.lost and font is WORDS:
                y = below + 0.72 * font.size
                page.line([(x + INSIDE, y), (x + INSIDE + width(text, font), y)], style.ERROR, thick=1.4, order=6)
            below += font.line
        for chips in cell.chips:
            self._draw_chips(chips, x + INSIDE, below, style.process_colour(cell.rank))
            below += CHIP_HIGH + 3

    def _draw_chips(self, chips, x, top, colour):
        for text, wide in chips:
            self._page.box(x, top, wide, CHIP_HIGH, edge=colour, fill=tint(colour, 0.12), thick=0.8, rounding=2)
            self._page.write(x + 4, top + 1, text, CHIP)
            x += wide + 4

    def _draw_memory(self, row, lines, middle):
        page, columns = self._page, self._columns
        new = row.changed or row.error
        edge, fill, ink = (
            (style.process_colour(row.rank), "white", style.INK) if row.changed else (style.FAINT, "white", BODY)
        )
        if row.error or (row.kind == "end" and self._text.breaks_memory()):
            edge, fill, ink = style.ERROR, _ERROR_FILL, style.ERROR
        if row.sync:
            fill = style.GRID
        high = len(lines) * MEMORY.line + 2 * ABOVE
        page.box(columns.memory_x, middle - high / 2, columns.memory, high, edge=edge, fill=fill,
                 thick=2 if new else 1, rounding=0 if row.sync else 4, dashed=row.kind == "folded")  # fmt: skip
        _write_lines(page, columns.memory_x + INSIDE, middle - high / 2 + ABOVE, lines, MEMORY, ink)

    def _draw_arrow(self, row, y):
        """Draw the arrow between a process's cell and memory. Columns between them are empty in this row."""
        columns = self._columns
        cell = columns.bands[row.rank] + PAD
        if row.rank in columns.left:
            process, memory = (cell + columns.cell + 1, y), (columns.memory_x - 1, y)
        else:
            process, memory = (cell - 1, y), (columns.memory_x + columns.memory + 1, y)
        colour = style.ERROR if row.error else style.process_colour(row.rank)
        if row.arrow == "link":
            self._page.line([process, memory], colour)
            return
        start, end = (memory, process) if row.arrow == "from" else (process, memory)
        self._page.arrow(start, end, colour, both=row.arrow == "both", dashed=row.dashed)

    def _draw_old_value(self, loss, places):
        """Draw the way of the old value from the load to the store, at the outer edge of the process's column."""
        (top, high), (below, low) = places[loss.load], places[loss.store]
        rank = self._witness.steps[loss.load].rank
        band, left = self._columns.bands[rank], rank in self._columns.left
        edge, out = (band + PAD, band + 5) if left else (band + PAD + self._columns.cell, band + self._columns.band - 5)
        start, end = top + high / 2, below + low / 2
        self._page.line([(edge, start), (out, start), (out, end)], style.ERROR, thick=1.6, dashed=True)
        self._page.arrow((out, end), (edge, end), style.ERROR)

    def _draw_loop(self, top, bottom):
        """Draw the way back from the last step of a livelock to the first step of its loop."""
        inner, outer = self._columns.right + 2, self._columns.right + 14
        self._page.line([(inner, bottom), (outer, bottom), (outer, top)], style.ERROR, thick=1.8)
        self._page.arrow((outer, top), (inner - 4, top), style.ERROR)
        self._page.write(outer + 5, (top + bottom) / 2 - NOTE.line / 2, LOOP, NOTE, style.ERROR)
