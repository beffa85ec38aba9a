"""The hex view: the bytes of a segment as they are now, with the fields of a Structure marked on them.

It takes a view of the memory only while it reads, so the segment can be closed at any time. Live it looks by
itself, from the notebook's event loop: between cells, never in a thread, and not for ever.
"""

from __future__ import annotations

import asyncio
import ctypes
import dataclasses
import html
import weakref
from typing import Any

import ipywidgets as widgets

from shmlab.observe import hexdump
from shmlab.show.panels import hex_html
from shmlab.show.panels.panel import Panel, status

SHOWN_BYTES = 256
LIVE_S, EVERY_S, LIVE_LOOKS = 60, 0.25, 6  # a mark stays for so many looks, as one is too short to see
_WIDE = {"width": "auto"}


class HexView(Panel):
    """A segment's bytes in rows of 16, its fields as coloured and labelled ranges; see hex_view."""

    def __init__(self, memory: Any, layout: type[Any] | None) -> None:
        self._memory, self._layout = memory, layout
        self._parts = hexdump.parts(layout) if layout else ()
        self._title = getattr(memory, "what", type(memory).__name__)
        self._seen, self._trouble, self._task = _Look(0, 0, b"", b""), "", None
        self._changed = {}  # place of a byte -> for how many more looks it is marked
        self.refresh = widgets.Button(description="Refresh", tooltip="Read the bytes again", layout=_WIDE)
        self.live = widgets.ToggleButton(
            value=False, description="Live", tooltip=f"Read them again and again, for {LIVE_S} s", layout=_WIDE
        )
        self.first = widgets.BoundedIntText(
            value=0, min=0, max=0, step=hexdump.ROW, description="from byte", layout=widgets.Layout(width="200px")
        )
        self.state, self.rows, self.fields = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.refresh.on_click(lambda button: self.look())
        self.live.observe(self._switch, "value")
        self.first.observe(lambda change: self.look(), "value")
        title = widgets.HTML(f"{hex_html.LOOK}<b>{html.escape(self._title)}</b>")
        controls = widgets.HBox([self.refresh, self.live, self.first], layout=widgets.Layout(flex_flow="row wrap"))
        super().__init__([title, controls, self.state, self.rows, self.fields])
        self.look()

    def look(self) -> None:
        """Read the bytes now and show them; what changed since the last look is marked."""
        before, self._trouble = self._seen, ""
        try:
            self._seen = self._read()
        except (ValueError, OSError) as error:  # closed meanwhile: what was read before stays in sight
            self._trouble = str(error)
        kept = {place: left - 1 for place, left in self._changed.items() if left > 1}
        lasting = LIVE_LOOKS if self.live.value else 1
        self._changed = kept | dict.fromkeys(self._seen.changes(before), lasting)
        self._draw()

    def close(self) -> None:
        """Stop looking, and take the panel out of the page."""
        self._stop()
        super().close()

    def _read(self):
        """A copy of the bytes that are shown; no view of the memory is kept."""
        first = self.first.value
        with _view(self._memory) as view:
            self.first.max = (len(view) - 1) // hexdump.ROW * hexdump.ROW
            head = bytes(view[: ctypes.sizeof(self._layout)]) if self._layout else b""
            return _Look(len(view), first, bytes(view[first : first + SHOWN_BYTES]), head)

    # Live.

    def _switch(self, change):
        if not change["new"]:
            self._stop()
            self._draw()
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.live.value = False
            self._say("Live needs the event loop of a notebook: press Refresh instead.")
            return
        self._task = loop.create_task(_keep_looking(weakref.ref(self)))

    def _stop(self):
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def stopped(self, words: str) -> None:
        """The looking has ended by itself: say so."""
        self._task = None
        self.live.value = False
        self._say(words)

    # What is shown.

    def _draw(self):
        self._say(self._trouble or self._told())
        self.rows.value = hex_html.rows(self._seen.shown, self._seen.first, self._parts, self._changed)
        values = hexdump.values(self._layout, self._seen.head) if self._layout else ()
        self.fields.value = hex_html.fields(self._layout.__name__, values, self._changed) if values else ""

    def _say(self, words):
        spoken = self._trouble or not self.live.value  # four times a second is too much to be read out
        self.state.value = status(html.escape(words), bad=bool(self._trouble)) if spoken else html.escape(words)

    def _told(self):
        size, live = f"{self._seen.size} bytes", " Looking by itself." if self.live.value else ""
        if not self._changed:
            return f"{size}; none of those shown changed since the last look.{live}"
        names = [part.name for part in self._parts if not self._changed.keys().isdisjoint(part.places)]
        where = f" ({', '.join(names)})" if names else ""
        count = len(self._changed)
        return f"{size}; {count} {'byte' if count == 1 else 'bytes'} changed{where}.{live}"

    def _in_words(self):
        more = self._seen.size - self._seen.first - len(self._seen.shown)
        told = [self._title, hexdump.text(self._seen.shown, self._seen.first), f"… {more} bytes more" if more else ""]
        fields = str(hexdump.table(self._layout, self._seen.head)) if self._layout else ""
        return "\n".join(filter(None, [*told, self._trouble, fields]))

    def _on_paper(self):
        return f"{hex_html.LOOK}<p>{html.escape(self._title)}</p>{self.rows.value}{self.fields.value}"


@dataclasses.dataclass(frozen=True)
class _Look:
    """What was read at once: `shown`, the bytes from `first` on, and `head`, those of the layout."""

    size: int
    first: int
    shown: bytes
    head: bytes

    def changes(self, before):
        """The places of the bytes that both have and that differ."""
        pieces = [(0, before.head, self.head)]
        pieces += [(self.first, before.shown, self.shown)] if before.first == self.first else []
        return {
            start + at
            for start, old, new in pieces
            for at, (one, other) in enumerate(zip(old, new, strict=False))
            if one != other
        }


def _view(memory):
    """The bytes of a segment or buffer, for as short as possible."""
    return memoryview(getattr(memory, "buffer", memory)).cast("B")


async def _keep_looking(panel_reference):
    """Look again and again; ends with the panel, when the segment is closed, and in any case after LIVE_S."""
    loop = asyncio.get_running_loop()
    end = loop.time() + LIVE_S
    while (panel := panel_reference()) is not None:
        panel.look()
        if panel._trouble or loop.time() >= end:
            panel.stopped(panel._trouble or f"Stopped looking by itself after {LIVE_S} s. Press Live to go on.")
            return
        del panel
        await asyncio.sleep(EVERY_S)


def hex_view(segment: Any, layout: type[Any] | None = None) -> HexView:
    """Show the bytes of a segment, or of any buffer, and the fields of a ctypes type on them; returns the panel.

    `segment`: give the segment itself, not a view of it: a view that the panel held would keep the segment from
    being closed. `layout`: a Structure or other ctypes type that begins at byte 0. Raises TypeError when there are
    no bytes or no such type, ValueError when the layout is larger than the memory or the segment is closed.
    """
    if layout is not None and not (isinstance(layout, type) and hasattr(layout, "from_buffer_copy")):
        raise TypeError(f"layout is {layout!r}: give a ctypes type, such as a Structure of yours")
    try:
        with _view(segment) as view:
            size = len(view)
    except TypeError:
        raise TypeError(f"{segment!r} has no bytes to show: give a segment or a buffer") from None
    if layout is not None and (needed := ctypes.sizeof(layout)) > size:
        raise ValueError(f"{layout.__name__} has {needed} bytes and does not fit into {size}")
    return HexView(segment, layout)
