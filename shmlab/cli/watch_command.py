"""Show what a Watch sees: on a screen that is drawn anew, as lines where there is no terminal, or as JSON."""

import datetime
import heapq
import json
import os
import select
import shutil
import sys
import time

import click

from shmlab.ipc.limits import in_words
from shmlab.observe.watching import Watch, made_by, named

_COLUMNS = (("segment", 26), ("kind", 8), ("size", 9), ("attached", 8), ("by process", 12), ("creator", 0))
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
            show(watch, watch.look())
            number += 1
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
    if not sys.stdout.isatty() or os.environ.get("TERM") == "dumb":
        return lambda watch, look: _print(line(event, look) for event in look.events)
    coloured = colour and not os.environ.get("NO_COLOR")
    _print(["\x1b[2J"], end="")
    return lambda watch, look: _print([drawn(screen(watch, look, interval, shutil.get_terminal_size()), coloured)], "")


def _print(lines, end="\n"):
    for one in lines:
        print(one, end=end)
    sys.stdout.flush()


def line(event, look):
    """Return an event as a line of text: the time of day, and what happened."""
    return f"{_clock(look)} {event}"


def _clock(look):
    return datetime.datetime.fromtimestamp(look.time_ns / 1e9).strftime("%H:%M:%S")


def screen(watch, look, interval, size):
    """Return what is shown of a Look: a list of (line, what colours it). No line is longer than the terminal."""
    lines = [(f"shmlab watch   {_clock(look)}   every {interval:g} s   Ctrl-C ends it", "")]
    for use in look.uses:
        loud = "alarm" if use.share >= watch.alarm else ""
        bar = ("#" * round(use.share * _BAR)).ljust(_BAR, ".")
        used = f"{in_words(use.used)} of {in_words(use.most)}" if use.in_bytes else f"{use.used:,} of {use.most:,}"
        lines.append((f"{use.name:17} {bar} {use.share:4.0%} {used}{'  ALARM' if loud else ''}", loud))
    last = list(watch.events)[-_EVENTS:] if len(watch.looks) > 1 else []
    room = max(1, size.lines - len(lines) - len(last) - 5)
    lines += [("", ""), *((row, "heading" if number == 0 else "") for number, row in enumerate(_rows(look, room)))]
    lines += [("", "")] + [(f"{_clock(_Moment(event.time_ns))} {event}", event.what) for event in last]
    return [(text[: size.columns], what) for text, what in lines]


class _Moment:
    def __init__(self, time_ns):
        self.time_ns = time_ns


def _rows(look, room):
    """Yield the heading, and the largest segments that have room, each as a line."""
    yield _row([heading for heading, _ in _COLUMNS])
    for one in heapq.nlargest(room, look.objects, key=lambda one: one.size_bytes or 0):
        users = " ".join(map(str, look.users_of(one)))
        kind = one.kind.removesuffix(" segment")
        attached = "?" if one.attached is None else str(one.attached)
        yield _row([named(one), kind, in_words(one.size_bytes or 0), attached, users, made_by(one)])
    if len(look.objects) > room:
        yield f"and {len(look.objects) - room:,} more, none of them larger"


def _row(cells):
    return " ".join(_fitted(cell, width) for cell, (_, width) in zip(cells, _COLUMNS, strict=True)).rstrip()


def _fitted(cell, width):
    """Return a cell in its column; what is too long is cut, and says so."""
    if not width or len(cell) <= width:
        return cell.ljust(width)
    return cell[: width - 2] + ".."


def drawn(lines, coloured):
    """Return lines as the text that draws them over the ones before, with colours or without."""
    styles = {**_LOUD, "heading": {"bold": True}}
    text = "".join(
        (click.style(one, **styles[what]) if coloured and what in styles else one) + "\x1b[K\n" for one, what in lines
    )
    return f"\x1b[H{text}\x1b[J"
