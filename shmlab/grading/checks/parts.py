"""The parts that a check is made of: a program that must hold, a question with an answer, a schedule that must lead
somewhere.

A part has a `title`, a `weight`, and `look(item)`, which returns its PartResult. It makes what it needs only then, so
that a missing answer gives a sentence and not a traceback.
"""

from __future__ import annotations

import base64
import contextvars
import dataclasses
import linecache
import re
from collections.abc import Callable
from typing import Any

from shmlab.explorer.check import NOT_FOLLOWED
from shmlab.explorer.diagnosis.names import EXPLAINED
from shmlab.explorer.execution import uncalled
from shmlab.explorer.execution.greenlet_host import DEEPEST, MOST_CALLS
from shmlab.explorer.explain.telling import tell
from shmlab.explorer.question import Terms
from shmlab.grading.checks import tutor
from shmlab.grading.checks.grade import NotDone
from shmlab.grading.checks.seen import Seen
from shmlab.grading.messages.values import plain
from shmlab.grading.results import PartResult, Unjudged
from shmlab.grading.scenes.remote_process import shortly
from shmlab.runs.outcome import content_in_words

PICTURES = contextvars.ContextVar("pictures", default=True)  # whether results bring pictures
_SAFE_BUT_WAITS = 0.5  # the share for an answer that is safe, and rules out what must be possible
_MOST_UNFOLDED = 24  # steps of a witness
_ASSERTED = re.compile(r"raised, in line \d+, AssertionError:")
_RAISED = re.compile(r"(raised, in line (\d+) \((.*?)\)), (?=\w+:)")


def holds(
    title: str,
    make: Callable[..., Any],
    *arguments: object,
    memory: str = "sc",
    spurious: bool = True,
    crashes: int = 0,
    expected: str = "",
    weight: float = 1,
) -> _Holds:
    """Return a part: the Program that `make(*arguments)` returns holds in every interleaving.

    The whole share is for a program that holds where everything was covered; half of it for one that is safe and gets
    on, but rules out something that must be possible. Where nothing failed, and not everything could be covered, the
    part is not judged. `memory`, `spurious`, `crashes`: see Program.check. `expected`: what must hold, in words.
    `weight`: of this part among the others.
    """
    terms = {"memory": memory, "spurious": spurious, "crashes": crashes}
    return _Holds(title, make, arguments, terms, expected, weight)


@dataclasses.dataclass(frozen=True)
class _Holds:
    title: str
    make: Callable[..., Any]
    arguments: tuple
    terms: dict
    expected: str
    weight: float

    def look(self, item):
        program = self.make(*self.arguments)
        called = _called(program)
        try:
            verdict = self._verdict(program)
        except TypeError as error:
            if uncalled.SAID not in str(error):
                raise
            seen = Seen(self.title, program=program, words=f"TypeError: {error}")
            name, explanation = named(item, seen)
            return PartResult(self.title, 0.0, seen.words, called=called, expected=self.expected,
                              misconception=name, explanation=explanation)  # fmt: skip
        if verdict.failure is not None and "NotImplementedError: not done yet" in verdict.failure.sentence:
            raise NotDone
        share, sentence = _share(verdict)
        sentence = _marked(sentence, self.make.__code__.co_filename)
        result = PartResult(self.title, share, sentence, called=called, expected=self.expected, undecided=share is None)
        if share == 1 or result.undecided:  # no misconception is behind what is not known to be wrong
            return result
        return self._explained(item, program, verdict, result)

    def _verdict(self, program):
        try:
            terms = {"fairness": "weak"} | self.terms  # as the exercises' texts say
            bounded = contextvars.copy_context()
            bounded.run(DEEPEST.set, MOST_CALLS)
            return bounded.run(program.check, **terms, progress=tutor.COLLECTED.get() is None)
        except TypeError:  # functions that cannot be copied, say: the words are for who wrote them
            raise
        except Exception as error:  # the answer is not to blame for this
            raise Unjudged(f"could not be checked, as shmlab itself failed: {error!r}") from error

    def _explained(self, item, program, verdict, result):
        """Return the result with the misconception behind it, and with the smallest interleaving that shows it."""
        name, explanation = named(item, Seen(self.title, program=program, verdict=verdict))
        if not name and verdict.failure is not None:
            name = verdict.failure.diagnosis
            explanation = EXPLAINED.get(name, "")
        text = page = picture = ""
        if verdict.witness is not None and verdict.witness.steps:
            from shmlab.show import notebook_display

            shown = _for_learners(verdict, self.make.__code__.co_filename)
            text, page = str(shown.witness), notebook_display.as_html(shown.witness)
            picture = _picture(shown) if PICTURES.get() else ""
        return dataclasses.replace(
            result, misconception=name, explanation=explanation, text=text, html=page, picture=picture
        )


