"""Read the roster of a class: who should hand in, with a stable id for each person.

Three formats are read: a teacher's own CSV, such as nbgrader's list of students (id, name or first_name and last_name,
email); Canvas's gradebook export; Moodle's grading worksheet.
Sources: Canvas's lib/gradebook_importer.rb; Moodle's mod/assign/feedback/offline/importgradeslib.php.
"""

import collections
import csv
import dataclasses
import functools
import pathlib
import re

from shmlab.grading.classroom.rows import Person
from shmlab.grading.submissions.learner_names import normal, printable

CANVAS, MOODLE = "canvas", "moodle"
# field -> its headings, in lower case and with spaces; the first one whose cell is not empty counts.
_HEADINGS = {
    "id": ("student id", "id number", "sis user id", "id", "email address", "email", "sis login id", "identifier"),
    "name": ("full name", "name", "student"),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "email": ("email address", "email", "e-mail", "mail"),
    "login": ("sis login id", "username", "user name", "login"),
}
_CURE = "give a CSV whose first line names its columns (id, name, email), Canvas's export, or Moodle's worksheet"
_NO_STUDENTS = re.compile(
    r"\s*points possible\s*|student, test|test student", re.IGNORECASE
)  # lines in Canvas's export that are no students


@dataclasses.dataclass(frozen=True)
class Roster:
    """Hold a roster.

    `kind`: CANVAS, MOODLE, or "" for a teacher's own. `headings`: those of the file. `people`: its Persons, in order.
    `most`: heading of a column of grades -> the most points on the platform, if the file contains them.
    """

    kind: str
    headings: tuple[str, ...]
    people: tuple[Person, ...]
    most: dict = dataclasses.field(default_factory=dict)

    def match(self, learner, number=""):
        """Return the Person for a learner, or None if no person or several persons match; see namesakes."""
        persons = self.namesakes(learner, number)
        return persons[0] if len(persons) == 1 else None

    def namesakes(self, learner, number=""):
        """Return the Persons that a learner may be, one if it is known who it is.

        `learner`: the name from the names of files. `number`: the learner's number on a platform, or "".
        """
        bare = learner.removesuffix(f" ({number})")
        keys = [("number", number), ("name", normal(bare)), ("letters", _letters(bare))]
        for kind, key in keys:
            persons = self._index.get((kind, key), ()) if key else ()
            if persons:
                return list(persons.values())
        return []

    @functools.cached_property
    def _index(self):
        """Return (kind of key, key) -> id -> Person for all Persons that match the key."""
        index = collections.defaultdict(dict)
        for person in self.people:
            both = f"{person.first_name} {person.last_name}", f"{person.last_name} {person.first_name}"
            names = (person.id, person.login, person.email, person.email.partition("@")[0], person.name, *both)
            for key in (("number", person.number), *(("name", normal(name)) for name in names)):
                index[key][person.id] = person
            for name in both if person.last_name else _rotations(person.name):
                index["letters", _letters(name)][person.id] = person
        return index

    def labels(self):
        """Return id -> the name for tables, followed by the id if several persons have the same name."""
        times = collections.Counter(normal(person.name) for person in self.people)
        return {
            person.id: printable(
                f"{person.name} ({person.id})" if times[normal(person.name)] > 1 else person.name or person.id
            )
            for person in self.people
        }


def _rotations(name):
    """Return a name with its last words moved to the front, in all ways: Canvas writes lovelaceada."""
    words = name.split()
    return [" ".join((*words[start:], *words[:start])) for start in range(max(1, len(words)))]


def _letters(name):
    return "".join(re.findall(r"[^\W_]", normal(name)))


def read(path):
    """Return the Roster in a CSV file.

    Raises OSError, and ValueError if it has no column for an id, no lines, or the same id twice.
    """
    headings, lines = read_csv(path, _CURE)
    columns = {_plain(heading): heading for heading in headings}
    kind = _kind(columns)
    if not any(name in columns for name in _HEADINGS["id"]):
        raise ValueError(f"{path} has no column for an id, only {', '.join(headings)}: {_CURE}")
    learners = [line for line in lines if not (kind == CANVAS and _NO_STUDENTS.fullmatch(line[headings[0]]))]
    people = [person for line in learners if (person := _person(line, columns, kind)).id]
    twice = [id for id, times in collections.Counter(person.id for person in people).items() if times > 1]
    if twice:
        raise ValueError(f"{path} has {', '.join(twice)} in several lines: each learner needs one line and an id alone")
    if not people:
        raise ValueError(f"{path} names nobody: {_CURE}")
    return Roster(kind, tuple(headings), tuple(people), _most(kind, columns, lines))


def _kind(columns):
    if {"student", "id", "section"} <= columns.keys():
        return CANVAS
    return MOODLE if {"identifier", "grade"} <= columns.keys() else ""


def _most(kind, columns, lines):
    if kind == MOODLE and "maximum grade" in columns:
        return {columns["grade"]: _number(lines[0][columns["maximum grade"]])}
    if kind == CANVAS:
        possible = (line for line in lines if line[columns["student"]].strip().lower() == "points possible")
        return {heading: _number(cell) for heading, cell in next(possible, {}).items() if _number(cell)}
    return {}


def _number(text):
    """Return the number in a cell, or 0."""
    return float(text.replace(",", ".")) if re.fullmatch(r"\s*\d+([.,]\d+)?\s*", text) else 0.0


def _person(line, columns, kind):
    def cell(field):
        cells = (line[columns[name]].strip() for name in _HEADINGS[field] if name in columns)
        return next(filter(None, cells), "")

    first, last, name = cell("first_name"), cell("last_name"), cell("name")
    if not first and not last and name.count(",") == 1:
        last, first = (part.strip() for part in name.split(","))
        name = f"{first} {last}"
    number = ""
    if kind == CANVAS:
        number = line[columns["id"]].strip()
    elif kind == MOODLE:
        number = re.sub(r"\D", "", line[columns["identifier"]])
    name = name or f"{first} {last}".strip()
    return Person(cell("id"), name, first, last, cell("email"), cell("login"), number, line)


def _plain(heading):
    return " ".join(heading.replace("_", " ").lower().split())


def read_csv(path, cure):
    """Return (the headings of a CSV file, a dict heading -> cell for each line that is not empty).

    The separator may be a comma, a semicolon or a tab. Raises OSError, and ValueError if the file is not a CSV, with
    `cure` in its message, or a line has more cells than there are headings.
    """
    if not pathlib.Path(path).is_file():
        raise FileNotFoundError(f"{path} does not exist, or is no file: {cure}")
    try:
        text = pathlib.Path(path).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} is not UTF-8 text (byte {error.start}): save it as CSV UTF-8; {cure}") from error
    first = next(iter(text.splitlines()), "")
    separator = max(",;\t", key=first.count)
    try:
        headings, *cells = csv.reader(text.splitlines(keepends=True), delimiter=separator, strict=True)
    except (csv.Error, ValueError) as error:
        raise ValueError(f"{path} is empty or no CSV ({error}): {cure}") from error
    headings = [heading.strip() for heading in headings]
    rows = [row for row in cells if any(cell.strip() for cell in row)]
    for number, row in enumerate(rows, start=1):
        if any(cell.strip() for cell in row[len(headings) :]):
            raise ValueError(
                f"{path}, line {number} below the headings, has {len(row)} cells, and there are {len(headings)} "
                f"headings: put a cell that contains {separator!r} between double quotes"
            )
    return headings, [dict(zip(headings, [*row, *[""] * len(headings)], strict=False)) for row in rows]
