"""Find out from the names of files and folders who handed a notebook in, and for which exercise.

Sources of the formats: Moodle's mod_assign downloader (NAME_ID_assignsubmission_PLUGIN, as a folder or as the
beginning of a file's name; a group without a name has no ID), Canvas's ContentZipper (name[_LATE]_ID_FILE_name, and
name_ID_text.html for text typed into the page), nbgrader's submitted/LEARNER/ASSIGNMENT/NOTEBOOK.
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
_COPY = re.compile(r"(?:-Copy(?P<copy>\d{1,3})| ?\((?P<again>\d{1,3})\))$")  # as JupyterLab and browsers name copies
_NUMBER = re.compile(
    r"^[-_ ](?P<number>\d{1,3})$"
)  # after the name of an exercise: how Canvas names a second submission
_SEPARATORS = " _-."
_NO_NAMES = {_NBGRADER, "submissions"}
_LONGEST = 120


@dataclasses.dataclass(frozen=True)
class NameParts:
    """Hold what the names of a notebook's file and folders say.

    `learner`: the learner's name, or "". `id`: the learner's number on a learning platform, or "". `exercise`: a stem,
    or "". `rest`: the rest of the file's name. `order`: higher for a later submission. `platform`: whether Moodle or
    Canvas made the name. `folders`: those that may be a learner's. `late`: whether Canvas marked it as late (Moodle
    does not mark it in names). `assigned`: whether it is in nbgrader's tree, below a learner and an assignment.
    `above`: how many of `folders` are above one with the name of an exercise. `version`: whether the file's name
    begins with that of the exercise.
    """

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


def parse_names(parts, stems):
    """Return the NameParts for the names of the folders and, last, the file in `parts`.

    `stems`: the names of all exercises.
    """
    *folders, name = (unicodedata.normalize("NFC", part) for part in parts)  # macOS decomposes names
    parts = (*folders, name)
    learner = number = ""
    file, late, assigned = 0, False, False
    if depth := next((depth for depth, folder in enumerate(folders, start=1) if _MOODLE.match(folder)), 0):
        match = _MOODLE.match(folders[depth - 1])
        learner, number, folders = match["learner"], match["id"] or "", folders[depth:]
    elif match := _MOODLE.match(name) or _match_canvas(name, stems):
        groups = match.groupdict()
        learner, number = groups["learner"] or groups["nameless"], groups["id"] or ""
        name, file = groups["rest"], int(groups.get("file") or 0)
        late = bool(groups.get("late") or groups.get("too_late"))
    elif folders[:1] == [_NBGRADER]:
        assigned = len(folders) > 2 and not _is_exercise(folders[1], stems)
        folders = folders[1:2]  # the folders below a learner's are assignments
    stem, again = _without_copies(re.sub(r"\.ipynb$", "", name, flags=re.IGNORECASE))
    exercise, rest, version = _split_stem(stem, stems)
    in_folder = next((part for folder in reversed(parts[:-1]) if (part := _exercise_in(folder, stems))), "")
    mine = [folder for folder in folders if folder.lower() not in _NO_NAMES and not _is_exercise(folder, stems)]
    order = (file, version if learner else 0), (version, again)
    depth = max((depth for depth, folder in enumerate(folders) if _is_exercise(folder, stems)), default=0)
    above = sum(folder in mine for folder in folders[:depth])
    begins = bool(exercise) and stem.lower().startswith(exercise.lower())
    return NameParts(
        *(learner, number, exercise or in_folder, rest, order, bool(learner), tuple(mine), late),
        *(assigned, above, begins),
    )


def _match_canvas(name, stems):
    """Return the match of a name that Canvas made; None for a similar name, such as group_3_05_lost_updates."""
    match = _CANVAS.match(name)
    return match if match and _exercise_in(match["rest"], stems) == _exercise_in(name, stems) else None


def names_of(folders):
    """Return the last names of a folder's path that show whose it is: nbgrader's or Moodle's. Otherwise return ()."""
    nearest = tuple(folders[-3:])
    if _NBGRADER in nearest:
        return nearest[nearest.index(_NBGRADER) :]
    return tuple(folder for folder in nearest[-1:] if _MOODLE.match(folder))


