"""Where submissions come from: a notebook, a folder, a Moodle or Canvas download, nbgrader's submitted tree.

The learner is read from the naming. Archives are read where they are: nothing of them is ever written.
"""

import dataclasses
import pathlib
import re
import typing
import zipfile

from shmlab.grading import notebook
from shmlab.grading.source import ANSWER, CHECK, defined_in

_MOODLE = re.compile(r"^(?P<learner>.+?)_\d+_assignsubmission_file_?(?P<rest>.*)$")
_CANVAS = re.compile(r"^(?P<learner>[^_]+)(?:_LATE)?_\d+_\d+_(?P<rest>.+)$")
_VERSION = re.compile(r"(?:-| \(|_)(?P<number>\d{1,3})\)?$")  # name-1.ipynb, name (1).ipynb
_SKIPPED = {".ipynb_checkpoints", "__MACOSX"}


@dataclasses.dataclass(frozen=True)
class Submission:
    """One learner's notebook. `exercise`: the stem of the source it belongs to, or "". `path`: as people know it.
    `data`: the bytes of the file, or None when it could not be read, and then `problem` says why. `notes`: sentences
    about how it was found."""

    learner: str
    exercise: str
    path: str
    data: bytes | None
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Entry:
    """A notebook that was found. `version`: the later of two has the higher one. `load`: gives its bytes."""

    learner: str
    exercise: str
    path: str
    version: tuple
    load: typing.Callable
    problem: str = ""
    notes: tuple[str, ...] = ()

    def submission(self):
        """With its bytes."""
        if self.problem:
            return Submission(self.learner, self.exercise, self.path, None, self.problem, self.notes)
        try:
            return Submission(self.learner, self.exercise, self.path, self.load(), "", self.notes)
        except (OSError, ValueError, RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            problem = f"it could not be read: {error}"
            return Submission(self.learner, self.exercise, self.path, None, problem, self.notes)


def find(paths, sources):
    """The Entries below some paths, one for each learner and exercise, in order. `sources`: stem -> Source.

    Raises FileNotFoundError for a path that is not there, ValueError for one that holds no notebook.
    """
    found = []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: give a notebook, a folder of them, or a downloaded zip")
        here = list(_below(path))
        if not here:
            raise ValueError(
                f"{path} holds no notebook (*.ipynb): give a notebook, a folder of them, or a downloaded zip"
            )
        found += [dataclasses.replace(entry, exercise=_exercise(entry, sources)) for entry in here]
    return _latest(found)


def _below(path):
    if path.is_dir():
        for one in sorted(path.rglob("*.ipynb")):
            relative = one.relative_to(path)
            if not _SKIPPED & set(relative.parts):
                yield _entry(relative.parts, str(one), _stamp(one), lambda one=one: _read_file(one))
        for one in sorted(path.glob("*.zip")):
            yield from _in_zip(one)
    elif zipfile.is_zipfile(path):
        yield from _in_zip(path)
    else:
        folder = path.resolve().parent.name
        yield _entry((path.name,), str(path), _stamp(path), lambda: _read_file(path), learner=folder)


def _stamp(path):
    return (path.stat().st_mtime_ns,)


def _read_file(path):
    if path.stat().st_size > notebook.MOST_BYTES:
        raise ValueError(f"it has {path.stat().st_size:,} bytes: at most {notebook.MOST_BYTES:,} are read")
    return path.read_bytes()


def _in_zip(path):
    """The Entries of an archive. Nothing is extracted: a name that leads elsewhere leads nowhere."""
    archive = zipfile.ZipFile(path)  # stays open: its entries are read when it is their turn
    for info in archive.infolist():
        name = info.filename.replace("\\", "/")
        if info.is_dir() or not name.lower().endswith(".ipynb") or _SKIPPED & set(name.split("/")):
            continue
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        astray = name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]
        problem = f"its name in the archive leads out of it ({name!r}): it was not read" if astray else ""
        load = _loader(archive, info)
        yield _entry(parts, f"{path}/{name}", (*info.date_time, 0), load, problem=problem)


def _loader(archive, info):
    def load():
        if info.file_size > notebook.MOST_BYTES:
            raise ValueError(f"it has {info.file_size:,} bytes: at most {notebook.MOST_BYTES:,} are read")
        with archive.open(info) as stream:
            data = stream.read(notebook.MOST_BYTES + 1)
        if len(data) > notebook.MOST_BYTES:
            raise ValueError(f"it unpacks to more than {notebook.MOST_BYTES:,} bytes")
        return data

    return load


def _entry(parts, path, stamp, load, *, learner="", problem=""):
    """The Entry of a notebook found under the names `parts`; `learner` where these do not tell."""
    name, number = parts[-1], 0
    folders = [part for part in parts[:-1] if part not in ("submitted", "submissions")]
    told = _MOODLE.match(folders[0]) if folders else _MOODLE.match(name) or _CANVAS.match(name)
    if told:
        learner = told["learner"]
        name = name if folders else told["rest"]
    elif folders:
        learner = folders[0]
    stem = pathlib.PurePath(name).stem
    versioned = _VERSION.search(stem)
    if versioned:
        number, stem = int(versioned["number"]), stem[: versioned.start()]
    entry = Entry(_printable(learner), stem, path, (number, *stamp), load, problem)
    return entry if learner else dataclasses.replace(entry, learner=_printable(stem))


def _printable(name):
    """A learner's name as a line of text."""
    name = "".join(character if character.isprintable() else "?" for character in name).strip()
    return name.encode("utf-8", "replace").decode()[:120] or "somebody"


def _exercise(entry, sources):
    """The stem of the source that an entry belongs to: by its file's name, else by its cells, else ""."""
    file = pathlib.PurePath(entry.path).name
    named = [stem for stem in sources if stem.lower() in file.lower()]
    if len(named) == 1:
        return named[0]
    try:
        cells = notebook.read(entry.load())
    except Exception:  # what is wrong with it is said when it is judged
        return next(iter(sources)) if len(sources) == 1 else ""
    ids = {cell.grade_id for cell in cells}
    functions = set().union(*(defined_in(cell.source) for cell in cells))
    shared = {
        stem: len(ids & {cell.grade_id for cell in source.of_role(ANSWER, CHECK)})
        or len(functions & {name for cell in source.of_role(ANSWER) for name in cell.names})
        for stem, source in sources.items()
    }
    best = max(shared, key=shared.get)
    return best if shared[best] else ""


def _latest(entries):
    """Of several of one learner for one exercise, the last; in the order of learners and exercises."""
    groups = {}
    for entry in entries:
        groups.setdefault((entry.learner, entry.exercise), []).append(entry)
    kept = []
    for group in groups.values():
        *earlier, last = sorted(group, key=lambda entry: (not entry.problem, entry.version, entry.path))
        if earlier and last.exercise:
            note = f"{len(group)} notebooks were handed in: the last one counts, {pathlib.PurePath(last.path).name}"
            last = dataclasses.replace(last, notes=(note,))
        kept += [last] if last.exercise else group
    return sorted(kept, key=lambda entry: (entry.learner, entry.exercise, entry.path))
