"""Show in a panel what a Watch sees, look by look, as a picture and as a table."""

from __future__ import annotations

import html
import threading

import ipywidgets as widgets

from shmlab.observe.watching import Watch
from shmlab.show.notebook_display import as_html, drawn_as_html, picture_as_html
from shmlab.show.panels.panel import Panel, status
from shmlab.show.plotting import plot

_WIDE = {"width": "auto"}
_MOST_LOOKS = 600  # after Start; then it stops by itself, in case nobody watches


class WatchPanel(Panel):
    """Show a Watch: Look looks once, Start each second until Stop. `watch`: the Watch that it shows."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.look_button = widgets.Button(description="Look", tooltip="Look once more", layout=_WIDE)
        self.start_button = widgets.Button(description="Start", tooltip="Look each second", button_style="primary")
        self.stop_button = widgets.Button(description="Stop", tooltip="Stop looking", disabled=True)
        self.state, self.picture, self.table = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self._lock, self._stop = threading.Lock(), threading.Event()
        self._thread: threading.Thread | None = None
        self.look_button.on_click(lambda _: self.look())
        self.start_button.on_click(lambda _: self._start())
        self.stop_button.on_click(lambda _: self.stop())
        buttons = widgets.HBox([self.look_button, self.start_button, self.stop_button])
        super().__init__([buttons, self.state, self.picture, self.table])
        self._show()

    def look(self) -> None:
        """Look once more and show it."""
        with self._lock:
            self.watch.look()
            self._show()

    def stop(self) -> None:
        """Stop looking, and wait until the last look is done."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _start(self) -> None:
        self._stop.clear()
        self.start_button.disabled, self.stop_button.disabled = True, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        for _ in range(_MOST_LOOKS):
            self.look()
            if self._stop.wait(1.0):
                break
        self.start_button.disabled, self.stop_button.disabled = False, True

    def _show(self) -> None:
        if not self.watch.looks:
            self.state.value = status("Press Look or Start.")
            return
        last = self.watch.looks[-1]
        alarms = [str(use) for use in last.uses if use.share >= self.watch.alarm]
        said = "ALARM: " + "; ".join(alarms) if alarms else f"No alarm. {last.uses[0]}"
        self.state.value = status(html.escape(said), bad=bool(alarms))
        self.picture.value = picture_as_html(plot(self.watch))
        self.table.value = as_html(self.watch)

    def _as_text(self) -> str:
        return str(self.watch.table())

    def _as_html(self) -> str:
        return drawn_as_html(self.watch) if self.watch.looks else ""


def watch_panel(watch: Watch | None = None) -> WatchPanel:
    """Return a panel that shows a Watch, what it has seen so far and each further look; None: a new Watch of all
    segments of this host."""
    return WatchPanel(Watch(everyone=True) if watch is None else watch)
