"""What grading says: the result of a part, of an item, of a submission. Plain data, so that it travels as JSON."""

import dataclasses

RIGHT, PARTLY, WRONG = "right", "partly right", "wrong"
NOT_DONE, MISSING, NOT_JUDGED = "not done yet", "missing", "not judged"


class Ended(BaseException):
    """What is under test has ended its process, or answers what nobody can believe: that part of it is wrong, and
    nothing after it can be asked. No `except Exception` of a driver catches it."""


class Differs(Exception):
    """Something is not as a scene expects it: a sentence for a learner."""


class Unjudged(BaseException):
    """What is under test could not be judged, and that says nothing about it: a timer ended it, say."""


@dataclasses.dataclass(frozen=True)
class PartResult:
    """One part of an item.

    `share`: of its points, 0 to 1, or None when it was not judged. `sentence`: what is wrong or right with it.
    `called`, `got`, `expected`: in words, or "". `misconception`: the name of the misconception behind it, or "", and
    `explanation` what to look at. `text`, `html`: the smallest failing interleaving as a table, or "". `picture`: the
    same as a PNG (base64), or "". `undecided`: whether it was not judged because there are more interleavings than can
    be covered: judging it again says the same.
    """

    title: str
    share: float | None
    sentence: str
    called: str = ""
    got: str = ""
    expected: str = ""
    misconception: str = ""
    explanation: str = ""
    text: str = ""
    html: str = ""
    picture: str = ""
    undecided: bool = False


@dataclasses.dataclass(frozen=True)
class ItemResult:
    """One item. `score`: of `points`, or None when it was not judged. `status`: one of the words above.
    `note`: a sentence about all of it, or "". `hint`: the next one, or ""."""

    name: str
    points: float
    score: float | None
    status: str
    parts: tuple[PartResult, ...] = ()
    misconception: str = ""
    note: str = ""
    hint: str = ""

    @property
    def final(self):
        """Whether judging it again would say the same."""
        unjudged = [part for part in self.parts if part.share is None]
        return self.score is not None or (bool(unjudged) and all(part.undecided for part in unjudged))


@dataclasses.dataclass(frozen=True)
class SubmissionResult:
    """All items of one learner's notebook. `exercise`: its stem, as 05_lost_updates. `notes`: what else there is to
    say, in sentences: cells that failed, that were moved or came twice, a sandbox that had to be ended."""

    learner: str
    exercise: str
    items: tuple[ItemResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self):
        return sum(item.points for item in self.items)

    @property
    def score(self):
        """The points of what was judged."""
        return round(sum(item.score for item in self.items if item.score is not None), 2)

    @property
    def judged(self):
        """Whether every item was, and there were any."""
        return bool(self.items) and all(item.score is not None for item in self.items)

    @property
    def final(self):
        """Whether judging it again would say the same."""
        return bool(self.items) and all(item.final for item in self.items)

    def as_dict(self):
        """Plain dicts and lists, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, found):
        """The result that `as_dict` told."""
        items = tuple(
            ItemResult(**{**item, "parts": tuple(PartResult(**part) for part in item["parts"])})
            for item in found["items"]
        )
        return cls(found["learner"], found["exercise"], items, tuple(found["notes"]))
