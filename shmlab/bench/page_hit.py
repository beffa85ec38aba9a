"""Time a hit in a buffer pool in C, beside a read of the same page from the kernel's page cache."""

from __future__ import annotations

from shmlab.base import root
from shmlab.observe import c_programs, program_output

_SOURCE = root.PACKAGE / "native" / "page_hit.c"
_RECORDED = """
pread of a page      :  1455 ns (1437 to 1527)
fetch, read and unpin:   106 ns (46 to 126)
"""


def page_hit() -> program_output.Told:
    """Compile and run `shmlab/native/page_hit.c`; return what it prints, the median and the range of five rounds.

    One process, 16 frames, pages of 8 KiB. Without a C compiler, return what was recorded elsewhere. Raises
    RuntimeError where a number read was wrong.
    """
    return c_programs.run_c(_SOURCE.read_text(), recorded=_RECORDED, level="-O2")
