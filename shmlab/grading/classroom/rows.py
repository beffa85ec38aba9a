"""One line of the teacher's tables: a learner's result for an exercise, and what is known around it.

A Row stands where a SubmissionResult stands, so that a table takes either; what judging does not know comes here: who
the learner is in the roster, whether it came late, what the teacher has decided by hand.
"""

import dataclasses

from shmlab.grading.results import MISSING, ItemResult, SubmissionResult
from shmlab.grading.submissions.find import NOTHING
from shmlab.grading.submissions.learner_names import printable
from shmlab.grading.submissions.source_notebook import CHECK

WITHOUT_WALLS = "without walls: "  # how the judge's note begins where namespaces are missing: said once for a class
_LONGEST = 300  # characters of a remark


@dataclasses.dataclass(frozen=True)
class Person:
    """One line of a roster. `id`: stable, for tables. `number`: what Moodle or Canvas calls them in the names of files,
    or "". `line`: the whole line of the file, heading -> cell."""

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
    """`result`: a SubmissionResult. `number`: what a learning platform knows the learner by, or "". `absent`: whether
    nothing was handed in. `by_hand`: the names of the items whose points the teacher has set; `decisions`: a
    sentence for each of them."""

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
        """The stable id of the learner: the roster's, else the name that was found."""
        return self.person.id if self.person else self.learner


def absent(learner, exercise, source, number=""):
    """The Row of a learner who handed in nothing for an exercise: 0 of its points. `source`: its Source."""
    items = tuple(ItemResult(check.item, check.points, 0.0, MISSING, note=NOTHING) for check in source.of_role(CHECK))
    return Row(SubmissionResult(learner, exercise, items, ()), number, absent=True)


def remarks(row):
    """What a teacher has to know of a Row beside its points: (about, sentence) for each, in one line. `about`: which
    items were "not judged", or ""."""
    found = _not_judged(row)
    reasons = {reason for _, reason in found}
    found += [("", note) for note in _told(row) if note not in reasons]
    found += [("", NOTHING)] if row.absent else []
    found += [("", "handed in late")] if row.late else []
    found += [("", decision) for decision in row.decisions]
    return [(about, printable(" ".join(sentence.split()), _LONGEST)) for about, sentence in found]


def _told(row):
    return [note for note in row.result.notes if not note.startswith(WITHOUT_WALLS)]


def _not_judged(row):
    """(which items, why) for each reason why some were not judged."""
    if not row.items:
        return [("not judged", next(reversed(_told(row)), "no exercise is known that it belongs to"))]
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
