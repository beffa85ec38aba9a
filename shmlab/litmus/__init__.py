"""Litmus tests: a few loads and stores in two to four processes, and the question whether they can end in one way. The
same test is checked on a memory model and run on this machine's processors."""

from shmlab.litmus.beside import beside
from shmlab.litmus.hardware import Observed
from shmlab.litmus.litmus_test import Litmus
from shmlab.litmus.standard import IRIW, LB, MP, N5, N6, PETERSON, SB, SB_FENCES, STANDARD, WRC

__all__ = [
    "IRIW",
    "LB",
    "MP",
    "N5",
    "N6",
    "PETERSON",
    "SB",
    "SB_FENCES",
    "STANDARD",
    "WRC",
    "Litmus",
    "Observed",
    "beside",
]