def _called(program):
    """Return in words what a check does with a program."""
    if program.processes == 1:
        return f"one process ({program.title})"
    return f"{program.processes} processes at once ({program.title}), in every order in which their steps can come"


def _for_learners(verdict, check):
    """Return a Verdict whose witness a learner can read to the end: no step of a short one is folded away, and lines
    and assertions from the file `check` are marked as the check's."""
    witness, failure = verdict.witness, verdict.failure
    steps = tuple(
        dataclasses.replace(step, source=f"{step.source}  # the check's") if step.file == check else step
        for step in witness.steps
    )
    core = tuple(range(len(steps))) if len(steps) <= _MOST_UNFOLDED else witness.core
    told = dataclasses.replace(witness, steps=steps, core=core, ends=tuple(map(_without_place, witness.ends)))
    failure = dataclasses.replace(failure, sentence=_marked(_without_place(failure.sentence), check))
    return dataclasses.replace(verdict, witness=told, failure=failure)


def _without_place(words):
    """Return a sentence without the line of a check's assertion, which is not the learner's."""
    return _ASSERTED.sub("finds that", words)


def _marked(sentence, check):
    """Return a sentence about an exception that was raised in a line of the file `check`, with a mark that says so."""
    raised = _RAISED.search(sentence)
    if raised is None or linecache.getline(check, int(raised[2])).strip() != raised[3]:
        return sentence
    return sentence.replace(raised[1], f"{raised[1]}, a line of the check", 1)


def _share(verdict):
    """Return (the share of the points or None, a sentence) for a verdict."""
    if verdict.ok:
        return 1.0, "nothing fails in any interleaving"
    if NOT_FOLLOWED in verdict.apart:
        return None, f"this could not be judged: {verdict.apart}"
    if verdict.ok is None:
        return None, (
            f"nothing failed in {verdict.states:,} states, and there are more: not all interleavings could be covered, "
            "so that it is not known whether it is right; one in fewer steps could be covered"
            + (f". What makes so many: {verdict.apart}" if verdict.apart else "")
        )
    sentence = _without_place(verdict.failure.sentence)
    if verdict.failure.kind == "impossible" and verdict.complete:
        return _SAFE_BUT_WAITS, f"nothing goes wrong, but {sentence}"
    return 0.0, sentence


def named(item, seen):
    """Return (name, what to look at) of the misconception that fits what was Seen, or ("", "")."""
    found = tutor.about(item).named(seen)
    return (found.name, found.sentence) if found is not None else ("", "")


def _picture(verdict):
    from shmlab.show import notebook_display
    from shmlab.show.plotting import plot

    return base64.b64encode(notebook_display.as_png(plot(verdict))).decode()


def answers(
    title: str,
    call: Callable[[], Any],
    expected: object,
    *,
    same: Callable[[Any, Any], float] | None = None,
    tell: Callable[[Any, Any], str] | None = None,
    called: str = "",
    weight: float = 1,
) -> _Answers:
    """Return a part: what `call()` returns is `expected`.

    `same(got, expected)`: how far the two are the same, a share from 0 to 1 or a bool; None asks whether they are
    equal. `tell(got, expected)`: what is wrong, in words that do not give the answer. `called`: in words what was
    called.
    """
    return _Answers(title, call, expected, same, tell, called, weight)


