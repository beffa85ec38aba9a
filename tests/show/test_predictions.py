import pytest

from shmlab import predict
from shmlab.show.panels import predictions


@pytest.fixture(autouse=True)
def a_session_of_its_own(monkeypatch):
    monkeypatch.setattr(predictions, "_answers", {})


def test_a_prediction_is_kept():
    panel = predict("How many?", ["all", "some <b>", "none"])
    assert panel.answer is None
    panel._choices.value = "some <b>"
    assert panel.answer == "some <b>"
    assert panel._answer_line.value == "You said: <i>some &lt;b&gt;</i>. Now run the next cells and compare."
    panel._choices.value = "none"
    assert panel.answer == "none"
    assert "none" in panel._answer_line.value


def test_a_prediction_may_be_a_number():
    panel = predict("How many?", [2000, 1500])
    panel._choices.value = 1500
    assert panel.answer == 1500
    assert "1500" in panel._answer_line.value


def test_a_prediction_can_be_read_where_nothing_is_drawn():
    bundle = predict("How many <of them>?", ["all", "none"])._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "How many <of them>?\n  ( ) all\n  ( ) none"
    assert "application/vnd.jupyter.widget-view+json" in data


def test_a_question_is_shown_and_not_obeyed():
    assert predict("a < b?", ["yes", "no"]).children[0].value == "<b>a &lt; b?</b>"


@pytest.mark.parametrize("choices", [[], ["only one"]])
def test_a_prediction_needs_a_choice(choices):
    with pytest.raises(ValueError, match="a prediction needs at least two"):
        predict("How many?", choices)


def test_an_answer_outlives_a_second_run_of_its_cell():
    predict("How many?", ["all", "none"])._choices.value = "none"
    again = predict("How many?", ["all", "none"])
    assert again.answer == "none"
    assert again._answer_line.value.startswith("You said: <i>none</i>")


def test_an_answer_belongs_to_its_question():
    predict("How many?", ["all", "none"])._choices.value = "none"
    assert predict("How often?", ["all", "none"]).answer is None


def test_an_answer_that_is_no_choice_any_more_is_not_kept():
    predict("How many?", ["all", "none"])._choices.value = "none"
    assert predict("How many?", ["all", "some"]).answer is None


MISTAKEN = {"none": "takes <zero> for empty", "some": "counts twice"}


def compared():
    panel = predict("How many?", ["all", "some", "none"])
    return panel, panel.compare("all", MISTAKEN)


def test_a_comparison_names_what_the_answer_takes_for_true():
    panel, comparison = compared()
    assert "<b>You said</b> nothing yet; what came: all." in comparison.words.value
    panel._choices.value = "none"
    assert "<b>You said</b> none; what came: all." in comparison.words.value
    assert "takes &lt;zero&gt; for empty" in comparison.words.value
    assert comparison.words.value.index("zero") < comparison.words.value.index("counts twice")
    panel._choices.value = "some"
    assert comparison.words.value.index("counts twice") < comparison.words.value.index("zero")


def test_a_prediction_that_came_true_is_said_to_have():
    panel, comparison = compared()
    panel._choices.value = "all"
    assert "<b>You said</b> all; that is what came." in comparison.words.value


def test_a_comparison_can_be_read_where_nothing_is_drawn():
    panel, comparison = compared()
    panel._choices.value = "some"  # what one learner said is no business of a page for all
    bundle = comparison._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert data["text/plain"] == "What came: all\n  “none”: takes <zero> for empty\n  “some”: counts twice"


@pytest.mark.parametrize(
    ("correct", "misconceptions", "words"),
    [
        ("every", {}, "'every' is no choice of 'How many?': 'all', 'some', 'none'"),
        ("all", {"few": "…"}, "'few' is no choice"),
        ("all", {"all": "…"}, "'all' is what is correct, and is among the misconceptions"),
    ],
)
def test_only_choices_can_be_compared(correct, misconceptions, words):
    with pytest.raises(ValueError, match=words.replace("?", r"\?")):
        predict("How many?", ["all", "some", "none"]).compare(correct, misconceptions)
