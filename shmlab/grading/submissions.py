"""Where submissions come from: a notebook, a folder, a Moodle or Canvas download, nbgrader's submitted tree.

Archives are read where they are: nothing of them is ever written, so a name that leads elsewhere leads nowhere.
"""

import dataclasses
import lzma
import pathlib
import re
import stat
import time
import typing
import zipfile
import zlib

from shmlab.grading import naming, notebook
from shmlab.grading.source import ANSWER, CHECK, defined_in

_SKIPPED = {".ipynb_checkpoints", "__MACOSX", ".git"}
_MOST_ENTRIES = 50_000  # of an archive
_CURE = "give a notebook, a folder of them, or the zip that Moodle or Canvas gave you"
_UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


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
    """A notebook that was found. `version`: the later of two has the higher one. `load`: gives its bytes. `number`:
    what a learning platform knows the learner by, or ""."""

    learner: str
    exercise: str
    path: str
    version: tuple
    load: typing.Callable
    problem: str = ""
    notes: tuple[str, ...] = ()
    number: str = ""

    def submission(self):
        """With its bytes."""
        data, problem = None, self.problem
        if not problem:
            try:
                data = self.load()
            except _UNREADABLE as error:
                problem = f"it could not be read: {error}"
        return Submission(self.learner, self.exercise, self.path, data, problem, self.notes)


@dataclasses.dataclass(frozen=True)
class _File:
    """A file in one place. `parts`: its name there. `stamp`: whether its time can be believed, and that in seconds."""

    parts: tuple
    path: str
    stamp: tuple
    load: typing.Callable
    problem: str = ""
    notes: tuple = ()

    @property
    def is_notebook(self):
        return self.parts[-1].lower().endswith(".ipynb")


def find(paths, sources):
    """The Entries below some paths, one for each learner and exercise, in order. `sources`: stem -> Source.

    Raises FileNotFoundError for a path that is not there, ValueError for one that holds no notebook.
    """
    found = []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: {_CURE}")
        here = [entry for name, files in _places(path) for entry in _entries(files, name, sources)]
        if not here:
            raise ValueError(f"{path} holds no notebook (*.ipynb): {_CURE}")
        found += here
    return _latest(found)


def _places(path):
    """(name, Files) of each place at a path: a tree, or an archive. Names tell learners apart within one of them."""
    if path.is_dir():
        path = path / "submitted" if (path / "submitted").is_dir() else path  # a course of nbgrader's
        yield path.resolve().name, list(_in_tree(path))
        for archive in sorted(one for one in path.glob("*.[zZ][iI][pP]") if one.is_file()):
            yield archive.stem, list(_in_zip_or_not(archive))
    elif path.suffix.lower() == ".ipynb":
        folders = path.resolve().parent.parts
        yield folders[-1], [_file(path, (*naming.names_of(folders), path.name))]
    elif path.is_file() and zipfile.is_zipfile(path):
        yield path.stem, list(_in_zip(path))
    else:
        raise ValueError(f"{path} is neither a notebook (*.ipynb) nor a zip that can be opened: {_CURE}")


def _in_tree(path):
    above = naming.names_of(path.resolve().parts)
    for one in sorted(path.rglob("*")):
        parts = one.relative_to(path).parts
        if not _skipped(parts) and not one.is_dir():
            yield _file(one, (*above, *parts), root=path)


def _skipped(parts):
    return bool(_SKIPPED & set(parts)) or parts[-1].startswith("._")


def _file(path, parts, root=None):
    try:
        found = path.stat()
        away = root is not None and not path.resolve().is_relative_to(root.resolve())
    except OSError as error:
        return _unread(parts, path, f"it could not be read: {error.strerror}")
    problem = ""
    if away:
        problem = f"it is a link to a file outside of {root}: it was not read"
    elif not stat.S_ISREG(found.st_mode):
        problem = "it is no file with a content: it was not read"
    return _File(parts, str(path), (1, found.st_mtime), lambda: _bounded(path.open("rb")), problem)


def _unread(parts, path, problem):
    return _File(parts, str(path), (0, 0), lambda: b"", problem)


def _bounded(stream):
    with stream:
        data = stream.read(notebook.MOST_BYTES + 1)
    if len(data) > notebook.MOST_BYTES:
        raise ValueError(f"it has more than {notebook.MOST_BYTES:,} bytes: no more are read")
    return data


def _in_zip_or_not(path):
    """The Files of one archive of several: one that cannot be opened is reported, and the others are read."""
    try:
        yield from _in_zip(path)
    except ValueError as error:
        yield _unread((f"{path.stem}.ipynb",), path, str(error))


