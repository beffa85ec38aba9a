"""The race panel: the counter race with its controls."""

from __future__ import annotations

import html

import ipywidgets as widgets

from shmlab import race
from shmlab.show.notebook_display import as_html, picture_as_html
from shmlab.show.panels.panel import Panel, status
from shmlab.show.plotting import plot

_MEANING = {race.ATOMIC: "atomic (one step, no lock)"}
_MOST_PROCESSES, _MOST_INCREMENTS, _MOST_RUNS = 8, 100_000, 500


class RacePanel(Panel):
    """The counter race with its controls: processes, increments, runs, protection, and a button."""

    def __init__(self) -> None:
        style = {"description_width": "8em"}
        self.processes = widgets.IntSlider(2, 1, _MOST_PROCESSES, description="processes", style=style)
        steps = [10**power for power in range(6)]
        self.increments = widgets.SelectionSlider(options=steps, value=1000, description="increments", style=style)
        self.times = widgets.IntSlider(20, 1, _MOST_RUNS, description="runs", style=style)
        # No drop-down list: it needs the arrow keys, which JupyterLab uses itself.
        choices = [(_MEANING.get(name, name), name) for name in race.available()]
        wide = widgets.Layout(width="max-content")  # else a long choice takes a second line, behind the button
        self.protection = widgets.RadioButtons(options=choices, description="protection", style=style, layout=wide)
        self.button = widgets.Button(description="Race", tooltip="Run the race", button_style="primary")
        self.state = widgets.HTML(status("Choose, then press Race."))
        self.picture = widgets.HTML()
        self.table = widgets.HTML()
        self.result = None
        self._rows = {}
        self.button.on_click(self._run)
        controls = [self.processes, self.increments, self.times, self.protection, self.button, self.state]
        super().__init__([*controls, self.picture, self.table])

    def _as_text(self):
        return "The race panel: run this cell in JupyterLab to race processes with and without protection."

    def _run(self, _):
        """Race once more; keep the rows of other protections as long as processes and increments stay the same."""
        self.button.disabled = True
        chosen = self.protection.value
        self.state.value = status(f"Racing {self.times.value} times …")
        try:
            result = race.run(
                (chosen,),
                processes=self.processes.value,
                increments=self.increments.value,
                times=self.times.value,
                progress=False,
            )
        except (RuntimeError, OSError) as error:
            self.state.value = status(f"It did not finish: {html.escape(str(error))}", bad=True)
        except KeyboardInterrupt:
            self.state.value = status("Interrupted; every process was ended. Press Race to begin again.")
        else:
            self._show(result)
        finally:
            self.button.disabled = False

    def _show(self, result):
        before = self.result
        if before is None or (before.processes, before.increments) != (result.processes, result.increments):
            self._rows = {}
        self._rows[result.rows[0].protection] = result.rows[0]
        self.result = race.Race(result.processes, result.increments, tuple(self._rows.values()))
        self.picture.value = picture_as_html(plot(result))
        self.table.value = as_html(self.result)
        lossy = sum(final != result.expected for final in result.rows[0].finals)
        of = len(result.rows[0].finals)
        self.state.value = status(f"Protection {result.rows[0].protection}: {lossy} of {of} runs lost updates.")


def race_panel() -> RacePanel:
    """Return a panel with the counter race."""
    return RacePanel()
