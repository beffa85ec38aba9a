"""Pictures, tables and panels of what the package returns. `plot` draws anything that can be drawn."""

import importlib

from shmlab.show.plotting import plot

_PANELS = {
    "bench_panel": "bench_panel",
    "hex_view": "bytes_panel",
    "predict": "predictions",
    "race_panel": "racing",
    "segment_table": "objects_panel",
    "step": "stepper",
}
__all__ = ["plot", *_PANELS]


def __getattr__(name):
    """The panels, with ipywidgets, are loaded when one is first used."""
    if name in _PANELS:
        return getattr(importlib.import_module(f"shmlab.show.{_PANELS[name]}"), name)
    raise AttributeError(f"module 'shmlab.show' has no attribute {name!r}")