@dataclasses.dataclass(frozen=True)
class _Answers:
    title: str
    call: Callable[..., Any]
    expected: object
    same: Callable[..., Any] | None
    tell: Callable[..., Any] | None
    called: str
    weight: float

    def look(self, item):
        got = plain(self.call())  # in a notebook too, so that both say the same
        share = float(got == self.expected if self.same is None else self.same(got, self.expected))
        if share == 1:
            return PartResult(self.title, 1.0, "right", called=self.called, got=shortly(got))
        name, explanation = named(item, Seen(self.title, got=got, expected=self.expected))
        sentence = "this is not the answer" if share == 0 else "this is a part of the answer"
        sentence = sentence if self.tell is None else self.tell(got, self.expected)
        return PartResult(self.title, share, sentence, called=self.called, got=shortly(got),
                          misconception=name, explanation=explanation)  # fmt: skip


def leads(
    title: str,
    make: Callable[..., Any],
    *arguments: object,
    schedule: Callable[[], Any],
    to: Callable[[Any], object],
    partly: Callable[[Any], float] | None = None,
    expected: str = "",
    weight: float = 1,
) -> _Leads:
    """Return a part: the schedule that `schedule()` returns, a list of ranks, leads the Program `make(*arguments)` to
    its end, and to memory for which `to(shm)` is true. Each entry lets that process do its next step.

    `partly(shm)`: a share from 0 to 1 for another end. `expected`: what it must lead to, in words.
    """
    return _Leads(title, make, arguments, schedule, to, partly, expected, weight)


@dataclasses.dataclass(frozen=True)
class _Leads:
    title: str
    make: Callable[..., Any]
    arguments: tuple
    schedule: Callable[..., Any]
    to: Callable[..., Any]
    partly: Callable[..., Any] | None
    expected: str
    weight: float

    def look(self, item):
        program = self.make(*self.arguments)
        ranks = plain(self.schedule())
        model, question = _modelled(program)
        called = f"{program.processes} processes ({program.title}), one step for each entry"
        result = PartResult(self.title, 0.0, "", called=called, got=shortly(ranks), expected=self.expected)
        followed, problem = _followed(model, ranks)
        if problem:
            return self._with_name(item, program, ranks, dataclasses.replace(result, sentence=problem))
        witness = tell(model, question.layout, question.names(), followed, title=question.title)
        shm = question.layout.from_buffer_copy(witness.raw)
        if self.to(shm):
            return dataclasses.replace(result, share=1.0, sentence=f"it ends with {content_in_words(witness.final)}")
        share = float(self.partly(shm)) if self.partly is not None else 0.0
        from shmlab.show import notebook_display

        return self._with_name(item, program, ranks, dataclasses.replace(
            result, share=share, sentence=f"it ends with {content_in_words(witness.final)}", text=str(witness),
            html=notebook_display.as_html(witness)))  # fmt: skip

    def _with_name(self, item, program, ranks, result):
        name, explanation = named(item, Seen(self.title, program=program, got=(ranks, result.sentence)))
        return dataclasses.replace(result, misconception=name, explanation=explanation)


def _modelled(program):
    question = program.question()
    return Terms().model(question, question.behaviour(marked=False)), question


def _followed(model, ranks):
    """Return (moves, "") for a schedule given by ranks, or ([], what is wrong with it)."""
    if not isinstance(ranks, list | tuple) or not all(type(rank) is int for rank in ranks):
        return [], f"a schedule is a list of process numbers, such as [0, 1, 1], and not {shortly(ranks)}"
    state, moves = model.initial, []
    for at, rank in enumerate(ranks):
        following = dict(model.successors(state))
        if (rank, "go") not in following:
            return [], f"entry {at} is {rank!r}: there is no step that process {rank!r} could do there"
        state = following[rank, "go"]
        moves.append((rank, "go"))
    if any(move[1] == "go" for move, _ in model.successors(state)):
        left = sorted({move[0] for move, _ in model.successors(state) if move[1] == "go"})
        who = " and ".join(f"process {rank}" for rank in left)
        return [], f"after {len(moves)} entries {who} still {'has' if len(left) == 1 else 'have'} steps to do"
    return moves, ""
