"""Find submissions in a notebook, a folder, a Moodle or Canvas download, or nbgrader's submitted tree."""

import dataclasses
import functools
import pathlib
import typing

from shmlab.grading.submissions import learner_names, submitted_notebook
from shmlab.grading.submissions.places import CURE, UNREADABLE, places
from shmlab.grading.submissions.recognize import Library

NOTHING = "nothing was handed in"
_NO_WORK = {"", "timestamp.txt", ".ds_store", "thumbs.db", "desktop.ini"}  # files that programs add


@dataclasses.dataclass(frozen=True)
class Submission:
    """Hold one learner's notebook.

    `exercise`: the stem of the source it belongs to, or "". `path`: a text for people. `data`: the bytes of the file,
    or None if it could not be read; then `problem` says why. `notes`: sentences about how it was found.
    """

    learner: str
    exercise: str
    path: str
    data: bytes | None
    problem: str = ""
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True)
class Entry:
    """Hold a notebook that was found, before it is read.

    `version`: higher for a later submission. `load()`: returns its bytes. `number`: the learner's number on a learning
    platform, or "". `late`: whether the platform marked it as late. `absent`: True if there is no notebook, only the
    name of a learner who handed in nothing. `doubt(data)`: returns why the bytes are not what the name says, or "".
    """

    learner: str
    exercise: str
    path: str
    version: tuple
    load: typing.Callable
    problem: str = ""
    notes: tuple[str, ...] = ()
    number: str = ""
    late: bool = False
    absent: bool = False
    doubt: typing.Callable | None = None

    def submission(self):
        """Read the notebook and return it as a Submission."""
        data, problem = None, self.problem
        if not problem:
            try:
                data = self.load()
            except UNREADABLE as error:
                problem = f"it could not be read: {error}"
        if data is not None and self.doubt is not None and (problem := self.doubt(data)):
            data = None
        return Submission(self.learner, self.exercise, self.path, data, problem, self.notes)


def find(paths, sources, lessons=None):
    """Return the Entries below some paths, one for each learner and exercise, in order.

    `sources`: stem -> Source. `lessons`: a result of `recognize.lessons_in`. An empty folder of a learner gets an
    Entry that is `absent`. Raises FileNotFoundError for a path that does not exist, ValueError for one without a
    notebook.
    """
    library, entries = Library(sources, lessons or {}), []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: {CURE}")
        here = [entry for name, files in places(path) for entry in _entries(files, name, library)]
        if all(entry.absent for entry in here):
            raise ValueError(f"{path} holds no notebook (*.ipynb): {CURE}")
        entries += here
    return _latest(entries)


def _entries(files, place, library):
    """Return the Entries of one place.

    A learner who handed in something else through a platform, or has a folder without a notebook beside the folders of
    others, gets an Entry that says so.
    """
    parsed = [learner_names.parse_names(file.parts, library.sources) for file in files]
    bare = _bare_folders(files)
    wanted = [
        index
        for index, (file, name) in enumerate(zip(files, parsed, strict=True))
        if (file.parts[:-1] in bare if file.is_folder else file.is_notebook or name.platform)
    ]
    files, parsed = [files[index] for index in wanted], [parsed[index] for index in wanted]
    entries, others = [], {}
    for learner, file, name in zip(learner_names.learners(parsed, place), files, parsed, strict=True):
        if file.is_notebook:
            entries.append(_entry(learner, file, name))
        else:
            contents = bare[file.parts[:-1]] if file.is_folder else [file.parts[-1]]
            others.setdefault(learner, []).append((file, name, contents))
    entries += [entry for learner, other in others.items() for entry in _without_notebook(learner, other, entries)]
    return _with_exercises(entries, library)


def _bare_folders(files):
    """Return folder -> the names of its files, for each folder without a notebook beside folders with notebooks."""
    folders = {file.parts[:depth] for file in files for depth in range(1, len(file.parts))}
    notebooks = [file.parts for file in files if file.is_notebook]
    with_some = {parts[:depth] for parts in notebooks for depth in range(len(parts))}
    around = with_some - {parts[:-1] for parts in notebooks}  # there learners have folders, not files
    bare = {folder: [] for folder in folders if folder[:-1] in around and folder not in with_some}
    for file in files:
        for depth in range(1, len(file.parts)):
            if file.parts[:depth] in bare and file.parts[-1].lower() not in _NO_WORK:
                bare[file.parts[:depth]].append(file.parts[-1])
    return bare


