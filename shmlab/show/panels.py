"""Panels for the lessons, from ipywidgets: a prediction to make, and a race to play with.

Everything works by keyboard, each control is labelled, and each panel prints as text what it shows.
"""

import html

import ipywidgets as widgets

from shmlab import race
from shmlab.show.charts import plot
from shmlab.show.notebook import as_html, as_png

_MOST_PROCESSES, _MOST_INCREMENTS, _MOST_RUNS = 8, 100_000, 500


class Panel(widgets.VBox):
    """A panel that says in plain text what it is, where there is no kernel to draw it: on paper, say."""

    def _in_words(self):
        raise NotImplementedError

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = self._in_words()
        return bundle


class Prediction(Panel):
    """A question with choices, to answer before running what comes next. Kept, never graded."""

    def __init__(self, question, choices):
        self._question = question
        self._choices = widgets.RadioButtons(options=list(choices), value=None, layout=widgets.Layout(width="auto"))
        self._kept = widgets.HTML()
        self._choices.observe(self._keep, "value")
        super().__init__([widgets.HTML(f"<b>{html.escape(question)}</b>"), self._choices, self._kept])

    @property
    def answer(self):
        """The choice made, or None."""
        return self._choices.value

    def _keep(self, change):
        self._kept.value = f"You said: <i>{html.escape(str(change['new']))}</i>. Now run the next cells and compare."

    def _in_words(self):
        return "\n".join([self._question, *(f"  ( ) {choice}" for choice in self._choices.options)])


def predict(question, choices):
    """Ask for a prediction; returns the panel, whose `answer` is the choice made."""
    if len(choices) < 2:
        raise ValueError(f"choices is {choices!r}: a prediction needs at least two")
    return Prediction(question, choices)


class RacePanel(Panel):
    """The counter race with its switch: processes, increments, runs, protection, and a button."""

    def __init__(self):
        style = {"description_width": "8em"}
        self.processes = widgets.IntSlider(2, 1, _MOST_PROCESSES, description="processes", style=style)
        steps = [10**power for power in range(6)]
        self.increments = widgets.SelectionSlider(options=steps, value=1000, description="increments", style=style)
        self.times = widgets.IntSlider(20, 1, _MOST_RUNS, description="runs", style=style)
        self.protection = widgets.Dropdown(options=race.available(), description="protection", style=style)
        self.button = widgets.Button(description="Race", tooltip="Run the race", button_style="primary")
        self.state = widgets.HTML("Choose, then press Race.")
        self.picture = widgets.Image(format="png", layout=widgets.Layout(max_width="820px"))
        self.table = widgets.HTML()
        self.result = None
        self._rows = {}
        self.button.on_click(self._run)
        controls = [self.processes, self.increments, self.times, self.protection, self.button, self.state]
        super().__init__([*controls, self.picture, self.table])

    def _in_words(self):
        return "The race panel: run this cell in JupyterLab to race processes with and without protection."

    def _run(self, _):
        """Race once more; rows of other protections stay as long as the rest is the same."""
        self.button.disabled = True
        chosen = self.protection.value
        self.state.value = f"Racing {self.times.value} times …"
        try:
            result = race.run(
                (chosen,),
                processes=self.processes.value,
                increments=self.increments.value,
                times=self.times.value,
                progress=False,
            )
        except (RuntimeError, OSError) as error:
            self.state.value = f"It did not finish: {html.escape(str(error))}"
        except KeyboardInterrupt:
            self.state.value = "Interrupted; every process was ended. Press Race to begin again."
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
        lossy = sum(final != result.expected for final in result.rows[0].finals)
        of = len(result.rows[0].finals)
        self.state.value = f"Protection {result.rows[0].protection}: {lossy} of {of} runs lost updates."
        self.picture.value = as_png(plot(result))
        self.table.value = as_html(self.result)


def race_panel():
    """The race as a panel; returns it."""
    return RacePanel()
