"""One look for every picture: Okabe and Ito's colours, which colour-blind people can tell apart.

A process has the same colour in every figure. Red marks an error, and never by colour alone: a failed run is also
hatched or has a mark.
"""

import contextlib

import matplotlib
from matplotlib.figure import Figure

PROCESS_COLOURS = ("#0072B2", "#009E73", "#E69F00", "#CC79A7", "#56B4E9", "#F0E442")
ERROR = "#C62828"
INK = "#1A202C"
FAINT = "#718096"
GRID = "#E2E8F0"
MARKERS = ("o", "s", "^", "D", "v", "P")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)))

_SETTINGS = {
    "font.size": 11,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": INK,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlesize": 13,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "hatch.linewidth": 0.6,
    "savefig.dpi": 120,
    "figure.dpi": 100,
}


@contextlib.contextmanager
def figure(width, height, *, rows=1, columns=1, mosaic=None):
    """Yield a Figure in our look, and its axes. pyplot does not know the Figure, so a notebook does not draw it twice.

    `width`, `height`: in inches. `mosaic`: names of axes instead of rows and columns, as for Figure.subplot_mosaic.
    """
    with matplotlib.rc_context(_SETTINGS):
        made = Figure(figsize=(width, height), layout="constrained")
        yield made, made.subplot_mosaic(mosaic) if mosaic else made.subplots(rows, columns)


def process_colour(rank):
    """Return the colour of process `rank` in every picture; after the last colour the first one comes again."""
    return PROCESS_COLOURS[rank % len(PROCESS_COLOURS)]
