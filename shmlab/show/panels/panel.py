"""What all panels have in common: they work by keyboard, label each control, and can be read on paper."""

import ipywidgets as widgets


class Panel(widgets.VBox):
    """A panel that says in plain text what it is, where there is no kernel to draw it: on paper, say."""

    def _in_words(self):
        raise NotImplementedError

    def _on_paper(self):
        """The same as HTML, where a picture says more than the words; nothing otherwise."""
        return ""

    def _repr_mimebundle_(self, **options):
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        data["text/plain"] = self._in_words()
        if page := self._on_paper():
            data["text/html"] = page
        return bundle


class Choices(widgets.VBox):
    """Options of which any number may be chosen; `value`: those chosen, as a tuple.

    A checkbox for each, as a list box needs the arrow keys, which JupyterLab takes for itself. `options`: by label.
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
    """A line that screen readers say whenever it changes, as HTML; `words` is HTML already."""
    return f'<div role="{"alert" if bad else "status"}" aria-live="polite" style="line-height: 1.5">{words}</div>'
