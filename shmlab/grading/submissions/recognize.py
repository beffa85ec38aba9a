"""Recognize by a notebook's cells which exercise or lesson it is, whatever its file is called."""

import dataclasses
import json
import pathlib

from shmlab.grading.submissions import submitted_notebook
from shmlab.grading.submissions.source_notebook import ANSWER, CHECK, defined_in

_SHORTEST = 20  # characters; a shorter cell may occur in any notebook


@dataclasses.dataclass(frozen=True)
class Library:
    """Hold the exercises and lessons of a course.

    `sources`: stem -> Source. `lessons`: stem -> the set of the texts of its code cells.
    """

    sources: dict
    lessons: dict = dataclasses.field(default_factory=dict)

    def exercise_of(self, cells):
        """Return the stem of the exercise with the most answers and checks among the Cells, or "".

        If there are none, the functions that the Cells define decide.
        """
        if self._lesson(cells) and not any(ids for ids, _ in self._shares(cells).values()):
            return ""
        shares = self._shares(cells)
        best = max(shares, key=shares.get)
        return best if any(shares[best]) else ""

    def problem(self, data, exercise):
        """Return why a file is not what its name says, or "".

        `data`: its bytes. `exercise`: the stem in its name, or "" if neither its name nor its cells show an exercise.
        """
        try:
            cells = [cell for cell in submitted_notebook.read(data) if cell.source.strip()]
        except submitted_notebook.UnreadableNotebook:
            return ""  # the judge reports what is wrong with it
        shares = self._shares(cells)
        other = max(shares, key=shares.get)
        mine = shares.get(exercise, (0, 0))[0]
        if not cells or (mine and mine >= shares[other][0]):  # two exercises may have an item of the same name
            return ""
        named = f", and its name says {exercise}" if exercise else ""
        if shares[other][0]:
            return f"this looks like {other}{named}"
        if lesson := self._lesson(cells):
            return f"this is the lesson {lesson}, and not an exercise"
        if exercise and not shares[exercise][1]:
            of_other = f": it looks like {other}" if shares[other][1] else ""
            return f"it has no cell of {exercise}, and defines none of its functions{of_other}"
        return ""

    def _shares(self, cells):
        """Return stem -> (how many of its answers and checks, how many of its functions) are in the Cells."""
        ids = {cell.grade_id for cell in cells}
        functions = set().union(*(defined_in(cell.source) for cell in cells))
        return {
            stem: (
                len(ids & {cell.grade_id for cell in source.of_role(ANSWER, CHECK)}),
                len(functions & {name for cell in source.of_role(ANSWER) for name in cell.names}),
            )
            for stem, source in self.sources.items()
        }

    def _lesson(self, cells):
        """Return the stem of the lesson that at least half of the Cells are from, or ""."""
        texts = [text for cell in cells if len(text := cell.source.strip()) >= _SHORTEST]
        counts = {stem: sum(text in lesson for text in texts) for stem, lesson in self.lessons.items()}
        best = max(counts, key=counts.get, default="")
        return best if best and counts[best] * 2 >= len(texts) > 0 else ""


def lessons_in(folder):
    """Return stem -> the set of the texts of its code cells, for all lessons in a folder; {} if there is none."""
    lessons = {}
    for path in sorted(pathlib.Path(folder).glob("*.ipynb")):
        cells = json.loads(path.read_bytes()).get("cells", [])
        lessons[path.stem] = frozenset("".join(c["source"]).strip() for c in cells if c["cell_type"] == "code")
    return lessons
