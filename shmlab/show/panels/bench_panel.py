"""The throughput lab as a panel: choose transports and sizes, run, watch the curves grow, stop at any time."""

from __future__ import annotations

import html
import threading

import ipywidgets as widgets

from shmlab import bench
from shmlab.ipc.limits import in_words
from shmlab.show.notebook_display import as_html, picture_as_html
from shmlab.show.panels.panel import Choices, Panel, status
from shmlab.show.plotting import plot
from shmlab.transports import DEFAULT, available

_SIZES_BYTES = tuple(16 * 4**power for power in range(11))  # 16 B to 16 MiB
_CHOSEN_BYTES = (64, 2**10, 2**14, 2**18, 2**20)
_SECONDS = 0.03
_MOST_ROUNDS = 9


class BenchPanel(Panel):
    """Controls for transports, sizes, rounds and pinning; Run and Stop. A thread measures, so that Stop can work."""

    def __init__(self) -> None:
        style = {"description_width": "8em"}
        self.transports = Choices("transports", {name: name for name in available()}, DEFAULT)
        self.sizes = Choices("message sizes", {in_words(size): size for size in _SIZES_BYTES}, _CHOSEN_BYTES)
        self.rounds = widgets.IntSlider(2, 1, _MOST_ROUNDS, description="rounds", style=style)
        self.pin = widgets.Checkbox(True, description="a processor for each side", indent=False)
        self.run_button = widgets.Button(description="Run", tooltip="Measure what is chosen", button_style="primary")
        self.stop_button = widgets.Button(description="Stop", tooltip="Stop after this trial", disabled=True)
        self.progress = widgets.IntProgress(0, 0, 1, description="trials", style=style)
        self.state = widgets.HTML(status("Choose, then press Run."))
        self.picture = widgets.HTML()
        self.table = widgets.HTML()
        self.result = None
        self._stop, self._thread = threading.Event(), None
        self.run_button.on_click(self._run)
        self.stop_button.on_click(lambda _: self._stop.set())
        choices = widgets.HBox(
            [self.transports, self.sizes], layout=widgets.Layout(flex_flow="row wrap", grid_gap="0 3em")
        )
        buttons = widgets.HBox([self.run_button, self.stop_button])
        super().__init__([choices, self.rounds, self.pin, buttons, self.progress, self.state, self.picture, self.table])

    def wait(self) -> None:
        """Wait until the running measurement has ended."""
        if self._thread is not None:
            self._thread.join()

    def _as_text(self):
        return "The throughput panel: run this cell in JupyterLab to measure transports and watch the curves grow."

    def _run(self, _):
        try:
            experiment = bench.Experiment(
                self.transports.value, self.sizes.value, self.rounds.value, self.pin.value, _SECONDS
            )
        except ValueError:
            self.state.value = status("Choose at least one transport and one size.", bad=True)
            return
        self._stop.clear()
        self.run_button.disabled, self.stop_button.disabled = True, False
        self.progress.value, self.progress.max = 0, len(experiment)
        self._thread = threading.Thread(target=self._measure, args=[experiment])
        self._thread.start()

    def _measure(self, experiment):
        try:
            for result in experiment.growing():
                self.progress.value += 1
                self._show(result)
                # No `status`: it changes too often to be read out.
                self.state.value = f"{self.progress.value} of {len(experiment)} trials …"
                if self._stop.is_set():
                    break
            whole = self.progress.value == len(experiment)
            message = "Done." if whole else f"Stopped after {self.progress.value} of {len(experiment)} trials."
            self.state.value = status(message)
        except (RuntimeError, OSError) as error:
            self.state.value = status(f"It did not finish: {html.escape(str(error))}", bad=True)
        finally:
            self.run_button.disabled, self.stop_button.disabled = False, True

    def _show(self, result):
        self.result = result
        self.picture.value = picture_as_html(plot(result))
        self.table.value = as_html(result)


def bench_panel() -> BenchPanel:
    """Return a panel with the throughput lab."""
    return BenchPanel()
