"""Who handed it in, and for which exercise, as the names of files and folders tell it.

Sources of the forms: Moodle's mod_assign downloader (NAME_ID_assignsubmission_PLUGIN, a folder or the beginning of a
file's name; a group without a name has no ID), Canvas's ContentZipper (name[_LATE]_ID_FILE_name, and name_ID_text.html
for what was typed), nbgrader's submitted/LEARNER/ASSIGNMENT/NOTEBOOK.
"""

import collections
import dataclasses
import hashlib
import re
import unicodedata

_MOODLE = re.compile(r"^(?P<learner>.+?)(?:_(?P<id>\d+))?_assignsubmission_[a-z]+_?(?P<rest>.*)$", re.DOTALL)
_CANVAS = re.compile(
    r"^(?:(?P<late>LATE_)?(?P<nameless>anon_[^_]+)|(?P<learner>.+?)_(?P<too_late>LATE_|late_)?(?P<id>\d+))"
    r"_(?:(?P<file>\d{1,18})_|(?=(?:text|link)\.html$))(?P<rest>.+)$",
    re.DOTALL,
)
_NBGRADER = "submitted"
_COPY = re.compile(r"(?:-Copy(?P<copy>\d{1,3})| ?\((?P<again>\d{1,3})\))$")  # of JupyterLab, of a browser
_NUMBER = re.compile(r"^[-_ ](?P<number>\d{1,3})$")  # after the name of an exercise: what Canvas calls a second one
_SEPARATORS = " _-."
_NO_NAMES = {_NBGRADER, "submissions"}
_LONGEST = 120


@dataclasses.dataclass(frozen=True)
class Told:
    """What names tell of a notebook. `learner`: or "". `id`: the number that a learning platform knows them by, or "".
    `exercise`: a stem, or "". `rest`: what the file's name says beside it. `order`: the later has the higher one.
    `platform`: whether Moodle or Canvas gave the name. `folders`: those that may be a learner's. `late`: whether Canvas
    says so; Moodle's names do not. `assigned`: whether it is in nbgrader's tree, below a learner and an assignment.
    `above`: how many of `folders` are above one with the name of an exercise. `version`: whether the file's name begins
    with that of the exercise."""

    learner: str
    id: str
    exercise: str
    rest: str
    order: tuple
    platform: bool
    folders: tuple
    late: bool = False
    assigned: bool = False
    above: int = 0
    version: bool = False


def told(parts, stems):
    """What the names `parts`, the last of them the file's, tell. `stems`: of the exercises there are."""
    *folders, name = (unicodedata.normalize("NFC", part) for part in parts)  # a Mac's names are decomposed
    parts = (*folders, name)
    learner = number = ""
    file, late, assigned = 0, False, False
    if at := next((at for at, folder in enumerate(folders, start=1) if _MOODLE.match(folder)), 0):
        found = _MOODLE.match(folders[at - 1])
        learner, number, folders = found["learner"], found["id"] or "", folders[at:]
    elif found := _MOODLE.match(name) or _of_canvas(name, stems):
        groups = found.groupdict()
        learner, number = groups["learner"] or groups["nameless"], groups["id"] or ""
        name, file = groups["rest"], int(groups.get("file") or 0)
        late = bool(groups.get("late") or groups.get("too_late"))
    elif folders[:1] == [_NBGRADER]:
        assigned = len(folders) > 2 and not _is_exercise(folders[1], stems)
        folders = folders[1:2]  # what comes below a learner is an assignment
    stem, again = _without_copies(re.sub(r"\.ipynb$", "", name, flags=re.IGNORECASE))
    exercise, rest, version = _divided(stem, stems)
    named = next((found for folder in reversed(parts[:-1]) if (found := _exercise_in(folder, stems))), "")
    mine = [one for one in folders if one.lower() not in _NO_NAMES and not _is_exercise(one, stems)]
    order = (file, version if learner else 0), (version, again)
    at = max((at for at, one in enumerate(folders) if _is_exercise(one, stems)), default=0)
    above = sum(one in mine for one in folders[:at])
    begins = bool(exercise) and stem.lower().startswith(exercise.lower())
    return Told(
        *(learner, number, exercise or named, rest, order, bool(learner), tuple(mine), late),
        *(assigned, above, begins),
    )


