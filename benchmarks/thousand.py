"""Grade a class of a thousand notebooks, right, wrong, unfinished and hostile ones, by `shmlab grade`.

An answer with the same text as an earlier one is not judged again. In the first table many answers are equal, as they
are drawn from a few; in the second a comment makes each one different, and all are judged.
"""

import csv
import json
import os
import pathlib
import random
import subprocess
import sys
import time

import psutil
from graded import ITEMS, ROOT, STEMS, headline, solved, submitted, wrong_answers
from hostile import CELLS, handed_in
from measured import in_words

from shmlab.base.table import Table

NOTEBOOKS, HOSTILE = 1000, 20
MOST_S = 90
SEED = 2026
LOOK_EVERY_S = 0.5


def alike(folder, jobs):
    """Grade a class in which many answers have the same text."""
    return _table(folder, jobs, unlike=False)


def unlike(folder, jobs):
    """Grade a class in which no two answers have the same text."""
    return _table(folder, jobs, unlike=True)


def _table(folder, jobs, unlike):
    """Write the class below `folder`, grade it, and watch the memory during that; return a Table."""
    _write(folder / "class", unlike)
    command = [sys.executable, "-m", "shmlab.cli.main", "grade", folder / "class", "--csv", folder / "grades.csv"]
    command += ["--solutions", ROOT / "solutions", "--jobs", str(jobs)]
    began = time.monotonic()
    grading = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    memory = []
    while grading.poll() is None:
        memory.append(_memory_mib(grading.pid))
        time.sleep(LOOK_EVERY_S)
    seconds = time.monotonic() - began
    with open(folder / "grades.csv", newline="") as stream:
        rows = list(csv.DictReader(stream))
    quarter = len(memory) // 4
    early, late = memory[quarter : 2 * quarter], memory[-quarter:]
    told = [
        ("notebooks graded", f"{len(rows):,}"),
        ("of them with something not judged", str(sum(bool(row["not_judged"]) for row in rows))),
        ("seconds", in_words(seconds)),
        ("notebooks a second", in_words(len(rows) / seconds)),
        ("memory of the judges in the second quarter, MiB at most", in_words(max(judges for judges, _ in early))),
        ("in the last quarter", in_words(max(judges for judges, _ in late))),
        ("memory of the sandboxes, hostile ones too, MiB at most", in_words(max(boxes for _, boxes in memory))),
    ]
    note = f"{HOSTILE} hostile; seed {SEED}; {MOST_S} s: {'reached' if seconds < MOST_S else 'missed'}"
    texts = "no two answers with the same text" if unlike else "many answers with the same text"
    return Table(f"{NOTEBOOKS:,} notebooks, {texts}, {jobs} jobs", ("what", "how much"), told, note)


def _write(folder, unlike):
    rng = random.Random(SEED)
    hostile = set(rng.sample(range(NOTEBOOKS), HOSTILE))
    wrong = {}
    for stem, path in wrong_answers():
        wrong.setdefault((stem, headline(path)[0]), []).append(path.read_text())
    for number in range(NOTEBOOKS):
        stem = STEMS[number % len(STEMS)]
        if number in hostile:
            submission = handed_in(rng.choice([source for source, _ in CELLS.values()]))
            stem, data = submission.exercise, submission.data
        else:
            data = submitted(stem, _answers(rng, stem, wrong))
        path = pathlib.Path(folder, f"learner{number:04}", f"{stem}.ipynb")
        path.parent.mkdir(parents=True)
        path.write_bytes(_made_unique(data, number, unlike))


def _answers(rng, stem, wrong):
    """Return {item: answer} of one learner: often right, sometimes wrong, sometimes missing."""
    right = solved(stem)
    made = {}
    for item in (item for one, item in ITEMS if one == stem):
        kind = rng.choices(("right", "wrong", "nothing"), (60, 25, 15))[0]
        if kind != "nothing":
            made[item] = right[item] if kind == "right" else rng.choice(wrong[stem, item])
    return made


def _made_unique(data, number, unlike):
    """Return a notebook that equals no other file; with `unlike`, each answer also has a comment of its own."""
    notebook = json.loads(data)
    notebook["metadata"]["learner"] = number
    for cell in notebook["cells"] if unlike else ():
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = f"{''.join(cell['source'])}\n# learner {number}"
    return json.dumps(notebook).encode()


def _memory_mib(pid):
    """Return the memory of the judges and that of what runs in sandboxes, in MiB, for a process and all below it.

    Pages that processes share count once (PSS, see smaps_rollup in proc(5)). Sandboxes have a PID namespace of their
    own.
    """
    judges = sandboxes = 0
    try:
        processes = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
        own = os.readlink(f"/proc/{pid}/ns/pid")
    except (psutil.NoSuchProcess, OSError):
        return 0.0, 0.0
    for process in processes:
        try:
            boxed = os.readlink(f"/proc/{process.pid}/ns/pid") != own
            lines = pathlib.Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()
        except (OSError, ProcessLookupError):
            continue
        pages = sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
        judges, sandboxes = (judges, sandboxes + pages) if boxed else (judges + pages, sandboxes)
    return judges, sandboxes
