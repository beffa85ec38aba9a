"""Show what a Watch sees: on a screen that is drawn anew, as lines where there is no terminal, or as JSON."""

import datetime
import heapq
import itertools
import json
import os
import select
import shutil
import sys
import time

import click

from shmlab.ipc.limits import in_words
from shmlab.observe.watching import Watch, made_by, named

_COLUMNS = (("segment", 25), ("kind", 8), ("size", 9), ("attached", 8), ("by process", 12), ("creator", 13))
_WIDTHS = dict(_COLUMNS)
_COUNTS_TOO = {"files in /dev/shm": ", semaphores too"}
_EVENTS = 5  # the last ones, below the table
_LONGEST_EVENTS = 200  # kept between two screens
_BAR = 30
_LOUD = {"alarm": {"fg": "red", "bold": True}, "removed": {"fg": "yellow"}, "created": {"fg": "green"}}


def run(*, interval, as_json, colour, alarm, looks, mine):
    """Look every `interval` seconds and show it, `looks` times or until Ctrl-C; return the exit code.

    `as_json`: one JSON line for each event. `colour`: False for none. `alarm`: in percent. `mine`: only what is on our
    ledger.
    """
    watch = Watch(everyone=not mine, alarm=alarm / 100, keep=_LONGEST_EVENTS)
    show = _shower(as_json, colour, interval)
    began, number = time.monotonic(), 0
    try:
        while True:
            look = watch.look()
            show(watch, look)
            number += 1
            if number == 1 and not look.objects and not _draws(as_json):
                print(
                    f"No segment{' of ours' if mine else ''} is here; a line comes with each change.", file=sys.stderr
                )
            if number == looks:
                return 0
            select.select([], [], [], max(0.0, began + number * interval - time.monotonic()))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the lines has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _shower(as_json, colour, interval):
    """Return a function that shows a Watch and its last Look."""
    if as_json:
        return lambda watch, look: _print(json.dumps(event.as_json()) for event in look.events)
    if not _draws(as_json):
        return lambda watch, look: _print(f"{_clock(event)} {event}" for event in look.events)
    coloured = colour and not os.environ.get("NO_COLOR")
    _print(["\x1b[2J"], end="")
    return lambda watch, look: _print([drawn(screen(watch, look, interval, shutil.get_terminal_size()), coloured)], "")


def _draws(as_json):
    """Tell whether a screen is drawn anew, and not a line printed for each event."""
    return not as_json and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def _print(lines, end="\n"):
    for one in lines:
        print(one, end=end)
    sys.stdout.flush()


def _clock(found):
    """Return the time of day of a Look or an Event."""
    return datetime.datetime.fromtimestamp(found.time_ns / 1e9).strftime("%H:%M:%S")


def screen(watch, look, interval, size):
    """Return what is shown of a Look: a list of (line, what colours it). No line is longer than the terminal."""
    lines = [(f"shmlab watch   {_clock(look)}   every {interval:g} s   Ctrl-C ends it", "")]
    told = [_told(use, use.share >= watch.alarm) for use in look.uses]
    length = max(0, min(_BAR, size.columns - max(map(len, told)) - 19))
    for use, used in zip(look.uses, told, strict=True):
        bar = ("#" * round(use.share * length)).ljust(length, ".")
        lines.append((f"{use.name:17} {bar} {used}", "alarm" if use.share >= watch.alarm else ""))
    last = list(watch.events)[-_EVENTS:] if len(watch.looks) > 1 else []
    room = max(1, size.lines - len(lines) - len(last) - 5)
    lines += [
        ("", ""),
        *((row, "heading" if number == 0 else "") for number, row in enumerate(_rows(look, room, size.columns))),
    ]
    times = [f"{_clock(event)} " for event in last]
    lines += [("", "")] + [
        (time_of_day + event.in_width(size.columns - len(time_of_day)), event.what)
        for time_of_day, event in zip(times, last, strict=True)
    ]
    return [(_cut(text, size.columns), what) for text, what in lines]


def _told(use, loud):
    """Return how much of a limit is in use, in words."""
    used = f"{in_words(use.used)} of {in_words(use.most)}" if use.in_bytes else f"{use.used:,} of {use.most:,}"
    return f"{use.share:4.0%} {used}{_COUNTS_TOO.get(use.name, '')}{'  ALARM' if loud else ''}"


def _cut(text, width):
    """Return a line that fits: one that is too long ends after a whole word, and says so."""
    return text if len(text) <= width else text[: width - 3].rpartition(" ")[0] + " .."


def _rows(look, room, width):
    """Yield the heading, and the largest segments that have room, each as a line of the columns that fit."""
    yield _row([heading for heading, _ in _COLUMNS], width)
    for one in heapq.nlargest(room, look.objects, key=lambda one: one.size_bytes or 0):
        users = _pids(look.users_of(one), _WIDTHS["by process"])
        kind = one.kind.removesuffix(" segment")
        attached = "?" if one.attached is None else str(one.attached)
        yield _row([named(one), kind, in_words(one.size_bytes or 0), attached, users, made_by(one)], width)
    if len(look.objects) > room:
        yield f"and {len(look.objects) - room:,} more, none of them larger"


def _pids(pids, width):
    """Return as many process ids as fit, and how many more there are: "4711 +2"."""
    for count in range(len(pids), 0, -1):
        text = " ".join([*map(str, pids[:count]), *([f"+{len(pids) - count}"] if count < len(pids) else [])])
        if len(text) <= width:
            return text
    return f"+{len(pids)}" if pids else ""


def _row(cells, width):
    """Return cells as a line of the columns that fit into `width`, the same ones in each line."""
    ends = itertools.accumulate(column + 1 for _, column in _COLUMNS)
    return " ".join(
        _fitted(cell, column) for cell, (_, column), end in zip(cells, _COLUMNS, ends, strict=True) if end - 1 <= width
    ).rstrip()


def _fitted(cell, width):
    """Return a cell in its column; what is too long is cut, and says so."""
    if len(cell) <= width:
        return cell.ljust(width)
    return cell[: width - 2] + ".."


def drawn(lines, coloured):
    """Return lines as the text that draws them over the ones before, with colours or without."""
    styles = {**_LOUD, "heading": {"bold": True}}
    text = "".join(
        (click.style(one, **styles[what]) if coloured and what in styles else one) + "\x1b[K\n" for one, what in lines
    )
    return f"\x1b[H{text}\x1b[J"