def _without_notebook(learner, others, entries):
    """Yield an Entry for a learner who handed in no notebook for an exercise, or none at all.

    `others`: [(File, NameParts, names of files)], what this learner handed in besides notebooks. `entries`: those of
    all notebooks.
    """
    theirs = {entry.exercise for entry in entries if entry.learner == learner}
    missing = [other for other in others if not theirs or (other[1].exercise and other[1].exercise not in theirs)]
    if not missing:
        return
    file, name_parts, _ = missing[0]
    names = learner_names.printable(", ".join(dict.fromkeys(name for *_, names in missing for name in names)))
    handed_in = any(names for *_, names in missing)
    problem = f"what was handed in is no notebook (*.ipynb): {names}{_cure(names)}" if handed_in else NOTHING
    entry = _entry(learner, dataclasses.replace(file, problem=problem), name_parts)
    yield dataclasses.replace(entry, absent=not handed_in)


def _cure(names):
    """Return what a teacher may do with a file of this name, as the end of a sentence, or ""."""
    if names.lower().endswith(".zip"):
        return ": unpack it into this learner's folder, and grade that"
    return ": rename it" if names.lower().endswith(".ipynb.txt") else ""


def _entry(learner, file, name):
    version = name.order[0], file.stamp, name.order[1]
    path = learner_names.printable(file.path, 400)
    return Entry(learner, name.exercise, path, version, file.load, file.problem, file.notes, name.id, name.late)


def _with_exercises(entries, library):
    """Return each Entry with its exercise, found by its name, otherwise by its cells.

    An unreadable notebook is assigned to the exercise of all others, if they have a single one.
    """
    stems = [entry.exercise or _by_content(entry, library) for entry in entries]
    candidates = set(stems) - {"", None} or set(library.sources)
    only = candidates.pop() if len(candidates) == 1 else ""
    stems = [only if stem is None else stem for stem in stems]
    return [
        dataclasses.replace(entry, exercise=stem, doubt=functools.partial(library.problem, exercise=stem))
        for entry, stem in zip(entries, stems, strict=True)
    ]


def _by_content(entry, library):
    """Return the stem of the exercise that a notebook's cells belong to, "" if they belong to none, None if it cannot
    be read; the judge reports the reason later."""
    data = entry.submission().data
    try:
        return library.exercise_of(submitted_notebook.read(data)) if data is not None else None
    except submitted_notebook.UnreadableNotebook:
        return None


def _worth(entry):
    """Return 2 for a notebook of its exercise, 1 for a file that is no notebook, 0 if it has a problem."""
    data = entry.submission().data
    if data is None:
        return 0
    try:
        submitted_notebook.read(data)
    except submitted_notebook.UnreadableNotebook:
        return 1
    return 2


def _latest(entries):
    """Return the last Entry of each learner for each exercise, sorted by learner and exercise: the last one of the
    greatest worth, so that a lesson in place of the exercise, or a damaged file, counts less."""
    groups = {}
    for entry in _with_distinct_names(entries):
        groups.setdefault((entry.learner, entry.exercise), []).append(entry)
    latest = []
    for (_, exercise), candidates in groups.items():
        group = [entry for entry in candidates if not entry.absent] or candidates[:1]
        worth = {entry: _worth(entry) for entry in group} if len(group) > 1 else {}
        *earlier, last = sorted(group, key=lambda entry: (worth.get(entry), entry.version, entry.path))
        if earlier and exercise:
            which = "the last that can be judged" if worth[earlier[0]] < worth[last] else "the last one"
            note = f"{len(group)} notebooks were handed in: {which} counts, {pathlib.PurePath(last.path).name}"
            last = dataclasses.replace(last, notes=(*last.notes, note))
        latest += [last] if exercise else group
    return sorted(latest, key=lambda entry: (entry.learner, entry.exercise, entry.path))


def _with_distinct_names(entries):
    """Return the Entries with a platform's number behind a name where one name has several numbers for one exercise.

    These are different people, for instance in two courses.
    """
    keys = [(entry.learner, entry.exercise) for entry in entries]
    names = learner_names.distinct_names(
        keys, [entry.learner for entry in entries], [entry.number for entry in entries]
    )
    return [dataclasses.replace(entry, learner=name) for entry, name in zip(entries, names, strict=True)]