def _of_canvas(name, stems):
    """The match of a name that Canvas gave; None for one that only has numbers too, as group_3_05_lost_updates."""
    found = _CANVAS.match(name)
    return found if found and _exercise_in(found["rest"], stems) == _exercise_in(name, stems) else None


def names_of(folders):
    """Those of the names of a folder and of what it is in that tell whose it is: nbgrader's, or Moodle's."""
    nearest = tuple(folders[-3:])
    if _NBGRADER in nearest:
        return nearest[nearest.index(_NBGRADER) :]
    return tuple(folder for folder in nearest[-1:] if _MOODLE.match(folder))


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
    before, after = re.split(re.escape(exercise), stem, maxsplit=1, flags=re.IGNORECASE)
    numbered = _NUMBER.match(after)
    if numbered:
        return exercise, before.strip(_SEPARATORS), int(numbered["number"])
    return exercise, " ".join(part for part in (before.strip(_SEPARATORS), after.strip(_SEPARATORS)) if part), 0


def _exercise_in(name, stems):
    return max((stem for stem in stems if re.search(re.escape(stem), name, re.IGNORECASE)), key=len, default="")


def _is_exercise(name, stems):
    return name.lower() in {stem.lower() for stem in stems}


def learners(several, place):
    """The learner of each of several Told that were found in one place; `place`: its name, where no other says one.

    A folder is a learner's, unless everything is in it, or it holds notebooks for one exercise by different names:
    then those are the learners'. Of several folders one is a learner's, whatever is in it, if that is in folders of
    exercises, or is an exercise by its own name beside others that begin with it; and so is each in nbgrader's tree.
    Two that share a name are told apart by their numbers.
    """
    outer = _common([one.folders for one in several if not one.platform])
    if outer:
        place = outer[-1]
    inner = len(outer)
    if outer and all(one.folders == outer for one in several if not one.platform) and not _differ(several):
        inner -= 1  # it is one learner's, and nobody else's
    several = [
        one if one.platform else dataclasses.replace(one, folders=one.folders[inner:], above=one.above - inner)
        for one in several
    ]
    groups = collections.defaultdict(list)
    for one in several:
        groups[one.folders[:1]].append(one)
    several_folders = sum(bool(folders) for folders in groups) > 1
    shared = {
        folders
        for folders, group in groups.items()
        if _differ(group) and not (several_folders and folders and _is_of_one(group))
    }
    names = [printable(_learner(one, one.folders[:1] in shared, place)) for one in several]
    return told_apart(names, names, [one.id for one in several])


def _common(several):
    """The folders that all of them begin with."""
    first, last = min(several, default=()), max(several, default=())
    same = [one == another for one, another in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)]


def _differ(group):
    """Whether there are notebooks by different names for one exercise, where no platform says whose they are."""
    rests = collections.defaultdict(set)
    for one in group:
        if not one.platform and not one.assigned:
            rests[one.exercise].add(one.rest)
    return any(len(names) > 1 for names in rests.values())


def _is_of_one(group):
    """Whether the notebooks in a folder beside others are one learner's, though their names differ."""
    mine = [one for one in group if not one.platform]
    versions = all(one.version for one in mine) and any(not one.rest for one in mine)
    return versions or all(one.above > 0 for one in mine)


def _learner(one, shared, place):
    if one.platform:
        return one.learner
    if not one.folders:
        return one.rest or place
    return f"{one.folders[0]}/{one.rest}" if shared and one.rest else one.folders[0]


def told_apart(keys, names, ids):
    """The names of learners, with the number of a platform behind each where several have one key."""
    numbers = collections.defaultdict(set)
    for key, number in zip(keys, ids, strict=True):
        numbers[key].add(number)
    return [
        f"{name} ({number})" if len(numbers[key]) > 1 and number else name
        for key, name, number in zip(keys, names, ids, strict=True)
    ]


def normal(name):
    """A name as it is compared: composed, in one case, with single spaces. "Zoë" is one name however it is encoded."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def printable(text, longest=_LONGEST):
    """Text as one line that any terminal, page or table takes: what cannot be printed is written as its code, what is
    too long is cut. Different texts stay different."""
    composed = unicodedata.normalize("NFC", text)
    line = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in composed).strip()
    if len(line) > longest:
        line = f"{line[: longest - 9]}…{hashlib.sha256(line.encode()).hexdigest()[:8]}"
    return line or "somebody"
