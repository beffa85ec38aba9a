"""shmlab: learn shared memory between processes, on real segments and real processes."""

import importlib
import sys

from shmlab.base.interrupts import undisturbed

TYPE_CHECKING = False  # typing.TYPE_CHECKING, without loading typing
if TYPE_CHECKING:  # for editors and type checkers, which do not run __getattr__
    from shmlab import bench as bench
    from shmlab import race as race
    from shmlab.base.table import Table as Table
    from shmlab.explorer.explain.witness import Witness as Witness
    from shmlab.ipc import objects as objects
    from shmlab.layout import buffer as buffer
    from shmlab.observe.address_spaces import address_space as address_space
    from shmlab.primitives import Barrier as Barrier
    from shmlab.primitives import Condition as Condition
    from shmlab.primitives import Mutex as Mutex
    from shmlab.primitives import Semaphore as Semaphore
    from shmlab.primitives import compare_exchange as compare_exchange
    from shmlab.primitives import exchange as exchange
    from shmlab.primitives import fence as fence
    from shmlab.primitives import fetch_add as fetch_add
    from shmlab.primitives import invoke as invoke
    from shmlab.primitives import load_acquire as load_acquire
    from shmlab.primitives import pause as pause
    from shmlab.primitives import respond as respond
    from shmlab.primitives import store_release as store_release
    from shmlab.processes.workers import start as start
    from shmlab.program import Program as Program
    from shmlab.show.panels.bench_panel import bench_panel as bench_panel
    from shmlab.show.panels.hex_view import hex_view as hex_view
    from shmlab.show.panels.predictions import predict as predict
    from shmlab.show.panels.race_panel import race_panel as race_panel
    from shmlab.show.panels.segment_table import segment_table as segment_table
    from shmlab.show.panels.step_panel import step as step
    from shmlab.show.panels.watch_panel import watch_panel as watch_panel
    from shmlab.show.plotting import plot as plot
    from shmlab.show.stepped_figure import stepped as stepped

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
    "invoke": "primitives",
    "load_acquire": "primitives",
    "objects": "ipc",
    "pause": "primitives",
    "plot": "show",
    "predict": "show",
    "race_panel": "show",
    "respond": "primitives",
    "segment_table": "show",
    "start": "processes.workers",
    "step": "show",
    "stepped": "show",
    "store_release": "primitives",
    "watch_panel": "show",
}
_MODULES = ("bench", "race")  # used by their own names: bench.throughput
__all__ = list(_HOMES)


if not TYPE_CHECKING:  # else every misspelt name would have a type

    def __getattr__(name):
        """Load a name when it is first used: matplotlib and ipywidgets only when something is drawn."""
        if name not in _HOMES and name not in _MODULES:
            raise AttributeError(f"module 'shmlab' has no attribute {name!r}")
        with undisturbed():  # matplotlib or numpy, interrupted while it is loaded, cannot be loaded again
            home = importlib.import_module(f"shmlab.{_HOMES.get(name, name)}")
            found = home if name in _MODULES else getattr(home, name)
            globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})


def _settle_in() -> None:
    """In a notebook, show results as tables and pictures, and let an interrupted cell leave nothing in the kernel."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        for home in ("show.notebook_display", "processes.interrupted_cells"):
            importlib.import_module(f"shmlab.{home}").register(shell)


_settle_in()
