"""shmlab: learn shared memory between processes, on real segments and real processes."""

import importlib
import sys

from shmlab.base.interrupts import undisturbed

_HOMES = {
    "Barrier": "primitives",
    "Condition": "primitives",
    "Mutex": "primitives",
    "Program": "program",
    "Semaphore": "primitives",
    "Table": "base.table",
    "Witness": "explorer.explain.witness",
    "address_space": "observe.address_spaces",
    "bench_panel": "show",
    "buffer": "layout",
    "compare_exchange": "primitives",
    "exchange": "primitives",
    "fence": "primitives",
    "fetch_add": "primitives",
    "hex_view": "show",
    "load_acquire": "primitives",
    "objects": "ipc",
    "pause": "primitives",
    "plot": "show",
    "predict": "show",
    "race_panel": "show",
    "segment_table": "show",
    "start": "processes.workers",
    "step": "show",
    "store_release": "primitives",
}
_MODULES = ("bench", "race")  # used by their own names: bench.throughput
__all__ = list(_HOMES)


def __getattr__(name):
    """Each name is loaded when it is first used: matplotlib and ipywidgets only when something is drawn."""
    if name not in _HOMES and name not in _MODULES:
        raise AttributeError(f"module 'shmlab' has no attribute {name!r}")
    with undisturbed():  # what is torn while it is loaded (matplotlib or numpy, say) cannot be loaded again
        home = importlib.import_module(f"shmlab.{_HOMES.get(name, name)}")
        found = home if name in _MODULES else getattr(home, name)
    globals()[name] = found
    return found


def __dir__():
    return sorted({*globals(), *_HOMES})


def _settle_in():
    """In a notebook, results show as tables and pictures, and interrupted cells leave nothing; elsewhere nothing."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        for home in ("show.notebook_display", "processes.interrupted_cells"):
            importlib.import_module(f"shmlab.{home}").register(shell)


_settle_in()
