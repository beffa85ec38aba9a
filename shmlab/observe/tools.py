"""The system's own tools beside a lesson's Python: ipcs, lsof, fuser, and what they printed where they are missing."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import sys
from collections.abc import Iterable

from shmlab.observe import program_output

_FEW = 12  # lines that are shown without a choice


def run_tool(*command: object, only: Iterable[object] = (), recorded: str = "") -> program_output.Told:
    """Run a program of this system, and return what it prints, as Told.

    `only`: show the lines that hold one of these words, and the headings above them; the host may have thousands of
    others, which are counted. `recorded`: returned instead, and marked as recorded, where the program is missing or
    prints nothing. Raises TimeoutError after 30 s.
    """
    words = [str(one) for one in command]
    beside = os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    program = shutil.which(words[0], path=beside)  # shmlab itself is beside this Python
    if program is None:
        return program_output.recorded(recorded, f"There is no {words[0]} here")
    ended = program_output.done([program, *words[1:]], LC_ALL="C")
    text = ended.stdout.strip("\n") or ended.stderr.strip("\n")
    if not ended.stdout.strip() and recorded:
        return program_output.recorded(recorded, f"{words[0]} prints nothing here")
    return program_output.Told(_chosen(text, [str(one) for one in only]), f"{' '.join(words)}, here and now.")


def _chosen(text: str, only: list[str]) -> str:
    if not only:
        return text
    pattern = re.compile("|".join(rf"(?<!\w){re.escape(one)}(?!\w)" for one in only))
    lines = [line for line in text.splitlines() if line.strip()]
    chosen = [line for line in lines if pattern.search(line)]
    first = next((at for at, line in enumerate(lines) if pattern.search(line)), 0)
    headings = [line for line in lines[:first] if not re.match(r"(0x)?[0-9a-f]+\s", line)][:2]
    others = len(lines) - len(chosen) - len(headings)
    return "\n".join([*headings, *chosen, *([f"(and {others} lines about others)"] if others else [])])
