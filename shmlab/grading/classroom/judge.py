"""One submission, judged: its cells run in a sandbox, its checks are the source's, run here, each where it stands.

Whatever ends the learner's process ends only that: it begins again without the cell that did it, and the next
item is judged. What a timer ended is tried once more, and then not judged; nor is what fails for a reason of ours.
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

_MOST_RESTARTS = 40  # of one submission's sandboxes
_CELL_FILE = re.compile(r" \(<cell \d+>, line \d+\)$")  # where Python says a SyntaxError is, after the line was told


class Judge:
    """Judges submissions, one after the other. `solutions`: a folder of notebooks, or stem -> the bytes of one.
    `pictures`: whether results bring pictures. `seed`: of the numbers that checks draw (see drawn). It is a context
    manager; `close` ends what it started. `each_anew`: whether answers with the same text are judged one by one."""

    def __init__(self, solutions, *, pictures=False, seed=0, each_anew=False):
        found = solutions if isinstance(solutions, dict) else solutions_in(solutions)
        self.sources = {stem: source_of(json.loads(data), stem) for stem, data in found.items()}
        self._pictures, self.seed = pictures, seed
        self._same_text = {stem: SameText() for stem in self.sources if not each_anew}
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
        """End every process that was started."""
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def unread(submission, source, why):
    """The result of a file of which nothing could be judged. `why`: a damaged one, the lesson, another exercise …"""
    checks = source.of_role(CHECK) if source is not None else ()
    items = tuple(_refused(check, NOT_JUDGED, why) for check in checks)
    return SubmissionResult(submission.learner, submission.exercise, items, (*submission.notes, why))


def _refused(check, status, note):
    """The result of an item whose check was not run."""
    return ItemResult(check.item, check.points, None if status == NOT_JUDGED else 0.0, status, note=note)


class _Session:
    """One learner's notebook, in one sandbox after the other. `steps`: see submitted_notebook.steps. `same_text`: what
    is known of answers that were judged before, or None."""

    def __init__(self, start, source, steps, same_text, pictures, seed):
        self._start, self._source, self._pictures, self._seed = start, source, pictures, seed
        self._steps, self._same_text = steps, same_text
        self._sandbox = None
        self._done = 0  # how many of the steps this sandbox has behind it
        self._restarts = 0
        self._skipped = set()  # cells that ended their process
        self._tried_again = set()
        self._unjudged = set()  # the names that such cells define
        self._raised = {}  # grade_id of an answer -> what its cell raised, in words
        self.notes = []

    def items(self):
        """An ItemResult for each check of the source, in its order."""
        for step in self._steps:
            if isinstance(step, Cell):
                remember_lines(cell_file(step.number), step.source)
        found = {step: self._item(step, at) for at, step in enumerate(self._steps) if not isinstance(step, Cell)}
        return [found[check] for check in self._source.of_role(CHECK)]

    def _item(self, check, at):
        """The ItemResult of a check, judged on the notebook as it stands after the steps before `at`."""
        result = self._judged(check, at)
        if not result.final:  # a timer struck, say: once more, in a fresh process
            self.close()
            result = self._judged(check, at)
        if result.score in (result.points, None):
            return result
        try:
            missing = self._missing_room()
        except Unjudged as error:
            return _refused(check, NOT_JUDGED, f"the learner's process {error}")
        return _refused(check, NOT_JUDGED, f"there was no room for its objects: {missing}") if missing else result

    def _judged(self, check, at):
        try:
            self._run_cells(at)
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
        if self._same_text is None or self._skipped or self._tried_again:  # less was run than the text says
            return self._checked(check, functions)
        return self._same_text.judged(check, self._steps[:at], lambda: self._checked(check, functions))

    def _missing_room(self):
        """Where there is too little room for a check's objects, in words, or "": what was left there by a cell, or by
        others where a sandbox has no namespaces, may be why an answer failed, and nobody can tell."""
        if self._sandbox.missing_walls:
            return missing_room()
        return self._sandbox.missing_room() if self._sandbox.alive else ""

    def _why_missing(self, check):
        """Why nothing that a check uses is there: what the cell with its answer raised, where that is known."""
        answers = [cell for cell in self._source.of_role(ANSWER) if not set(cell.names).isdisjoint(check.names)]
        raised = next((cell.grade_id for cell in answers if cell.grade_id in self._raised), "")
        return f"{raised} raised {self._raised[raised]}" if raised else f"nothing defines {', '.join(check.names)}"

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
        except (Exception, SystemExit, Ended, Unjudged) as error:
            return _refused(check, NOT_JUDGED, _of_the_check(error))
        finally:
            COLLECTED.reset(token)
            SEED.reset(seed)
            parts.PICTURES.reset(pictures)
            world.SANDBOX.reset(sandbox)
        if len(collected) != 1:
            return _refused(check, NOT_JUDGED, f"its check called grade {len(collected)} times: it has to do so once")
        return collected[0]

    def _run_cells(self, end):
        """Have the learner's cells among the steps before `end` behind it, without those that ended a process before.
        Raises OSError where there can be no sandbox."""
        while self._sandbox is None or not self._sandbox.alive or self._done < end:
            if self._sandbox is None or not self._sandbox.alive:
                self._begin()
            step = self._steps[self._done] if self._done < end else None
            if not isinstance(step, Cell) or step.number in self._skipped or self._ran(step):
                self._done += step is not None

    def _begin(self):
        """Begin again with nothing behind it, in a fresh sandbox."""
        self.close()
        self._restarts += 1
        if self._restarts > _MOST_RESTARTS:
            raise Unjudged(f"ended more than {_MOST_RESTARTS} sandboxes before their time")
        self._sandbox = self._start()
        if missing := self._sandbox.missing_walls:
            self._note(f"without walls: {missing}; only process groups and limits")

    def _ran(self, cell):
        """Run a cell; whether the process is still there."""
        try:
            said = self._sandbox.run_cell(cell.number, cell.source)
        except Unjudged as error:
            if cell.number in self._tried_again:
                self._skipped.add(cell.number)
                self._unjudged |= defined_in(cell.source)
                self._note(f"{submitted_notebook.cell_label(cell)} {error}: it was left out")
            self._tried_again.add(cell.number)
            return False
        except Ended as error:
            self._skipped.add(cell.number)
            self._note(f"{submitted_notebook.cell_label(cell)} {error}: it was left out")
            return False
        if said and "not done yet" not in said:
            said = _CELL_FILE.sub("", said)
            self._raised[cell.grade_id] = said
            self._note(f"{submitted_notebook.cell_label(cell)} raised {said}")
        if not said:
            self._unjudged -= defined_in(cell.source)  # after a cell that was left out they are defined anew
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


def _of_the_check(error):
    """What a check itself raised, which no answer is to blame for, with the line of its cell."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename[:1] == "<"]
    where = f" in its line {lines[-1]}" if lines else ""
    return f"the check itself failed{where}: {type(error).__name__}: {error}"
