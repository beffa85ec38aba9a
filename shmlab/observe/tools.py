"""Run the system's own tools, ipcs, lsof, fuser; show what they printed elsewhere where they are missing."""

from __future__ import annotations

import os
import pathlib
import re
import shutil
import sys
from collections.abc import Iterable

from shmlab.observe import program_output

# What the tools printed on a machine of troubled_machine, for whoever has not got them.
_RECORDED = {
    "ipcs -m": """
------ Shared Memory Segments --------
key        shmid      owner      perms      bytes      nattch     status
0x4a649f3b 1933325    ada        600        8192       0
0x4146508d 1933326    ada        600        98304      0
0x4721560e 1933327    ada        600        524288     1
""",
    "ipcs -m -p": """
------ Shared Memory Creator/Last-op PIDs --------
shmid      owner      cpid       lpid
1933325    ada        12014      12014
1933326    ada        12016      12016
1933327    ada        12017      12017
""",
    "ipcs -m -l": """
------ Shared Memory Limits --------
max number of segments = 4096
max seg size (kbytes) = 18014398509465599
max total shared memory (kbytes) = 18014398509481980
min seg size (bytes) = 1
""",
    "ipcs -m -u": """
------ Shared Memory Status --------
segments allocated 3
pages allocated 154
pages resident  154
pages swapped   0
Swap performance: 0 attempts     0 successes
""",
    "fuser": """
/dev/shm/orders-754871:  12014m 12039m
""",
    "lsof": """
COMMAND   PID USER   FD   TYPE DEVICE SIZE/OFF  NODE NAME
python  12014  ada  mem    REG   0,27   262144 62300 /dev/shm/orders-754871
python  12039  ada  mem    REG   0,27   262144 62300 /dev/shm/orders-754871
""",
}


def run_tool(*command: object, only: Iterable[object] = (), recorded: str = "") -> program_output.Told:
    """Run a program of this system, and return what it prints, as Told.

    `only`: show the lines that hold one of these words, and the headings above them; the host may have thousands of
    others, which are counted. `recorded`: returned instead, and marked as recorded, where the program is missing or
    prints nothing; for the commands of lesson 12 it is known. Raises TimeoutError after 30 s.
    """
    words = [str(one) for one in command]
    recorded = recorded or _RECORDED.get(" ".join(words), _RECORDED.get(words[0], ""))
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
