"""Hold one line of the teacher's tables: a learner's result for an exercise, with what judging does not know.

That is: who the learner is in the roster, whether it was handed in late, and what the teacher decided by hand. A Row
has the properties of a SubmissionResult.
"""

import dataclasses

from shmlab.grading.results import MISSING, ItemResult, SubmissionResult
from shmlab.grading.submissions.find import NOTHING
from shmlab.grading.submissions.learner_names import printable
from shmlab.grading.submissions.source_notebook import CHECK

WITHOUT_WALLS = "without walls: "  # the judge's note about missing namespaces begins so; a class report has it once
_LONGEST = 300  # characters in a remark


@dataclasses.dataclass(frozen=True)
class Person:
    """Hold one line of a roster.

    `id`: stable, for tables. `number`: the person's number in Moodle's or Canvas's file names, or "". `line`: the
    whole line of the file, heading -> cell.
    """

    id: str
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    login: str = ""
    number: str = ""
    line: dict = dataclasses.field(default_factory=dict, compare=False)


@dataclasses.dataclass(frozen=True)
class Row:
    """Hold one line of a table.

    `result`: a SubmissionResult. `number`: the learner's number on a learning platform, or "". `absent`: whether
    nothing was handed in. `by_hand`: the names of the items whose points the teacher has set; `decisions`: a sentence
    for each that was set alone. What was set for the whole notebook stands among the result's notes.
    """

    result: SubmissionResult
    number: str = ""
    late: bool = False
    absent: bool = False
    person: Person | None = None
    decisions: tuple[str, ...] = ()
    by_hand: tuple[str, ...] = ()

    @property
    def learner(self):
        return self.result.learner

    @property
    def exercise(self):
        return self.result.exercise

    @property
    def items(self):
        return self.result.items

    @property
    def points(self):
        return self.result.points

    @property
    def score(self):
        return self.result.score

    @property
    def judged(self):
        return self.result.judged

    @property
    def id(self):
        """Return the learner's stable id: the roster's, otherwise the name from the file names."""
        return self.person.id if self.person else self.learner


def absent(learner, exercise, source, number=""):
    """Return the Row of a learner who handed in nothing for an exercise, with 0 points. `source`: its Source."""
    items = tuple(ItemResult(check.item, check.points, 0.0, MISSING, note=NOTHING) for check in source.of_role(CHECK))
    return Row(SubmissionResult(learner, exercise, items, ()), number, absent=True)


def remarks(row):
    """Return (about, sentence) for everything that a teacher must know about a Row besides its points.

    `about`: which items were "not judged", or "". Each sentence is one line.
    """
    pairs = _not_judged(row)
    reasons = {reason for _, reason in pairs}
    pairs += [("", note) for note in _notes(row) if note not in reasons]
    pairs += [("", NOTHING)] if row.absent else []
    pairs += [("", "handed in late")] if row.late else []
    pairs += [("", decision) for decision in row.decisions]
    return [(about, printable(" ".join(sentence.split()), _LONGEST)) for about, sentence in pairs]


def _notes(row):
    return [note for note in row.result.notes if not note.startswith(WITHOUT_WALLS)]


def _not_judged(row):
    """Return (which items, reason) for each reason why items were not judged."""
    if not row.items:
        return [("not judged", next(reversed(_notes(row)), "no exercise is known that it belongs to"))]
    reasons = {}
    for item in row.items:
        if item.score is None:
            reasons.setdefault(_reason(item), []).append(item.name)
    all_of_it = sum(map(len, reasons.values())) == len(row.items) and len(reasons) == 1
    return [
        ("not judged" if all_of_it else f"not judged: {', '.join(names)}", reason) for reason, names in reasons.items()
    ]


def _reason(item):
    parts = (f"{part.title}: {part.sentence}" for part in item.parts if part.share is None)
    return item.note or next(parts, "no reason was given")
