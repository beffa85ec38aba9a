"""Judge one submission: run its cells in a sandbox, and the source's own checks here, each at its place.

A wrong verdict is the worst fault, so one bad cell may cost no other item its points, and nothing that says little
about an answer may count against it. A cell that ends its process is left out, and judging starts again in a new
sandbox. If a limit on time ended the process, the cell or check is tried once more; then the item is not judged. The
same holds if the check itself fails, or if there is no room for its objects.
"""

import json
import re
import traceback

from shmlab.grading.checks import parts
from shmlab.grading.checks.drawn import SEED
from shmlab.grading.checks.tutor import COLLECTED
from shmlab.grading.classroom.same_text import SameText
from shmlab.grading.inside_sandbox.learner_process import cell_file
from shmlab.grading.messages.texts import visible
from shmlab.grading.results import MISSING, NOT_JUDGED, WRONG, Ended, ItemResult, SubmissionResult, Unjudged
from shmlab.grading.sandbox.sandbox import Sandbox
from shmlab.grading.sandbox.zygote import Zygote
from shmlab.grading.scenes import world
from shmlab.grading.submissions import submitted_notebook
from shmlab.grading.submissions.source_notebook import (
    ANSWER,
    CHECK,
    GIVEN,
    TUTOR,
    defined_in,
    remember_lines,
    solutions_in,
    source_of,
)
from shmlab.grading.submissions.submitted_notebook import Cell
from shmlab.ipc.room import missing_room

_MOST_RESTARTS = 40  # sandboxes for one submission
_CELL_FILE = re.compile(
    r" \(<cell \d+>, line \d+\)$"
)  # Python's own note on a SyntaxError's place, which is reported already


