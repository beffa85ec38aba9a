"""Pictures, tables and panels of the package's results. `plot` draws each result that has a picture."""

import importlib

from shmlab.show.plotting import plot

_HOMES = {
    "bench_panel": "panels.bench_panel",
    "hex_view": "panels.hex_view",
    "predict": "panels.predictions",
    "race_panel": "panels.race_panel",
    "segment_table": "panels.segment_table",
    "step": "panels.step_panel",
    "stepped": "stepped_figure",
    "watch_panel": "panels.watch_panel",
}
__all__ = ["plot", *_HOMES]


def __getattr__(name):
    """Return a function; load its module, and ipywidgets or jinja2, only when one is first used."""
    if name in _HOMES:
        return getattr(importlib.import_module(f"shmlab.show.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'shmlab.show' has no attribute {name!r}")
