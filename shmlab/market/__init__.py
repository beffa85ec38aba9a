"""Market data: a made-up day of trades, a board and a tape in shared memory, their costs, their delays."""

from shmlab.market.costs import BOARD, WAYS, Cost, Costs, writer_costs
from shmlab.market.day import Day, made_up_day
from shmlab.market.latencies import Latencies, replay
from shmlab.market.layouts import Board, Slot, Tape
from shmlab.market.order import fence

__all__ = [
    "BOARD",
    "WAYS",
    "Board",
    "Cost",
    "Costs",
    "Day",
    "Latencies",
    "Slot",
    "Tape",
    "fence",
    "made_up_day",
    "replay",
    "writer_costs",
]
