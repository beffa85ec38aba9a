"""Make the sample class from exercises, solutions and wrong answers: `python tests/sample.py` writes it anew.

Notebooks are in nbgrader's order below submitted/: LEARNER/EXERCISE/EXERCISE.ipynb. They have no outputs.
"""

import ast
import json
import pathlib
import shutil

from graded import ITEMS, ROOT, answer_cell, headline, submitted

FOLDER = ROOT / "tests" / "sample_class"
_05, _06 = "05_lost_updates", "06_semaphores_and_mutexes"
_RIGHT, _STUB = "right", "stub"
_IN_OTHER_WORDS = """\
def reserve(hall, lock):
    lock.acquire()
    try:
        sold = hall.free > 0
        if sold:
            hall.free = hall.free - 1
    finally:
        lock.release()
    return sold
"""
_NO_PYTHON = """\
def wait_for_all(room, lock, doors, parties)
    with lock:
        room.count += 1
"""
_TRIED_OUT = """\
%who
reserve(None, None)
"""
# learner -> exercise -> an answer for each item, in their order: right, stub, the name of a wrong answer, or its text.
CLASS = {
    "amina": {_05: [_RIGHT, _RIGHT, _RIGHT], _06: [_RIGHT, _RIGHT, _RIGHT, _RIGHT]},
    "bela": {
        _05: [_RIGHT, "test_outside_lock", _RIGHT],
        _06: ["prepares_inside", _RIGHT, _RIGHT, "one_turnstile"],
    },
    "chidi": {_05: [_STUB, _STUB, _STUB]},
    "dana": {
        _05: ["own_three_survive", _RIGHT, "writer_only_locks"],
        _06: [_RIGHT, _RIGHT, "mutex_instead", "one_turnstile"],
    },
    "elif": {
        _05: [_RIGHT, "no_lock", "unlocked_pair"],
        _06: ["no_release_on_exception", "starts_at_one", "count_outside_lock", _RIGHT],
    },
    "farid": {_05: [_RIGHT, _STUB, _STUB], _06: [_RIGHT, _RIGHT, _STUB, _STUB]},
    "greta": {
        _05: ["sequential", "test_outside_lock", "computes_inside_lock"],
        _06: ["exception_swallowed", "wait_before_signal", "never_given_back", "lock_held_at_door"],
    },
    "hugo": {
        _05: ["own_three_survive", _IN_OTHER_WORDS, "first_writer_wins"],
        _06: [_RIGHT, "one_waits", "starts_at_three", _NO_PYTHON],
    },
}
TRIES_THINGS_OUT = "hugo"  # leaves a cell that fails


def write(folder):
    """Write the notebooks of the class below `folder`; return their paths."""
    written = []
    for learner, exercises in CLASS.items():
        for stem, answers in exercises.items():
            path = pathlib.Path(folder, learner, stem, f"{stem}.ipynb")
            path.parent.mkdir(parents=True)
            path.write_text(_notebook(learner, stem, answers))
            written.append(path)
    return written


def _notebook(learner, stem, answers):
    items = [item for one, item in ITEMS if one == stem]
    texts = {item: _text(stem, item, answer) for item, answer in zip(items, answers, strict=True) if answer != _STUB}
    notebook = json.loads(submitted(stem, texts))
    for cell in notebook["cells"]:
        if isinstance(cell["source"], str):
            cell["source"] = cell["source"].strip().splitlines(keepends=True)
        if cell["cell_type"] == "code":
            cell["outputs"] = []
    if learner == TRIES_THINGS_OUT and stem == _05:
        notebook["cells"].append(_cell(_TRIED_OUT))
    return json.dumps(notebook, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _text(stem, item, answer):
    if "\n" in answer:
        return answer
    if answer != _RIGHT:
        path = ROOT / "tests" / "wrong_answers" / stem / f"{answer}.py"
        if headline(path)[0] != item:
            raise ValueError(f"{path} is an answer to {headline(path)[0]}, not to {item}")
        return _without_docstring(path.read_text())
    lines = answer_cell(stem, item).text.splitlines(keepends=True)
    return "".join(line for line in lines if not line.strip().startswith("#"))


def _without_docstring(text):
    """Return an answer's file without its docstring, which is not the learner's."""
    first = ast.parse(text).body[0]
    return "".join(text.splitlines(keepends=True)[first.end_lineno :])


def _cell(text):
    source = text.strip().splitlines(keepends=True)
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "tried-out",
        "metadata": {},
        "outputs": [],
        "source": source,
    }


if __name__ == "__main__":  # make exercises
    shutil.rmtree(FOLDER, ignore_errors=True)
    for made in write(FOLDER):
        print(made.relative_to(ROOT))
