"""Who sleeps in a picture: a bar in the column of a process from the step in which it begins to wait to the one that
wakes it, and a dashed bar until it has its mutex again."""

from shmlab.show import style
from shmlab.show.canvas import shortened, tint
from shmlab.show.timeline.geometry import BODY, NOTE, PAD

_FROM_EDGE, _WIDE = 12, 8  # of a bar, from the edge of the cells
_LOWER = 6  # the arrow of a wake-up, below that of the step which wakes
_ABOVE, _BELOW_ARROW = 2, 16  # from the beginning of a bar to its words


def draw(page, columns, story, places, end):
    """Draw all bars of a Story. `places`: index of a step -> (top, height) of its row; `end`: where the last row
    begins."""
    for sleep in story.waits.sleeps:
        if sleep.rank in columns.bands:
            _sleep(page, columns, story.witness.steps, sleep, places, end)


def _sleep(page, columns, steps, sleep, places, end):
    x, room = columns.bands[sleep.rank] + PAD + _FROM_EDGE, columns.cell - _FROM_EDGE - _WIDE - 12
    colour, asleep = style.process_colour(sleep.rank), shortened(f"asleep at {sleep.target}", NOTE, room)
    top = sum(_row_of(sleep.start, places))
    if sleep.woken is None:
        _bar(page, x, top, end, colour, asleep)
        return
    row, high = _row_of(sleep.woken, places)
    if steps[sleep.woken].rank == sleep.rank:  # by itself
        _bar(page, x, top, row, colour, asleep)
        return
    middle = row + high / 2 + _LOWER
    _bar(page, x, top, middle, colour, asleep)
    _arrow(page, columns, sleep, style.process_colour(steps[sleep.woken].rank), x, middle)
    if sleep.woken != sleep.back:
        back = end if sleep.back is None else _row_of(sleep.back, places)[0]
        _bar(page, x, middle, back, colour, shortened("awake, wants the mutex", NOTE, room), awake=True)


def _row_of(index, places):
    """(top, height) of the row that shows a step, or has it folded."""
    return places[max(one for one in places if one <= index)]


def _bar(page, x, top, bottom, colour, words, *, awake=False):
    if bottom - top < 2:
        return
    page.box(x, top, _WIDE, bottom - top, edge=colour, fill="white" if awake else tint(colour, 0.4), thick=1,
             rounding=0, dashed=awake, order=1)  # fmt: skip
    top += _BELOW_ARROW if awake else _ABOVE
    if bottom - top > NOTE.line:
        page.write(x + _WIDE + 6, top, words, NOTE, BODY)


def _arrow(page, columns, sleep, colour, x, y):
    """From the object to the process that is woken."""
    left = sleep.rank in columns.left
    start = columns.memory_x - 1 if left else columns.memory_x + columns.memory + 1
    page.arrow((start, y), (x + _WIDE + 1 if left else x - 1, y), colour, dashed=True)