class Judge:
    """Judge submissions, one after the other. A context manager; `close` ends the processes that it started.

    `solutions`: a folder of notebooks, or stem -> the bytes of one. `pictures`: whether results have pictures. `seed`:
    for the numbers that checks draw (see drawn). `each_anew`: judge each answer, even if another one with the same
    text was judged before.
    """

    def __init__(self, solutions, *, pictures=False, seed=0, each_anew=False):
        notebooks = solutions if isinstance(solutions, dict) else solutions_in(solutions)
        self.sources = {stem: source_of(json.loads(data), stem) for stem, data in notebooks.items()}
        self._pictures, self.seed = pictures, seed
        self._same_text = {stem: SameText() for stem in self.sources if not each_anew}
        self._zygote = None

    def judge(self, submission):
        """Return the SubmissionResult of a Submission."""
        source = self.sources.get(submission.exercise)
        if submission.data is None:
            return unread(submission, source, submission.problem)
        if source is None:
            stems = ", ".join(self.sources)
            return unread(submission, source, f"it belongs to no exercise: there is {stems}")
        try:
            steps, notes = submitted_notebook.steps(source, submitted_notebook.read(submission.data))
        except submitted_notebook.UnreadableNotebook as error:
            return unread(submission, source, str(error))
        session = _Session(self._start, source, steps, self._same_text.get(source.stem), self._pictures, self.seed)
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
        """End all processes that were started."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def unread(submission, source, why):
    """Return the result of a file that could not be judged at all. `why`: a sentence, such as that it is damaged."""
    checks = source.of_role(CHECK) if source is not None else ()
    items = tuple(_refused(check, NOT_JUDGED, why) for check in checks)
    return SubmissionResult(submission.learner, submission.exercise, items, (*submission.notes, why))


def _refused(check, status, note):
    """Return the result of an item whose check was not run or failed."""
    return ItemResult(check.item, check.points, None if status == NOT_JUDGED else 0.0, status, note=note)


class _Session:
    """Judge one learner's notebook in one or more sandboxes.

    `steps`: see submitted_notebook.steps. `same_text`: the SameText with earlier results, or None.
    """

    def __init__(self, start, source, steps, same_text, pictures, seed):
        self._start, self._source, self._pictures, self._seed = start, source, pictures, seed
        self._steps, self._same_text = steps, same_text
        self._sandbox = None
        self._done = 0  # how many of the steps this sandbox has completed
        self._restarts = 0
        self._skipped = set()  # numbers of cells that ended their process
        self._tried_again = set()
        self._unjudged = set()  # names defined by cells that a limit ended
        self._raised = {}  # grade_id of an answer -> text about the exception that its cell raised
        self.notes = []

    def items(self):
        """Return an ItemResult for each check, in the source's order."""
        for step in self._steps:
            if isinstance(step, Cell):
                remember_lines(cell_file(step.number), step.source)
        results = {
            step: self._item(step, index) for index, step in enumerate(self._steps) if not isinstance(step, Cell)
        }
        return [results[check] for check in self._source.of_role(CHECK)]

    def _item(self, check, index):
        """Return the ItemResult of a check, judged after the steps before `index`."""
        result = self._judge(check, index)
        if not result.final:  # for instance after a limit on time: try again in a fresh process
            self.close()
            result = self._judge(check, index)
        if result.score in (result.points, None):
            return result
        try:
            missing = self._missing_room()
        except Unjudged as error:
            return _refused(check, NOT_JUDGED, f"the learner's process {error}")
        return _refused(check, NOT_JUDGED, f"there was no room for its objects: {missing}") if missing else result

    def _judge(self, check, index):
        try:
            self._run_cells(index)
            if self._unjudged & set(check.names):
                return _refused(check, NOT_JUDGED, "the cell with its answer was ended by a timer, twice: look at it")
            functions = self._sandbox.functions(check.names)
        except OSError as error:
            return _refused(check, NOT_JUDGED, str(error))
        except Unjudged as error:
            return _refused(check, NOT_JUDGED, f"the learner's process {error}")
        except (Ended, TypeError) as error:
            return _refused(check, WRONG, f"the learner's functions cannot be used: {error}")
        if check.names and not functions:
            return _refused(check, MISSING, self._why_missing(check))
        if self._same_text is None or self._skipped or self._tried_again:  # not all of the text was run
            return self._run_check(check, functions)
        return self._same_text.judge_once(check, self._steps[:index], lambda: self._run_check(check, functions))

    def _missing_room(self):
        """Return a text about what has too little room for a check's objects, or "".

        Objects left by a cell, or by others if the sandbox has no namespaces, may be the reason why an answer failed.
        """
        if self._sandbox.missing_walls:
            return missing_room()
        return self._sandbox.missing_room() if self._sandbox.alive else ""

    def _why_missing(self, check):
        """Return why no function that a check uses exists: what the answer's cell raised, if that is known."""
        answers = [cell for cell in self._source.of_role(ANSWER) if not set(cell.names).isdisjoint(check.names)]
        raised = next((cell.grade_id for cell in answers if cell.grade_id in self._raised), "")
        return f"{raised} raised {self._raised[raised]}" if raised else f"nothing defines {', '.join(check.names)}"

    def _run_check(self, check, functions):
        """Run the source's own check on the learner's functions."""
        space = {"__name__": "__main__", **functions}
        collected = []
        token, seed = COLLECTED.set(collected), SEED.set(self._seed)
        pictures = parts.PICTURES.set(self._pictures)
        sandbox = world.SANDBOX.set(self._sandbox)
        try:
            for cell in self._source.of_role(GIVEN, TUTOR):  # again, so that their own functions see these functions
                exec(cell.code, space)
            exec(check.code, space)
        except (Exception, SystemExit, Ended, Unjudged) as error:
            return _refused(check, NOT_JUDGED, _check_failure(error))
        finally:
            COLLECTED.reset(token)
            SEED.reset(seed)
            parts.PICTURES.reset(pictures)
            world.SANDBOX.reset(sandbox)
        if len(collected) != 1:
            return _refused(check, NOT_JUDGED, f"its check called grade {len(collected)} times: it has to do so once")
        return collected[0]

    def _run_cells(self, end):
        """Run the learner's cells among the steps before `end`, except those that ended a process before.

        Raises OSError if there can be no sandbox.
        """
        while self._sandbox is None or not self._sandbox.alive or self._done < end:
            if self._sandbox is None or not self._sandbox.alive:
                self._begin()
            step = self._steps[self._done] if self._done < end else None
            if not isinstance(step, Cell) or step.number in self._skipped or self._ran(step):
                self._done += step is not None

    def _begin(self):
        """Begin again with the first step, in a fresh sandbox. Raises Unjudged after too many restarts."""
        self.close()
        self._restarts += 1
        if self._restarts > _MOST_RESTARTS:
            raise Unjudged(f"ended more than {_MOST_RESTARTS} sandboxes before their time")
        self._sandbox = self._start()
        if missing := self._sandbox.missing_walls:
            self._note(f"without walls: {missing}; only process groups and limits")

    def _ran(self, cell):
        """Run a cell and return whether the process still exists."""
        try:
            problem = self._sandbox.run_cell(cell.number, cell.source)
        except Unjudged as error:
            if cell.number in self._tried_again:
                self._skipped.add(cell.number)
                self._unjudged |= defined_in(cell.source)
                self._note(f"{submitted_notebook.cell_label(cell)} {error}: it was left out")
            self._tried_again.add(cell.number)
            return False
        except Ended as error:
            if error.cell is not None:
                cell = next(step for step in self._steps if isinstance(step, Cell) and step.number == error.cell)
            self._skipped.add(cell.number)
            self._note(f"{submitted_notebook.cell_label(cell)} {error}: it was left out")
            return False
        if problem and "not done yet" not in problem:
            problem = _CELL_FILE.sub("", problem)
            self._raised[cell.grade_id] = problem
            self._note(f"{submitted_notebook.cell_label(cell)} raised {problem}")
        if not problem:
            self._unjudged -= defined_in(cell.source)  # this cell defines them again
        return True

    def _note(self, sentence):
        sentence = visible(sentence)
        if sentence and sentence not in self.notes:
            self.notes.append(sentence)

    def close(self):
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None
        self._done = 0


def _check_failure(error):
    """Return a sentence about an exception of the check itself, with the line of its cell. No answer is its cause."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename[:1] == "<"]
    where = f" in its line {lines[-1]}" if lines else ""
    return f"the check itself failed{where}: {type(error).__name__}: {error}"
