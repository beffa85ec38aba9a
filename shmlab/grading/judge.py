"""One submission, judged: its cells run in a sandbox, its checks are the source's, run here.

Whatever ends the learner's process ends only that: it begins again without the cell that did it, and the next
item is judged. What a timer ended is tried once more, and then not judged.
"""

import json

from shmlab.grading import notebook, parts, world
from shmlab.grading.drawn import SEED
from shmlab.grading.inside import cell_file
from shmlab.grading.results import MISSING, NOT_JUDGED, WRONG, Ended, ItemResult, SubmissionResult, Unjudged
from shmlab.grading.sandbox import Sandbox
from shmlab.grading.source import CHECK, GIVEN, TUTOR, defined_in, remember_lines, solutions_in, source_of
from shmlab.grading.tutor import COLLECTED
from shmlab.grading.wire import visible
from shmlab.grading.zygote import Zygote

_MOST_RESTARTS = 12  # for the cells of one submission


class Judge:
    """Judges submissions, one after the other. `solutions`: a folder of notebooks, or stem -> the bytes of one.
    `pictures`: whether results bring pictures. `seed`: of the numbers that checks draw (see drawn). It is a context
    manager; `close` ends what it started."""

    def __init__(self, solutions, *, pictures=False, seed=0):
        found = solutions if isinstance(solutions, dict) else solutions_in(solutions)
        self.sources = {stem: source_of(json.loads(data), stem) for stem, data in found.items()}
        self._pictures, self._seed = pictures, seed
        self._zygote = None

    def judge(self, submission):
        """The SubmissionResult of a Submission."""
        source = self.sources.get(submission.exercise)
        if submission.data is None:
            return unread(submission, source, submission.problem)
        if source is None:
            known = ", ".join(self.sources)
            return unread(submission, source, f"it belongs to no exercise: there is {known}")
        try:
            cells, notes = notebook.pair(source, notebook.read(submission.data))
        except notebook.UnreadableNotebook as error:
            return unread(submission, source, str(error))
        session = _Session(self._start, source, cells, self._pictures, self._seed)
        try:
            items = session.items()
        finally:
            session.close()
        notes = (*submission.notes, *notes, *session.notes)
        return SubmissionResult(submission.learner, source.stem, tuple(items), notes)

    def _start(self):
        if self._zygote is None:
            self._zygote = Zygote()
        return Sandbox(self._zygote)

    def close(self):
        """End every process that was started."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def unread(submission, source, why):
    """The result of a file that is no notebook of an exercise: nothing in it could be judged."""
    checks = source.of_role(CHECK) if source is not None else ()
    items = tuple(_refused(check, NOT_JUDGED, "the notebook could not be read") for check in checks)
    return SubmissionResult(submission.learner, submission.exercise, items, (*submission.notes, why))


def _refused(check, status, note):
    """The result of an item whose check was not run."""
    return ItemResult(check.item, check.points, None if status == NOT_JUDGED else 0.0, status, note=note)


class _Session:
    """One learner's cells, in one sandbox after the other."""

    def __init__(self, start, source, cells, pictures, seed):
        self._start, self._source, self._pictures, self._seed = start, source, pictures, seed
        self._cells = cells
        self._sandbox = None
        self._skipped = set()  # cells that ended their process
        self._tried_again = set()
        self._unjudged = set()  # the names that such cells define
        self.notes = []

    def items(self):
        """An ItemResult for each check of the source."""
        for cell in self._cells:
            remember_lines(cell_file(cell.number), cell.source)
        return [self._item(check) for check in self._source.of_role(CHECK)]

    def _item(self, check):
        result = self._judged(check)
        if result.score is None:  # a timer struck: once more, in a fresh process
            self.close()
            result = self._judged(check)
        return result

    def _judged(self, check):
        if self._sandbox is None or not self._sandbox.alive:
            self._run_cells()
        if self._unjudged & set(check.names):
            return _refused(check, NOT_JUDGED, "the cell with its answer was ended by a timer, twice: look at it")
        try:
            functions = self._sandbox.functions(check.names)
        except Unjudged as error:
            return _refused(check, NOT_JUDGED, f"the learner's process {error}")
        except (Ended, TypeError) as error:
            return _refused(check, WRONG, f"the learner's functions cannot be used: {error}")
        if check.names and not functions:
            return _refused(check, MISSING, f"nothing defines {', '.join(check.names)}")
        return self._checked(check, functions)

    def _checked(self, check, functions):
        """Run the source's own check on the learner's functions."""
        space = {"__name__": "__main__", **functions}
        collected = []
        token, seed = COLLECTED.set(collected), SEED.set(self._seed)
        pictures = parts.PICTURES.set(self._pictures)
        sandbox = world.SANDBOX.set(self._sandbox)
        try:
            for cell in self._source.of_role(GIVEN, TUTOR):  # anew, so that what they define sees these functions
                exec(cell.code, space)
            exec(check.code, space)
        finally:
            COLLECTED.reset(token)
            SEED.reset(seed)
            parts.PICTURES.reset(pictures)
            world.SANDBOX.reset(sandbox)
        (result,) = collected
        return result

    def _run_cells(self):
        """Run the learner's cells in a fresh sandbox, without those that ended one before."""
        for _ in range(_MOST_RESTARTS):
            self.close()
            self._sandbox = self._start()
            self._note(self._sandbox.walls and f"without walls: {self._sandbox.walls}; only process groups and limits")
            if all(self._ran(cell) for cell in self._cells if cell.number not in self._skipped):
                return
        self._skipped |= {cell.number for cell in self._cells}
        self._note(f"more than {_MOST_RESTARTS} cells ended their processes: all of them were left out")
        self._run_cells()

    def _ran(self, cell):
        """Run a cell; whether the process is still there."""
        try:
            said = self._sandbox.run_cell(cell.number, cell.source)
        except Unjudged as error:
            if cell.number in self._tried_again:
                self._skipped.add(cell.number)
                self._unjudged |= defined_in(cell.source)
                self._note(f"cell {cell.number} {error}: it was left out")
            self._tried_again.add(cell.number)
            return False
        except Ended as error:
            self._skipped.add(cell.number)
            self._note(f"cell {cell.number} {error}: it was left out")
            return False
        if said and "not done yet" not in said:
            self._note(f"cell {cell.number} raised {said}")
        return True

    def _note(self, sentence):
        sentence = visible(sentence)
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)

    def close(self):
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None
