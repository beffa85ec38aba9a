"""The hex view: the bytes of a segment as they are now, with the fields of a Structure marked on them.

It takes a view of the memory only while it reads, so that the segment can be closed at any time. In Live mode it reads
again and again, in the notebook's event loop: between cells, in no thread, and for LIVE_S seconds at most.
"""

from __future__ import annotations

import asyncio
import ctypes
import dataclasses
import html
import weakref
from typing import Any

import ipywidgets as widgets

from shmlab.base.plurals import counted
from shmlab.observe import hexdump
from shmlab.show.panels import hex_html
from shmlab.show.panels.panel import Panel, status

SHOWN_BYTES = 256
LIVE_S, EVERY_S, LIVE_LOOKS = 60, 0.25, 6  # a mark stays for LIVE_LOOKS looks, as one is too short to see
_WIDE = {"width": "auto"}


class HexView(Panel):
    """A panel with a segment's bytes in rows of 16, its fields as coloured and labelled ranges; see hex_view."""

    def __init__(self, memory: Any, layout: type[Any] | None) -> None:
        self._memory, self._layout = memory, layout
        self._parts = hexdump.parts(layout) if layout else ()
        self._title = getattr(memory, "what", type(memory).__name__)
        self._last_look, self._error, self._task = _Look(0, 0, b"", b""), "", None
        self._changed = {}  # offset of a byte -> for how many more looks it is marked
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
        """Read the bytes now, show them, and mark those that changed since the last look."""
        before, self._error = self._last_look, ""
        try:
            self._last_look = self._read()
        except (ValueError, OSError) as error:  # the segment was closed: show the bytes of the last look
            self._error = str(error)
        still_marked = {offset: looks - 1 for offset, looks in self._changed.items() if looks > 1}
        lasting = LIVE_LOOKS if self.live.value else 1
        self._changed = still_marked | dict.fromkeys(self._last_look.changes(before), lasting)
        self._draw()

    def close(self) -> None:
        """Stop Live mode, and take the panel out of the page."""
        self._stop()
        super().close()

    def _read(self):
        """Return a copy of the bytes to show; keep no view of the memory."""
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
            self._show_status("Live needs the event loop of a notebook: press Refresh instead.")
            return
        self._task = loop.create_task(_look_repeatedly(weakref.ref(self)))

    def _stop(self):
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def stopped(self, words: str) -> None:
        """Switch Live off after it ended by itself, and show why."""
        self._task = None
        self.live.value = False
        self._show_status(words)

    # What is shown.

    def _draw(self):
        self._show_status(self._error or self._status_words())
        self.rows.value = hex_html.rows(self._last_look.shown, self._last_look.first, self._parts, self._changed)
        values = hexdump.values(self._layout, self._last_look.head) if self._layout else ()
        self.fields.value = hex_html.fields(self._layout.__name__, values, self._changed) if values else ""

    def _show_status(self, words):
        spoken = self._error or not self.live.value  # in Live mode four texts a second are too many to read out
        self.state.value = status(html.escape(words), bad=bool(self._error)) if spoken else html.escape(words)

    def _status_words(self):
        size, live = f"{self._last_look.size} bytes", " Looking by itself." if self.live.value else ""
        if not self._changed:
            return f"{size}; none of those shown changed since the last look.{live}"
        names = [part.name for part in self._parts if not self._changed.keys().isdisjoint(part.places)]
        where = f" ({', '.join(names)})" if names else ""
        return f"{size}; {counted(len(self._changed), 'byte')} changed{where}.{live}"

    def _as_text(self):
        more = self._last_look.size - self._last_look.first - len(self._last_look.shown)
        parts = [
            self._title,
            hexdump.text(self._last_look.shown, self._last_look.first),
            f"… {more} bytes more" if more else "",
        ]
        fields = str(hexdump.table(self._layout, self._last_look.head)) if self._layout else ""
        return "\n".join(filter(None, [*parts, self._error, fields]))

    def _as_html(self):
        return f"{hex_html.LOOK}<p>{html.escape(self._title)}</p>{self.rows.value}{self.fields.value}"


@dataclasses.dataclass(frozen=True)
class _Look:
    """The bytes of one look. `size`: of the memory; `shown`: those from offset `first` on; `head`: the layout's."""

    size: int
    first: int
    shown: bytes
    head: bytes

    def changes(self, before):
        """Return the offsets of the bytes that are in both looks and differ."""
        pieces = [(0, before.head, self.head)]
        pieces += [(self.first, before.shown, self.shown)] if before.first == self.first else []
        return {
            start + at
            for start, old, new in pieces
            for at, (one, other) in enumerate(zip(old, new, strict=False))
            if one != other
        }


def _view(memory):
    """Return a view of a segment's or buffer's bytes; release it soon, as a segment with a view cannot be closed."""
    return memoryview(getattr(memory, "buffer", memory)).cast("B")


async def _look_repeatedly(panel_reference):
    """Look again and again until the panel is gone or the segment is closed, for LIVE_S seconds at most.

    The weak reference lets a panel that nobody uses any more be freed.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + LIVE_S
    while (panel := panel_reference()) is not None:
        panel.look()
        if panel._error or loop.time() >= end:
            panel.stopped(panel._error or f"Stopped looking by itself after {LIVE_S} s. Press Live to go on.")
            return
        del panel
        await asyncio.sleep(EVERY_S)


def hex_view(segment: Any, layout: type[Any] | None = None) -> HexView:
    """Show the bytes of a segment, or of any buffer, and the fields of a ctypes type on them; return the panel.

    `segment`: the segment itself, and no view of it, as the panel would keep the view and the segment could not be
    closed. `layout`: a Structure or other ctypes type that begins at byte 0. Raises TypeError if `segment` has no
    bytes or `layout` is no such type, ValueError if the layout is larger than the memory or the segment is closed.
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
