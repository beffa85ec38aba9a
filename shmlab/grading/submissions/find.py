"""Where submissions come from: a notebook, a folder, a Moodle or Canvas download, nbgrader's submitted tree."""

import dataclasses
import functools
import pathlib
import typing

from shmlab.grading.submissions import learner_names, submitted_notebook
from shmlab.grading.submissions.places import CURE, UNREADABLE, places
from shmlab.grading.submissions.recognize import Library

NOTHING = "nothing was handed in"
_NO_WORK = {"", "timestamp.txt", ".ds_store", "thumbs.db", "desktop.ini"}  # what programs leave: nobody's work


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
    what a learning platform knows the learner by, or "". `late`: whether the platform says so. `absent`: whether there
    is none, and only who has handed in nothing is known. `doubt`: called with the bytes, says why they are not what
    the name says, or ""."""

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
        """With its bytes."""
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
    """The Entries below some paths, one for each learner and exercise, in order. `sources`: stem -> Source. `lessons`:
    as `recognize.lessons_in` gives them. A learner's folder that has nothing in it has an Entry that is `absent`.

    Raises FileNotFoundError for a path that is not there, ValueError for one that holds no notebook.
    """
    library, found = Library(sources, lessons or {}), []
    for path in map(pathlib.Path, paths):
        if not path.exists():
            raise FileNotFoundError(f"{path} does not exist: {CURE}")
        here = [entry for name, files in places(path) for entry in _entries(files, name, library)]
        if all(entry.absent for entry in here):
            raise ValueError(f"{path} holds no notebook (*.ipynb): {CURE}")
        found += here
    return _latest(found)


def _entries(files, place, library):
    """The Entries of one place. Who handed something in through a platform, or has a folder beside those of others, but
    no notebook, has one that says so."""
    told = [learner_names.told(file.parts, library.sources) for file in files]
    bare = _bare_folders(files)
    wanted = [
        at
        for at, (file, one) in enumerate(zip(files, told, strict=True))
        if (file.parts[:-1] in bare if file.is_folder else file.is_notebook or one.platform)
    ]
    files, told = [files[at] for at in wanted], [told[at] for at in wanted]
    made, others = [], {}
    for learner, file, one in zip(learner_names.learners(told, place), files, told, strict=True):
        if file.is_notebook:
            made.append(_entry(learner, file, one))
        else:
            names = bare[file.parts[:-1]] if file.is_folder else [file.parts[-1]]
            others.setdefault(learner, []).append((file, one, names))
    made += [entry for learner, found in others.items() for entry in _without_notebook(learner, found, made)]
    return _with_exercises(made, library)


def _bare_folders(files):
    """Folder -> the names of the files in it, for each that has no notebook in it, beside others that have some."""
    folders = {file.parts[:at] for file in files for at in range(1, len(file.parts))}
    notebooks = [file.parts for file in files if file.is_notebook]
    with_some = {parts[:at] for parts in notebooks for at in range(len(parts))}
    around = with_some - {parts[:-1] for parts in notebooks}  # nothing but folders belongs to learners there
    bare = {folder: [] for folder in folders if folder[:-1] in around and folder not in with_some}
    for file in files:
        for at in range(1, len(file.parts)):
            if file.parts[:at] in bare and file.parts[-1].lower() not in _NO_WORK:
                bare[file.parts[:at]].append(file.parts[-1])
    return bare


def _without_notebook(learner, found, made):
    """The Entry of a learner who has none for an exercise, or none at all. `found`: [(File, Told, names of files)]."""
    theirs = {entry.exercise for entry in made if entry.learner == learner}
    open_ones = [one for one in found if not theirs or (one[1].exercise and one[1].exercise not in theirs)]
    if not open_ones:
        return
    file, told, _ = open_ones[0]
    names = learner_names.printable(", ".join(dict.fromkeys(name for *_, names in open_ones for name in names)))
    handed_in = any(names for *_, names in open_ones)
    problem = f"what was handed in is no notebook (*.ipynb): {names}" if handed_in else NOTHING
    entry = _entry(learner, dataclasses.replace(file, problem=problem), told)
    yield dataclasses.replace(entry, absent=not handed_in)


def _entry(learner, file, told):
    version = told.order[0], file.stamp, told.order[1]
    path = learner_names.printable(file.path, 400)
    return Entry(learner, told.exercise, path, version, file.load, file.problem, file.notes, told.id, told.late)


def _with_exercises(entries, library):
    """Each with its exercise: by name, else by its cells; what cannot be read belongs to what all others do."""
    found = [entry.exercise or _by_content(entry, library) for entry in entries]
    all_of_them = set(found) - {"", None} or set(library.sources)
    only = all_of_them.pop() if len(all_of_them) == 1 else ""
    stems = [only if stem is None else stem for stem in found]
    return [
        dataclasses.replace(entry, exercise=stem, doubt=functools.partial(library.problem, exercise=stem))
        for entry, stem in zip(entries, stems, strict=True)
    ]


def _by_content(entry, library):
    """The stem of the exercise that it is by its cells; "" for one of another kind, None for what cannot be read: what
    is wrong with it is said when it is judged."""
    data = entry.submission().data
    try:
        return library.exercise_of(submitted_notebook.read(data)) if data is not None else None
    except submitted_notebook.UnreadableNotebook:
        return None


def _latest(entries):
    """Of several of one learner for one exercise, the last; in the order of learners and exercises."""
    groups = {}
    for entry in _of_several_places(entries):
        groups.setdefault((entry.learner, entry.exercise), []).append(entry)
    kept = []
    for (_, exercise), found in groups.items():
        group = [entry for entry in found if not entry.absent] or found[:1]
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
    names = learner_names.told_apart(keys, [entry.learner for entry in entries], [entry.number for entry in entries])
    return [dataclasses.replace(entry, learner=name) for entry, name in zip(entries, names, strict=True)]
