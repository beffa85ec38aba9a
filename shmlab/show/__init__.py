"""Pictures, tables and panels of what the package returns. `plot` draws anything that can be drawn."""

import importlib

from shmlab.show.charts import plot

__all__ = ["bench_panel", "plot", "predict", "race_panel", "step"]


def __getattr__(name):
    """The panels, with ipywidgets, are loaded when one is first used."""
    if name in ("predict", "race_panel"):
        return getattr(importlib.import_module("shmlab.show.panels"), name)
    if name == "bench_panel":
        return importlib.import_module("shmlab.show.bench_panel").bench_panel
    if name == "step":
        return importlib.import_module("shmlab.show.stepper").step
    raise AttributeError(f"module 'shmlab.show' has no attribute {name!r}")
