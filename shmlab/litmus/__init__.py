"""Ask whether a few loads and stores of two to four processes can end in one way: a litmus test.

The same test is checked under a memory model and run on this machine's processors.
"""

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