def _without_copies(stem):
    again = 0
    while match := _COPY.search(stem):
        stem, again = stem[: match.start()], max(again, int(match["copy"] or match["again"]))
    return stem, again


def _split_stem(stem, stems):
    """Return (the exercise in a file's name, the rest of the name, the number of a repeated submission)."""
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
    """Return the learner's name for each of several NameParts from one place.

    `place`: the name of the place, which is used where no other name shows a learner. The rules: a folder's name is a
    learner's, unless it contains everything, or contains notebooks for one exercise with different file names; then
    the file names are the learners'. One of several folders is a learner's in spite of different file names, if they
    are in folders named like exercises, or if one is named exactly like the exercise and the others begin with that
    name. Each folder in nbgrader's tree is a learner's. Learners with the same name get their numbers behind it.
    """
    outer = _common_folders([parts.folders for parts in several if not parts.platform])
    if outer:
        place = outer[-1]
    inner = len(outer)
    if outer and all(parts.folders == outer for parts in several if not parts.platform) and not _differ(several):
        inner -= 1  # all of it belongs to one learner
    several = [
        parts
        if parts.platform
        else dataclasses.replace(parts, folders=parts.folders[inner:], above=parts.above - inner)
        for parts in several
    ]
    groups = collections.defaultdict(list)
    for parts in several:
        groups[parts.folders[:1]].append(parts)
    several_folders = sum(bool(folders) for folders in groups) > 1
    shared = {
        folders
        for folders, group in groups.items()
        if _differ(group) and not (several_folders and folders and _is_of_one(group))
    }
    names = [printable(_learner(parts, parts.folders[:1] in shared, place)) for parts in several]
    return distinct_names(names, names, [parts.id for parts in several])


def _common_folders(several):
    """Return the folders with which all of several tuples begin."""
    first, last = min(several, default=()), max(several, default=())
    same = [one == another for one, another in zip(first, last, strict=False)]
    return first[: same.index(False) if False in same else len(same)]


def _differ(group):
    """Tell whether notebooks for one exercise have different file names, apart from those that a platform named."""
    rests = collections.defaultdict(set)
    for parts in group:
        if not parts.platform and not parts.assigned:
            rests[parts.exercise].add(parts.rest)
    return any(len(names) > 1 for names in rests.values())


def _is_of_one(group):
    """Tell whether all notebooks in one of several folders are from one learner, although their names differ."""
    mine = [parts for parts in group if not parts.platform]
    versions = all(parts.version for parts in mine) and any(not parts.rest for parts in mine)
    return versions or all(parts.above > 0 for parts in mine)


def _learner(parts, shared, place):
    if parts.platform:
        return parts.learner
    if not parts.folders:
        return parts.rest or place
    return f"{parts.folders[0]}/{parts.rest}" if shared and parts.rest else parts.folders[0]


def distinct_names(keys, names, ids):
    """Return the names of learners; if a key has several ids, the id is added to each of its names."""
    numbers = collections.defaultdict(set)
    for key, number in zip(keys, ids, strict=True):
        numbers[key].add(number)
    return [
        f"{name} ({number})" if len(numbers[key]) > 1 and number else name
        for key, name, number in zip(keys, names, ids, strict=True)
    ]


def normal(name):
    """Return a name in the form for comparison: composed, in one case, with single spaces.

    So "Zoë" is one name in any encoding.
    """
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def printable(text, longest=_LONGEST):
    """Return a text as one line for any terminal, page or table.

    Unprintable characters become their codes, and a text longer than `longest` characters is cut. Different texts stay
    different, because a cut text ends with a digest.
    """
    composed = unicodedata.normalize("NFC", text)
    line = "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in composed
    ).strip()
    if len(line) > longest:
        line = f"{line[: longest - 9]}…{hashlib.sha256(line.encode()).hexdigest()[:8]}"
    return line or "somebody"
