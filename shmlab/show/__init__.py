"""Pictures, tables and panels of the package's results. `plot` draws each result that has a picture."""

import importlib

from shmlab.show.plotting import plot

_PANELS = {
    "bench_panel": "bench_panel",
    "hex_view": "hex_view",
    "predict": "predictions",
    "race_panel": "race_panel",
    "segment_table": "segment_table",
    "step": "step_panel",
    "watch_panel": "watch_panel",
}
__all__ = ["plot", *_PANELS]


def __getattr__(name):
    """Return a panel's function; load it, and ipywidgets, only when one is first used."""
    if name in _PANELS:
        return getattr(importlib.import_module(f"shmlab.show.panels.{_PANELS[name]}"), name)
    raise AttributeError(f"module 'shmlab.show' has no attribute {name!r}")
