"""Results of grading: of a part, an item, a submission. They are plain data, so that they travel as JSON."""

import dataclasses

RIGHT, PARTLY, WRONG = "right", "partly right", "wrong"
NOT_DONE, MISSING, NOT_JUDGED = "not done yet", "missing", "not judged"


class Ended(BaseException):
    """The code under test ended its process, or sent an answer that cannot be true.

    The part under test is wrong, and nothing after it can be tested. A driver's `except Exception` does not catch it.
    `cell`: the number of the cell that is the cause, if it is not the one that was run last.
    """

    def __init__(self, sentence, cell=None):
        super().__init__(sentence)
        self.cell = cell


class Differs(Exception):
    """Something is not as a scene expects it. The message is a sentence for the learner."""


class Unjudged(BaseException):
    """The code under test could not be judged, for instance because a timer ended it. It may be right or wrong."""


@dataclasses.dataclass(frozen=True)
class PartResult:
    """Hold the result of one part of an item.

    `share`: the share of its points, 0 to 1; None if it was not judged. `sentence`: what is wrong or right with it.
    `called`, `got`, `expected`: texts, or "". `misconception`: the name of the likely misconception, or "";
    `explanation`: what to look at. `text`, `html`: the smallest failing interleaving as a table, or "". `picture`: the
    same as a PNG (base64), or "". `undecided`: True if it was not judged because there are too many interleavings to
    cover; judging it again gives the same result.
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
    """Hold the result of one item.

    `score`: how many of the `points` it gets; None if it was not judged. `status`: one of the constants above.
    `note`: a sentence about the whole item, or "". `hint`: the next hint, or "".
    """

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
        """Tell whether judging it again would give the same result."""
        unjudged = [part for part in self.parts if part.share is None]
        return self.score is not None or (bool(unjudged) and all(part.undecided for part in unjudged))


@dataclasses.dataclass(frozen=True)
class SubmissionResult:
    """Hold the results of all items in one learner's notebook.

    `exercise`: the stem of its file name, such as 05_lost_updates. `notes`: further sentences, about cells that
    failed, were moved or occur twice, or a sandbox that had to be ended.
    """

    learner: str
    exercise: str
    items: tuple[ItemResult, ...]
    notes: tuple[str, ...] = ()

    @property
    def points(self):
        return sum(item.points for item in self.items)

    @property
    def score(self):
        """Return the sum of the points for the items that were judged."""
        return round(sum(item.score for item in self.items if item.score is not None), 2)

    @property
    def judged(self):
        """Tell whether there are items and each of them was judged."""
        return bool(self.items) and all(item.score is not None for item in self.items)

    @property
    def final(self):
        """Tell whether judging it again would give the same result."""
        return bool(self.items) and all(item.final for item in self.items)

    def as_dict(self):
        """Return the result as plain dicts and lists, for JSON."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, data):
        """Return the result for what `as_dict` returned."""
        items = tuple(
            ItemResult(**{**item, "parts": tuple(PartResult(**part) for part in item["parts"])})
            for item in data["items"]
        )
        return cls(data["learner"], data["exercise"], items, tuple(data["notes"]))
