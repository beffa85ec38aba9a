"""The segment table: what is in the kernel now, as `ipcs` shows it and POSIX's as well; one's own can be removed."""

from __future__ import annotations

import html

import ipywidgets as widgets

from shmlab.ipc import kinds, objects, remove
from shmlab.show.notebook_display import as_html
from shmlab.show.panels.panel import Panel, status

_WIDE = {"width": "auto"}


class SegmentTable(Panel):
    """Segments and semaphores, POSIX and System V, with a Remove button for each that is ours."""

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
        """Ask the kernel now and show what it has; `said`: what was done before."""
        self.listing = objects(everyone=self.everyone.value)
        count = len(self.listing)
        told = f"{count} {'object' if count == 1 else 'objects'} in the kernel." if count else ""
        self.state.value = status(html.escape(f"{said} {told}".strip()), bad=said.startswith("Not removed"))
        self.table.value = as_html(self.listing)
        gone = self.buttons.children
        self.buttons.children = [self._button(found) for found in self.listing if found.ours]
        for button in gone:
            button.close()

    def _button(self, found):
        what = kinds.describe(found.kind, found.name)
        button = widgets.Button(
            description=f"Remove {what}", tooltip=f"Remove {what}, and nothing else", icon="trash", layout=_WIDE
        )
        button.on_click(lambda pressed: self._remove(found, what))
        return button

    def _remove(self, found, what):
        try:
            remove(found)
        except OSError as error:
            said = f"Not removed: {error}."
        else:
            said = f"Removed {what}."
        self.look(said)
        next(iter(self.buttons.children), self.refresh).focus()  # the button that had the keyboard's focus is gone

    def _in_words(self):
        return str(self.listing.table())

    def _on_paper(self):
        return as_html(self.listing)


def segment_table() -> SegmentTable:
    """Show the kernel's objects that are ours, or everybody's, with a button to remove each of ours; returns the panel.

    Like ipcs(1), and POSIX objects as well. What was removed stays in memory until the last process unmaps it.
    """
    return SegmentTable()
