"""A prediction to make before running what comes next, and what came of it. Kept, never graded."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from shmlab.show.panels.panel import Panel, status

_WIDE = {"width": "auto"}
_answers = {}  # by question: a cell that runs again finds the answer it was given in this session


class Prediction(Panel):
    """A question with choices, to answer before running what comes next. Kept, never graded."""

    def __init__(self, question: str, choices: Sequence[str]) -> None:
        self._question = question
        answer = _answers.get(question)
        self._choices = widgets.RadioButtons(
            options=list(choices), value=answer if answer in choices else None, layout=_WIDE, tooltip=question
        )
        self._kept = widgets.HTML()
        self._choices.observe(self._keep, "value")
        self._say()
        super().__init__([widgets.HTML(f"<b>{html.escape(question)}</b>"), self._choices, self._kept])

    @property
    def answer(self) -> str | None:
        """The choice made, or None."""
        return self._choices.value

    def compare(self, correct: str, misconceptions: dict[str, str]) -> Comparison:
        """What came of it, beside the answer; returns a panel that follows the answer.

        `correct`: the choice that turned out right. `misconceptions`: a dict, what the other choices take for
        true that is not. Raises ValueError for what is no choice.
        """
        choices = self._choices.options
        for choice in (correct, *misconceptions):
            if choice not in choices:
                raise ValueError(f"{choice!r} is no choice of {self._question!r}: {', '.join(map(repr, choices))}")
        if correct in misconceptions:
            raise ValueError(f"{correct!r} is what is correct, and is among the misconceptions")
        return Comparison(self, correct, misconceptions)

    def follow(self, tell: Callable[[], object]) -> None:
        """Call `tell()` whenever another choice is made."""
        self._choices.observe(lambda change: tell(), "value")

    def _keep(self, change):
        _answers[self._question] = change["new"]
        self._say()

    def _say(self):
        if self.answer is not None:
            answer = html.escape(str(self.answer))
            self._kept.value = f"You said: <i>{answer}</i>. Now run the next cells and compare."

    def _in_words(self):
        return "\n".join([self._question, *(f"  ( ) {choice}" for choice in self._choices.options)])


class Comparison(Panel):
    """A prediction beside what came of it, and what each other choice would have meant."""

    def __init__(self, prediction: Prediction, correct: str, misconceptions: dict[str, str]) -> None:
        self._prediction, self._correct, self._misconceptions = prediction, correct, misconceptions
        self.words = widgets.HTML()
        prediction.follow(self._tell)
        super().__init__([self.words])
        self._tell()

    def _sentences(self):
        """[(label, sentence)], the learner's own choice first."""
        answer, correct = self._prediction.answer, self._correct
        said = "nothing yet" if answer is None else str(answer)
        hit = "; that is what came" if answer == correct else f"; what came: {correct}"
        own = [("You said", said + hit)]
        rest = [(f"“{choice}”", words) for choice, words in self._misconceptions.items()]
        first = [row for choice, row in zip(self._misconceptions, rest, strict=True) if choice == answer]
        return own + first + [row for row in rest if row not in first]

    def _tell(self):
        own, *rest = ((html.escape(label), html.escape(words)) for label, words in self._sentences())
        items = "".join(f"<li><i>{label}</i>: {words}</li>" for label, words in rest)
        self.words.value = status(f"<b>{own[0]}</b> {own[1]}.<ul>{items}</ul>")

    def _in_words(self):
        rest = [f"  “{choice}”: {words}" for choice, words in self._misconceptions.items()]
        return "\n".join([f"What came: {self._correct}", *rest])


def predict(question: str, choices: Sequence[str]) -> Prediction:
    """Ask for a prediction; returns the panel, whose `answer` is the choice made, in this session or just now."""
    if len(choices) < 2:
        raise ValueError(f"choices is {choices!r}: a prediction needs at least two")
    return Prediction(question, choices)
