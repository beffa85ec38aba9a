"""The segment table: the kernel's POSIX and System V objects now, with a button to remove each one that is ours."""

from __future__ import annotations

import html

import ipywidgets as widgets

from shmlab.base.plurals import counted
from shmlab.ipc import kinds, objects, remove
from shmlab.show.notebook_display import as_html
from shmlab.show.panels.panel import Panel, status

_WIDE = {"width": "auto"}


class SegmentTable(Panel):
    """A panel with segments and semaphores, POSIX and System V, and a Remove button for each that is ours."""

    def __init__(self) -> None:
        self.refresh = widgets.Button(description="Refresh", tooltip="Ask the kernel again", layout=_WIDE)
        self.everyone = widgets.Checkbox(value=False, description="everybody's, not only mine", indent=False)
        self.state, self.table = widgets.HTML(), widgets.HTML()
        self.buttons = widgets.HBox(layout=widgets.Layout(flex_flow="row wrap"))
        self.refresh.on_click(lambda button: self.look())
        self.everyone.observe(lambda change: self.look(), "value")
        self.listing = objects()
        controls = widgets.HBox([self.refresh, self.everyone])
        super().__init__([controls, self.state, self.table, self.buttons])
        self.look()

    def look(self, said: str = "") -> None:
        """Ask the kernel for its objects now and show them; `said`: a sentence about the last removal."""
        self.listing = objects(everyone=self.everyone.value)
        count = len(self.listing)
        count_words = f"{counted(count, 'object')} in the kernel." if count else ""
        self.state.value = status(html.escape(f"{said} {count_words}".strip()), bad=said.startswith("Not removed"))
        self.table.value = as_html(self.listing)
        old_buttons = self.buttons.children
        self.buttons.children = [self._button(entry) for entry in self.listing if entry.ours]
        for button in old_buttons:
            button.close()

    def _button(self, entry):
        name = kinds.describe(entry.kind, entry.name)
        button = widgets.Button(
            description=f"Remove {name}", tooltip=f"Remove {name}, and nothing else", icon="trash", layout=_WIDE
        )
        button.on_click(lambda pressed: self._remove(entry, name))
        return button

    def _remove(self, entry, name):
        try:
            remove(entry)
        except OSError as error:
            said = f"Not removed: {error}."
        else:
            said = f"Removed {name}."
        self.look(said)
        next(iter(self.buttons.children), self.refresh).focus()  # the button that had the focus is gone

    def _as_text(self):
        return str(self.listing.table())

    def _as_html(self):
        return as_html(self.listing)


def segment_table() -> SegmentTable:
    """Show the kernel's objects that are ours, or everybody's, with a button to remove each of ours; return the panel.

    It lists what ipcs(1) lists, and POSIX objects too. A removed segment stays in memory until the last process unmaps
    it.
    """
    return SegmentTable()
