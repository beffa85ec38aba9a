"""A prediction that a learner makes before the next cells run, and its comparison with the result. Never graded."""

from __future__ import annotations

import html
from collections.abc import Sequence

import ipywidgets as widgets

from shmlab.show.panels.panel import Panel, status

_WIDE = {"width": "auto"}
_answers = {}  # question -> answer: a cell that runs again finds the answer given in this session


class Prediction(Panel):
    """A question with choices, to answer before the next cells run. The session keeps the answer; none is graded."""

    def __init__(self, question: str, choices: Sequence[str]) -> None:
        self._question = question
        answer = _answers.get(question)
        self._choices = widgets.RadioButtons(
            options=list(choices), value=answer if answer in choices else None, layout=_WIDE, tooltip=question
        )
        self._answer_line = widgets.HTML()
        self._choices.observe(self._remember, "value")
        self._show_answer()
        super().__init__([widgets.HTML(f"<b>{html.escape(question)}</b>"), self._choices, self._answer_line])

    @property
    def answer(self) -> str | None:
        """Return the choice made, or None."""
        return self._choices.value

    def compare(self, correct: str, misconceptions: dict[str, str]) -> Comparison:
        """Return a panel that shows the answer beside what came, and follows the answer when it changes.

        `correct`: the choice that turned out right. `misconceptions`: a dict, choice -> why it is wrong. Raises
        ValueError if one of these is no choice, or if `correct` is among the misconceptions.
        """
        choices = self._choices.options
        for choice in (correct, *misconceptions):
            if choice not in choices:
                raise ValueError(f"{choice!r} is no choice of {self._question!r}: {', '.join(map(repr, choices))}")
        if correct in misconceptions:
            raise ValueError(f"{correct!r} is what is correct, and is among the misconceptions")
        return Comparison(self, correct, misconceptions)

    def follow(self, on_change):
        """Call `on_change()` whenever the learner makes another choice."""
        self._choices.observe(lambda change: on_change(), "value")

    def _remember(self, change):
        _answers[self._question] = change["new"]
        self._show_answer()

    def _show_answer(self):
        if self.answer is not None:
            answer = html.escape(str(self.answer))
            self._answer_line.value = f"You said: <i>{answer}</i>. Now run the next cells and compare."

    def _as_text(self):
        return "\n".join([self._question, *(f"  ( ) {choice}" for choice in self._choices.options)])


class Comparison(Panel):
    """A prediction beside what came, and the misconception behind each other choice."""

    def __init__(self, prediction: Prediction, correct: str, misconceptions: dict[str, str]) -> None:
        self._prediction, self._correct, self._misconceptions = prediction, correct, misconceptions
        self.words = widgets.HTML()
        prediction.follow(self._show_comparison)
        super().__init__([self.words])
        self._show_comparison()

    def _sentences(self):
        """Return [(label, sentence)], the learner's own choice first."""
        answer, correct = self._prediction.answer, self._correct
        said = "nothing yet" if answer is None else str(answer)
        hit = "; that is what came" if answer == correct else f"; what came: {correct}"
        own = [("You said", said + hit)]
        rest = [(f"“{choice}”", words) for choice, words in self._misconceptions.items()]
        first = [row for choice, row in zip(self._misconceptions, rest, strict=True) if choice == answer]
        return own + first + [row for row in rest if row not in first]

    def _show_comparison(self):
        own, *rest = ((html.escape(label), html.escape(words)) for label, words in self._sentences())
        items = "".join(f"<li><i>{label}</i>: {words}</li>" for label, words in rest)
        self.words.value = status(f"<b>{own[0]}</b> {own[1]}.<ul>{items}</ul>")

    def _as_text(self):
        rest = [f"  “{choice}”: {words}" for choice, words in self._misconceptions.items()]
        return "\n".join([f"What came: {self._correct}", *rest])


def predict(question: str, choices: Sequence[str]) -> Prediction:
    """Ask for a prediction; return the panel, whose `answer` is the choice made now or earlier in this session.

    Raises ValueError for fewer than two choices.
    """
    if len(choices) < 2:
        raise ValueError(f"choices is {choices!r}: a prediction needs at least two")
    return Prediction(question, choices)
