"""The base of all panels: they work by keyboard, each control has a label, and they can be read on paper."""

import ipywidgets as widgets


class Panel(widgets.VBox):
    """A panel that shows a plain text, `_as_text`, where no kernel can draw it, as on paper."""

    def _as_text(self):
        raise NotImplementedError

    def _as_html(self):
        """Return the same as HTML if that says more than the words, else ""."""
        return ""

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = self._as_text()
        if page := self._as_html():
            data["text/html"] = page
        return bundle


class Choices(widgets.VBox):
    """Options of which the user may choose any number; `value`: the chosen ones, as a tuple.

    Each is a checkbox, as a list box needs the arrow keys, which JupyterLab uses itself. `options`: label -> option.
    """

    def __init__(self, title, options, value):
        layout = {"width": "auto", "margin": "0 8px"}
        self.boxes = {
            option: widgets.Checkbox(description=label, indent=False, tooltip=f"{title}: {label}", layout=layout)
            for label, option in options.items()
        }
        self.value = value
        heading = widgets.HTML(f"<b>{title}</b>")
        columns = widgets.HBox(list(self.boxes.values()), layout={"flex_flow": "column wrap", "max_height": "16em"})
        super().__init__([heading, columns])

    @property
    def value(self):
        return tuple(option for option, box in self.boxes.items() if box.value)

    @value.setter
    def value(self, chosen):
        for option, box in self.boxes.items():
            box.value = option in chosen


def status(words, *, bad=False):
    """Return a line as HTML that screen readers read out whenever it changes; `words`: already HTML."""
    return f'<div role="{"alert" if bad else "status"}" aria-live="polite" style="line-height: 1.5">{words}</div>'
