"""The roster of a class: who should hand in, and a stable id for each of them.

Three forms are read: a CSV of the teacher's own, nbgrader's students among them (id, name or first_name and last_name,
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
# Which headings mean what, in lower case and with spaces; the first that is there and filled counts.
_HEADINGS = {
    "id": ("student id", "id number", "sis user id", "id", "email address", "email", "sis login id", "identifier"),
    "name": ("full name", "name", "student"),
    "first_name": ("first name", "firstname", "given name"),
    "last_name": ("last name", "lastname", "surname", "family name"),
    "email": ("email address", "email", "e-mail", "mail"),
    "login": ("sis login id", "username", "user name", "login"),
}
_CURE = "give a CSV whose first line names its columns (id, name, email), Canvas's export, or Moodle's worksheet"
_NO_STUDENTS = re.compile(r"\s*points possible\s*|student, test|test student", re.IGNORECASE)  # lines of Canvas's


@dataclasses.dataclass(frozen=True)
class Roster:
    """`kind`: CANVAS, MOODLE, or "" for a teacher's own. `headings`: of the file. `people`: Persons in its order.
    `most`: heading of a column of grades -> the points that the platform has for it, where the file says so."""

    kind: str
    headings: tuple[str, ...]
    people: tuple[Person, ...]
    most: dict = dataclasses.field(default_factory=dict)

    def match(self, learner, number=""):
        """Return the Person a learner is, or None when nobody or more than one fits. `learner`: as the names of files
        tell it. `number`: what a platform knows the learner by, or ""."""
        bare = learner.removesuffix(f" ({number})")
        keys = [("number", number), ("name", normal(bare)), ("letters", _letters(bare))]
        for kind, key in keys:
            found = self._index.get((kind, key), ()) if key else ()
            if found:
                return next(iter(found.values())) if len(found) == 1 else None
        return None

    @functools.cached_property
    def _index(self):
        """(kind of a key, key) -> id -> the Persons it fits."""
        index = collections.defaultdict(dict)
        for person in self.people:
            both = f"{person.first_name} {person.last_name}", f"{person.last_name} {person.first_name}"
            names = (person.id, person.login, person.email, person.email.partition("@")[0], person.name, *both)
            for key in (("number", person.number), *(("name", normal(name)) for name in names)):
                index[key][person.id] = person
            for name in both if person.last_name else _turned(person.name):
                index["letters", _letters(name)][person.id] = person
        return index

    def labels(self):
        """Return a Person's id -> the name that tables show, with the id behind it where two share a name."""
        times = collections.Counter(normal(person.name) for person in self.people)
        return {
            one.id: printable(f"{one.name} ({one.id})" if times[normal(one.name)] > 1 else one.name or one.id)
            for one in self.people
        }


def _turned(name):
    """A name, and each way to write its last words first: Canvas writes lovelaceada."""
    words = name.split()
    return [" ".join((*words[at:], *words[:at])) for at in range(max(1, len(words)))]


def _letters(name):
    return "".join(re.findall(r"[^\W_]", normal(name)))


def read(path):
    """Return the Roster in a CSV file. Raises OSError, and ValueError when it has no column for an id, no lines, or one
    id twice."""
    headings, lines = read_csv(path, _CURE)
    columns = {_plain(heading): heading for heading in headings}
    kind = _kind(columns)
    if not any(name in columns for name in _HEADINGS["id"]):
        raise ValueError(f"{path} has no column for an id, only {', '.join(headings)}: {_CURE}")
    learners = [line for line in lines if not (kind == CANVAS and _NO_STUDENTS.fullmatch(line[headings[0]]))]
    people = [person for line in learners if (person := _person(line, columns, kind)).id]
    twice = [one for one, times in collections.Counter(person.id for person in people).items() if times > 1]
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
    """The number that a cell has, or 0."""
    return float(text.replace(",", ".")) if re.fullmatch(r"\s*\d+([.,]\d+)?\s*", text) else 0.0


def _person(line, columns, kind):
    def cell(what):
        cells = (line[columns[name]].strip() for name in _HEADINGS[what] if name in columns)
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
    """Return (the headings of a CSV file, a dict heading -> cell for each line that has anything in it).

    Comma, semicolon and tab may separate. Raises OSError, and ValueError, with `cure`, for a file that is no CSV.
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
    lines = []
    for one in cells:
        if any(cell.strip() for cell in one):
            lines.append(dict(zip(headings, [*one, *[""] * len(headings)], strict=False)))
    return headings, lines
