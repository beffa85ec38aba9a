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


def status(words, *, bad=False):
    """A line that screen readers say whenever it changes, as HTML; `words` is HTML already."""
    return f'<div role="{"alert" if bad else "status"}" aria-live="polite" style="line-height: 1.5">{words}</div>'