def _in_zip(path):
    """The Files of an archive. Raises ValueError for one that cannot be opened."""
    try:
        archive = zipfile.ZipFile(path)  # stays open: its files are read when it is their turn
    except _UNREADABLE as error:
        raise ValueError(f"{path} cannot be opened as a zip ({error}): download it again") from error
    if len(archive.infolist()) > _MOST_ENTRIES:
        raise ValueError(f"{path} has {len(archive.infolist()):,} files: at most {_MOST_ENTRIES:,} are looked at")
    for info in archive.infolist():
        name = info.filename.replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        if not parts or info.is_dir() or _skipped(parts):
            continue
        notes, trusted = (), 1
        if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
            notes, trusted = (f"its name in the archive leads out of it ({name!r}): only its content was read",), 0
        stamp = trusted, time.mktime((*info.date_time, 0, 0, -1))  # whatever month there is, as 0
        yield _File(parts, f"{path}/{name}", stamp, _loader(archive, info), _hindrance(info), notes)


def _hindrance(info):
    if info.flag_bits & 1:
        return "it is encrypted: give an archive without a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link: it was not read"
    return ""


def _loader(archive, info):
    return lambda: _bounded(archive.open(info))


def _entries(files, place, sources):
    """The Entries of one place. Who handed something in through a platform, but no notebook, has one that says so."""
    told = [naming.told(file.parts, sources) for file in files]
    wanted = [at for at, file in enumerate(files) if file.is_notebook or told[at].platform]
    files, told = [files[at] for at in wanted], [told[at] for at in wanted]
    made, others = [], {}
    for learner, file, one in zip(naming.learners(told, place), files, told, strict=True):
        if file.is_notebook:
            made.append(_entry(learner, file, one))
        else:
            others.setdefault(learner, []).append((file, one))
    for learner in others.keys() - {entry.learner for entry in made}:
        names = naming.printable(", ".join(file.parts[-1] for file, _ in others[learner]))
        problem = f"what was handed in is no notebook (*.ipynb): {names}"
        file, one = others[learner][0]
        made.append(_entry(learner, dataclasses.replace(file, problem=problem), one))
    return _with_exercises(made, sources)


def _entry(learner, file, told):
    version = told.order[0], file.stamp, told.order[1]
    path = naming.printable(file.path, 400)
    return Entry(learner, told.exercise, path, version, file.load, file.problem, file.notes, told.id)


def _with_exercises(entries, sources):
    """Each with its exercise: by name, else by its cells; what cannot be read belongs to what all others do."""
    found = [entry.exercise or _by_content(entry, sources) for entry in entries]
    all_of_them = set(found) - {"", None} or set(sources)
    only = all_of_them.pop() if len(all_of_them) == 1 else ""
    return [
        dataclasses.replace(entry, exercise=only if exercise is None else exercise)
        for entry, exercise in zip(entries, found, strict=True)
    ]


def _by_content(entry, sources):
    """The stem of the source that most of its cells are from, else whose functions it has; "" for one of another
    kind, None for what cannot be read: what is wrong with it is said when it is judged."""
    data = entry.submission().data
    try:
        cells = notebook.read(data) if data is not None else None
    except notebook.UnreadableNotebook:
        return None
    if cells is None:
        return None
    ids = {cell.grade_id for cell in cells}
    functions = set().union(*(defined_in(cell.source) for cell in cells))
    shared = {
        stem: (
            len(ids & {cell.grade_id for cell in source.of_role(ANSWER, CHECK)}),
            len(functions & {name for cell in source.of_role(ANSWER) for name in cell.names}),
        )
        for stem, source in sources.items()
    }
    best = max(shared, key=shared.get)
    return best if any(shared[best]) else ""


def _latest(entries):
    """Of several of one learner for one exercise, the last; in the order of learners and exercises."""
    groups = {}
    for entry in _of_several_places(entries):
        groups.setdefault((entry.learner, entry.exercise), []).append(entry)
    kept = []
    for (_, exercise), group in groups.items():
        *earlier, last = sorted(group, key=lambda entry: (not entry.problem, entry.version, entry.path))
        if earlier and exercise:
            readable = not last.problem and any(entry.problem for entry in earlier)
            which = "the last that can be read" if readable else "the last one"
            note = f"{len(group)} notebooks were handed in: {which} counts, {pathlib.PurePath(last.path).name}"
            last = dataclasses.replace(last, notes=(*last.notes, note))
        kept += [last] if exercise else group
    return sorted(kept, key=lambda entry: (entry.learner, entry.exercise, entry.path))


def _of_several_places(entries):
    """Two of one name who handed in one exercise under two numbers of a platform, as in two courses, are two people."""
    keys = [(entry.learner, entry.exercise) for entry in entries]
    names = naming.told_apart(keys, [entry.learner for entry in entries], [entry.number for entry in entries])
    return [dataclasses.replace(entry, learner=name) for entry, name in zip(entries, names, strict=True)]
