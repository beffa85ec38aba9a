"""The map of the course: what needs what, how long it takes, what can be left out, and how far a learner is."""

from __future__ import annotations

import dataclasses
from typing import Any

from shmlab.base.table import Table, Tabled
from shmlab.course import progress
from shmlab.course.lessons import LESSONS, Lesson


@dataclasses.dataclass(frozen=True, repr=False)
class CourseMap(Tabled):
    """The lessons and a learner's progress. `best`: stem -> item -> points reached. It prints as a table, and `plot`
    draws it."""

    lessons: tuple[Lesson, ...]
    best: dict[str, dict[str, float]]

    @property
    def points(self) -> float:
        """Return the points reached in all lessons."""
        return sum(sum(items.values()) for items in self.best.values())

    @property
    def most(self) -> int:
        """Return the points of the whole course."""
        return sum(lesson.points for lesson in self.lessons)

    @property
    def passed(self) -> int:
        """Return how many items have all their points."""
        return sum(len(lesson.items) - len(self.left(lesson)) for lesson in self.lessons)

    def left(self, lesson: Lesson) -> list[str]:
        """Return the items of a lesson that lack points."""
        mine = self.best.get(lesson.stem, {})
        return [item for item, points in lesson.items.items() if mine.get(item, 0.0) < points]

    def optional(self, lesson: Lesson) -> bool:
        """Return whether a lesson can be left out: no other one needs it, and it is not the last."""
        return not any(lesson.number in other.needs for other in self.lessons) and lesson is not self.lessons[-1]

    @property
    def next(self) -> Lesson | None:
        """Return the lesson to go on with: the first one that has an item left; None when all is done."""
        return next((lesson for lesson in self.lessons if self.left(lesson)), None)

    @property
    def caption(self) -> str:
        """Return in one sentence how far the learner is, and where to go on."""
        items = sum(len(lesson.items) for lesson in self.lessons)
        reached = f"{self.points:g} of {self.most} points, {self.passed} of {items} items with all their points"
        if self.next is None:
            return f"{reached}: the course is done"
        todo = ", ".join(self.left(self.next))
        return f"{reached}; go on with {self.next.stem}: {todo}"

    def table(self) -> Table:
        """Return a Table with one row for each lesson."""
        rows = []
        for lesson in self.lessons:
            mine = self.best.get(lesson.stem, {})
            done = [item for item in lesson.items if item not in self.left(lesson)]
            needs = ", ".join(f"{number:02}" for number in lesson.needs)
            optional = "can be left out" if self.optional(lesson) else ""
            rows.append((lesson.part, lesson.stem, lesson.question, f"{lesson.minutes}", needs, optional,
                         f"{sum(mine.values()):g}/{lesson.points}", ", ".join(done)))  # fmt: skip
        headings = ("part", "lesson", "the question it answers", "minutes", "needs", "", "your points", "items passed")
        return Table(self.caption, headings, tuple(rows))

    def as_json(self) -> dict[str, Any]:
        """Return the same as plain data for JSON."""
        lessons = [
            {"lesson": lesson.stem, "minutes": lesson.minutes, "needs": list(lesson.needs), "points": lesson.points,
             "items": {item: {"points": points, "reached": self.best.get(lesson.stem, {}).get(item, 0.0)}
                       for item, points in lesson.items.items()}}
            for lesson in self.lessons
        ]  # fmt: skip
        return {"reached": self.points, "points": self.most, "next": self.next and self.next.stem, "lessons": lessons}


def course_map() -> CourseMap:
    """Return the CourseMap of the learner who runs this; `plot` draws it. Raise ValueError for a damaged record.

    >>> course_map().most == sum(lesson.points for lesson in LESSONS)
    True
    """
    return CourseMap(LESSONS, progress.read())
