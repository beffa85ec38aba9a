"""Draw who sleeps: a bar in the column of a process, from the step in which it begins to wait to the step that wakes
it, and a dashed bar from there until it has its mutex again."""

from shmlab.show import style
from shmlab.show.canvas import shortened, tint
from shmlab.show.timeline.geometry import BODY, NOTE, PAD

_FROM_EDGE, _WIDE = 12, 8  # of a bar, from the edge of the cells
_LOWER = 6  # the arrow of a wake-up, below that of the step which wakes
_ABOVE, _BELOW_ARROW = 2, 16  # from the beginning of a bar to its words


def draw(page, columns, story, places, end):
    """Draw the bars of a WitnessText, each from the middle of a row to that of another, behind the cells. `places`:
    index of a step -> (top, height) of its row; `end`: the same of the last row.
    """
    for sleep in story.waits.sleeps:
        if sleep.rank in columns.bands:
            _sleep(page, columns, story.witness.steps, sleep, places, end)


def _sleep(page, columns, steps, sleep, places, end):
    x, room = columns.bands[sleep.rank] + PAD + _FROM_EDGE, columns.cell - _FROM_EDGE - _WIDE - 12
    colour, asleep = style.process_colour(sleep.rank), shortened(f"asleep at {sleep.target}", NOTE, room)
    start = _row_of(sleep.start, places)
    words_from = sum(start) + _ABOVE
    if sleep.woken is None or steps[sleep.woken].rank == sleep.rank:  # not, or by itself
        row = end if sleep.woken is None else _row_of(sleep.woken, places)
        _bar(page, x, _middle(start), _middle(row), colour)
        _say(page, x, words_from, row[0], asleep)
        return
    middle = _middle(_row_of(sleep.woken, places)) + _LOWER
    _bar(page, x, _middle(start), middle, colour)
    _say(page, x, words_from, middle, asleep)
    _arrow(page, columns, sleep, style.process_colour(steps[sleep.woken].rank), x, middle)
    if sleep.woken != sleep.back:
        row = end if sleep.back is None else _row_of(sleep.back, places)
        _bar(page, x, middle, _middle(row), colour, awake=True)
        _say(page, x, middle + _BELOW_ARROW, row[0], shortened("awake, wants the mutex", NOTE, room))


def _row_of(index, places):
    """Return (top, height) of the row that shows a step, alone or folded with others."""
    return places[max(one for one in places if one <= index)]


def _middle(row):
    top, high = row
    return top + high / 2


def _bar(page, x, top, bottom, colour, *, awake=False):
    page.box(x, top, _WIDE, bottom - top, edge=colour, fill="white" if awake else tint(colour, 0.4), thick=1,
             rounding=0, dashed=awake, order=1)  # fmt: skip


def _say(page, x, top, bottom, words):
    """Write words beside a bar, where there is room for them."""
    if bottom - top > NOTE.line:
        page.write(x + _WIDE + 6, top, words, NOTE, BODY)


def _arrow(page, columns, sleep, colour, x, y):
    """Draw an arrow from the object to the process that is woken."""
    left = sleep.rank in columns.left
    start = columns.memory_x - 1 if left else columns.memory_x + columns.memory + 1
    page.arrow((start, y), (x + _WIDE + 1 if left else x - 1, y), colour, dashed=True)
