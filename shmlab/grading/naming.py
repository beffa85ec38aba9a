"""Who handed it in, and for which exercise, as the names of files and folders tell it.

Sources of the forms: Moodle's mod_assign downloader (NAME_ID_assignsubmission_file, a folder or the beginning of a
file's name), Canvas's ContentZipper (name[_LATE]_ID_FILE_name), nbgrader's submitted/LEARNER/ASSIGNMENT/NOTEBOOK.
"""

import collections
import dataclasses
import hashlib
import re

MOODLE = re.compile(r"^(?P<learner>.+?)_(?P<id>\d+)_assignsubmission_file_?(?P<rest>.*)$", re.DOTALL)
_CANVAS = re.compile(
    r"^(?:(?:LATE_)?(?P<nameless>anon_[^_]+)|(?P<learner>.+?)_(?:LATE_|late_)?(?P<id>\d+))_(?P<file>\d+)_(?P<rest>.+)$",
    re.DOTALL,
)
_COPY = re.compile(r"(?:-Copy(?P<copy>\d{1,3})| ?\((?P<again>\d{1,3})\))$")  # of JupyterLab, of a browser
_NUMBER = re.compile(r"^[-_ ](?P<number>\d{1,3})$")  # after the name of an exercise: what Canvas calls a second one
_SEPARATORS = " _-."
_NO_NAMES = {"submitted", "submissions"}
_LONGEST = 120


@dataclasses.dataclass(frozen=True)
class Told:
    """What names tell of a notebook. `learner`: or "". `id`: the number that a learning platform knows them by, or "".
    `exercise`: a stem, or "". `rest`: what the file's name says beside it. `order`: the later has the higher one.
    `platform`: whether Moodle or Canvas gave the name. `folders`: those that may be a learner's."""

    learner: str
    id: str
    exercise: str
    rest: str
    order: tuple
    platform: bool
    folders: tuple


def told(parts, stems):
    """What the names `parts`, the last of them the file's, tell. `stems`: of the exercises there are."""
    *folders, name = parts
    learner = number = ""
    file = 0
    for at, folder in enumerate(folders):
        if found := MOODLE.match(folder):
            learner, number, folders = found["learner"], found["id"], folders[at + 1 :]
            break
    else:
        if found := MOODLE.match(name) or _CANVAS.match(name):
            groups = found.groupdict()
            learner, number = groups["learner"] or groups["nameless"], groups["id"] or ""
            name, file = groups["rest"], int(groups.get("file") or 0)
    stem, again = _without_copies(re.sub(r"\.ipynb$", "", name, flags=re.IGNORECASE))
    exercise, rest, version = _divided(stem, stems)
    named = next((found for folder in reversed(folders) if (found := _exercise_in(folder, stems))), "")
    mine = [one for one in folders if one.lower() not in _NO_NAMES and not _is_exercise(one, stems)]
    order = (file, version if learner else 0), (version, again)
    return Told(learner, number, exercise or named, rest, order, bool(learner), tuple(mine))


def _without_copies(stem):
    again = 0
    while found := _COPY.search(stem):
        stem, again = stem[: found.start()], max(again, int(found["copy"] or found["again"]))
    return stem, again


def _divided(stem, stems):
    """(the exercise in a file's name, what else the name says, which number it bears)."""
    exercise = _exercise_in(stem, stems)
    if not exercise:
        return "", stem.strip(_SEPARATORS), 0
    at = stem.lower().index(exercise.lower())
    before, after = stem[:at], stem[at + len(exercise) :]
    numbered = _NUMBER.match(after)
    if numbered:
        return exercise, before.strip(_SEPARATORS), int(numbered["number"])
    return exercise, " ".join(part for part in (before.strip(_SEPARATORS), after.strip(_SEPARATORS)) if part), 0


def _exercise_in(name, stems):
    return max((stem for stem in stems if stem.lower() in name.lower()), key=len, default="")


def _is_exercise(name, stems):
    return name.lower() in {stem.lower() for stem in stems}


def learners(several, place):
    """The learner of each of several Told that were found in one place; `place`: its name, where no other says one.

    A folder is a learner's, unless everything is in it, or it holds notebooks for one exercise by different names:
    then those are the learners'. Two that share a name are told apart by their numbers.
    """
    outer = _common([one.folders for one in several if not one.platform])
    if outer:
        place = outer[-1]
    inner = len(outer)
    if outer and all(one.folders == outer for one in several if not one.platform) and not _differ(several):
        inner -= 1  # it is one learner's, and nobody else's
    several = [one if one.platform else dataclasses.replace(one, folders=one.folders[inner:]) for one in several]
    groups = collections.defaultdict(list)
    for one in several:
        groups[one.folders[:1]].append(one)
    shared = {folders for folders, group in groups.items() if _differ(group)}
    return _told_apart(several, [_learner(one, one.folders[:1] in shared, place) for one in several])


def _common(several):
    """The folders that all of them begin with."""
    first, last = min(several, default=()), max(several, default=())
    same = [one == another for one, another in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)]


def _differ(group):
    """Whether there are notebooks by different names for one exercise, where no platform says whose they are."""
    rests = collections.defaultdict(set)
    for one in group:
        if not one.platform:
            rests[one.exercise].add(one.rest)
    return any(len(names) > 1 for names in rests.values())


def _learner(one, shared, place):
    if one.platform:
        return one.learner
    if not one.folders:
        return one.rest or place
    return f"{one.folders[0]}/{one.rest}" if shared and one.rest else one.folders[0]


def _told_apart(several, names):
    ids = collections.defaultdict(set)
    for one, name in zip(several, names, strict=True):
        ids[name].add(one.id)
    return [
        printable(f"{name} ({one.id})" if len(ids[name]) > 1 and one.id else name)
        for one, name in zip(several, names, strict=True)
    ]


def printable(text, longest=_LONGEST):
    """Text as one line that any terminal, page or table takes; what is too long is cut, and stays distinct."""
    line = "".join(character if character.isprintable() else "?" for character in text).strip()
    if len(line) > longest:
        line = f"{line[: longest - 9]}…{hashlib.sha256(line.encode()).hexdigest()[:8]}"
    return line or "somebody"
