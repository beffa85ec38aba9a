"""Every exercise: made from its solution, stub and solution and wrong answers graded as they deserve, here and in the
sandbox."""

import ast
import collections
import dataclasses
import functools
import json
import re

import pytest
from foreign import planted
from graded import (
    ITEMS,
    ROOT,
    STEMS,
    answer_cell,
    fitted_answers,
    gives_id_0,
    graded,
    headline,
    is_full,
    missing_walls,
    remarks,
    right_answers,
    solved,
    source,
    submission,
    wrong_answers,
)

from shmlab.grading.authoring.release import released
from shmlab.grading.checks.drawn import IN_A_NOTEBOOK, SEED, drawn
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.results import NOT_DONE, RIGHT
from shmlab.grading.submissions.source_notebook import CHECK, GIVEN, defined_in
from shmlab.observe.c_programs import compiler

# Several tests look at one result: what an answer gets does not change meanwhile.
looked_at = functools.lru_cache(maxsize=1024)(graded)


def of_item(stem, path):
    return stem, headline(path)[0]


def of_exercise(stem, path):
    return stem


def some_of(answers, number, group=of_item):
    """The same answers; in `make test` so many of each group, evenly chosen, the others in `make stress`."""
    groups = collections.defaultdict(list)
    for stem, path in answers:
        groups[group(stem, path)].append(path)
    some = {
        paths[round(step * (len(paths) - 1) / max(1, min(number, len(paths)) - 1))]
        for paths in groups.values()
        for step in range(min(number, len(paths)))
    }
    return [
        pytest.param(stem, path, id=f"{stem}-{path.stem}", marks=[] if path in some else pytest.mark.stress)
        for stem, path in answers
    ]


each_wrong_answer = pytest.mark.parametrize(("stem", "path"), some_of(wrong_answers(), 2))


# Wrong answers that fail in small, and have more interleavings in large than can be covered.
UNDECIDED = {"count_tested_unlocked"}
IN_C = {"13_permissions_and_secrets"}  # an item of these is C alone, and is not judged without a compiler


NEEDS_ID_0 = {"id_or_name"}  # right where no segment has the id 0


@pytest.fixture(autouse=True)
def needs_what_its_exercise_needs(request):
    """Skip where an exercise in C cannot be judged (test_c_memfd tests what is said then), or an id cannot be 0."""
    parameters = getattr(getattr(request.node, "callspec", None), "params", {})
    if parameters.get("stem") in IN_C and compiler() is None:
        pytest.skip("there is no C compiler here")
    if getattr(parameters.get("path"), "stem", "") in NEEDS_ID_0 and not gives_id_0():
        pytest.skip("this host gives no segment of a scene the id 0")


@pytest.fixture(scope="module")
def judge():
    with Judge(ROOT / "solutions") as one:
        yield one


@pytest.fixture(scope="module")
def judge_of_each_anew():
    with Judge(ROOT / "solutions", each_anew=True) as one:
        yield one


@pytest.mark.parametrize("stem", STEMS)
def test_exercises_are_generated_from_the_solutions(stem):
    assert (ROOT / "exercises" / f"{stem}.ipynb").read_text() == released(ROOT / "solutions" / f"{stem}.ipynb")


def test_no_exercise_without_a_solution():
    assert sorted(path.stem for path in (ROOT / "exercises").glob("*.ipynb")) == STEMS


@pytest.mark.parametrize("stem", STEMS)
def test_no_answer_is_in_an_exercise(stem):
    text = (ROOT / "exercises" / f"{stem}.ipynb").read_text()
    assert "BEGIN SOLUTION" not in text
    for item in (item for one, item in ITEMS if one == stem):
        answer = answer_cell(stem, item).text.partition("### BEGIN SOLUTION")[2].partition("### END SOLUTION")[0]
        longest = max((line.strip() for line in answer.splitlines()), key=len)
        assert json.dumps(longest)[1:-1] not in text


@pytest.mark.parametrize(("stem", "item"), ITEMS)
def test_the_solution_scores_full(stem, item):
    with planted():  # and somebody else's objects are not touched
        result = graded(stem, item, seed=1)  # in the sandbox it is judged with another one
    if result.score is None and missing_walls():
        pytest.skip("without namespaces not every part of it can be judged")
    assert (result.status, result.score) == (RIGHT, result.points), result
    assert result.hint == ""


@pytest.mark.stress
@pytest.mark.parametrize("seed", (IN_A_NOTEBOOK, *range(2, 21)))
@pytest.mark.parametrize(("stem", "item"), ITEMS)
def test_the_solution_scores_full_whatever_is_drawn(stem, item, seed):
    result = graded(stem, item, seed=seed)
    assert (result.status, result.score) == (RIGHT, result.points), result


@pytest.mark.parametrize(("stem", "item"), ITEMS)
def test_each_check_draws_numbers(stem, item):
    (check,) = [check for check in source(stem).of_role(CHECK) if check.item == item]
    assert f'drawn("{item}")' in check.text


@pytest.mark.parametrize(("stem", "item"), ITEMS)
def test_a_check_stops_where_a_given_cell_that_its_answer_needs_was_not_run(stem, item):
    given = [cell for cell in source(stem).of_role(GIVEN) if cell.grade_id != "setup"]
    names = set().union(*(defined_in(cell.text) for cell in given))
    used = {node.id for node in ast.walk(ast.parse(answer_cell(stem, item).text)) if isinstance(node, ast.Name)}
    (check,) = [check for check in source(stem).of_role(CHECK) if check.item == item]
    assert used & names <= set(check.code.co_names)


def test_one_seed_draws_the_same_each_time():
    draws = {seed: [one_draw(seed) for _ in range(2)] for seed in (0, 1, IN_A_NOTEBOOK)}
    assert all(one == other for one, other in draws.values())
    assert len({tuple(one) for one, _ in draws.values()}) == 3


def one_draw(seed):
    drawing = SEED.set(seed)
    try:
        draw = drawn("add_three")
        return [draw.randint(0, 10**6) for _ in range(3)]
    finally:
        SEED.reset(drawing)


def test_a_long_course_of_one_process_is_judged_in_the_sandbox():
    """What has been observed travels in parts: a message holds 128 KiB."""
    stem = "07_bounded_buffer"
    text = (ROOT / "solutions" / f"{stem}.ipynb").read_text()
    longer = text.replace("ring_alone, WIDE, 300", "ring_alone, WIDE, 1100")
    assert longer != text
    with Judge({stem: longer.encode()}) as judge:
        result = judge.judge(submission(stem, {"push": answer_cell(stem, "push").text}))
    (push,) = [one for one in result.items if one.name == "push"]
    assert push.score == push.points


@pytest.mark.parametrize(("stem", "path"), some_of(fitted_answers(), 1))
def test_an_answer_fitted_to_what_the_check_shows_does_not_score_full(stem, path):
    item, _ = headline(path)
    here = looked_at(stem, item, path.read_text())
    assert 0 <= here.score < here.points


@pytest.mark.parametrize(("stem", "path"), some_of(fitted_answers(), 1, of_exercise))
def test_a_fitted_answer_gets_the_same_in_the_sandbox(stem, path, judge):
    item, _ = headline(path)
    here = looked_at(stem, item, path.read_text())
    result = judge.judge(submission(stem, {item: path.read_text()}))
    (there,) = [one for one in result.items if one.name == item]
    assert there.score == here.score


@pytest.mark.parametrize("stem", STEMS)
def test_what_is_long_is_folded_and_says_what_it_is(stem):
    for cell in json.loads((ROOT / "exercises" / f"{stem}.ipynb").read_text())["cells"]:
        about, text = cell["metadata"].get("nbgrader", {}), "".join(cell["source"])
        folded = cell["metadata"].get("jupyter", {}).get("source_hidden", False)
        assert not folded or text.startswith("# ")
        assert folded or not about.get("grade") or len(text.splitlines()) <= 30
        assert about.get("grade_id") != "setup" or text.startswith("# Run me each time")


@pytest.mark.parametrize("stem", STEMS)
def test_ten_points_a_lesson(stem):
    assert sum(cell.points for cell in source(stem).cells if cell.role == CHECK) == 10


@pytest.mark.parametrize("stem", STEMS)
def test_the_untouched_exercise_scores_nothing_and_says_so(stem, judge):
    with planted():
        result = judge.judge(submission(stem, {}))
    judged = [item for item in result.items if item.score is not None]
    assert all(is_full(item, result) for item in result.items if item not in judged)  # only without namespaces
    assert {(item.score, item.status) for item in judged} == ({(0.0, NOT_DONE)} if judged else set())
    assert all(item.note and "not done yet" not in item.note for item in judged)  # the status says that
    assert remarks(result) == []


@pytest.mark.parametrize("stem", STEMS)
def test_the_solved_exercise_scores_full_in_the_sandbox(stem, judge):
    with planted():
        result = judge.judge(submission(stem, solved(stem)))
    assert all(is_full(item, result) for item in result.items), result
    assert (result.points, remarks(result)) == (10, []), result


@each_wrong_answer
def test_a_wrong_answer_fails_with_its_own_name(stem, path):
    item, misconception = headline(path)
    here = looked_at(stem, item, path.read_text())
    assert any(part.share is not None and part.share < 1 for part in here.parts), here
    assert here.score != here.points
    assert (here.score is None) == (path.stem in UNDECIDED)
    assert here.misconception == misconception, here
    assert here.hint


@pytest.mark.parametrize(("stem", "path"), some_of(wrong_answers(), 1))
def test_a_wrong_answer_gets_the_same_in_the_sandbox(stem, path, judge):
    item, _ = headline(path)
    result = judge.judge(submission(stem, {item: path.read_text()}))
    (there,) = [one for one in result.items if one.name == item]
    assert _comparable(there) == _comparable(looked_at(stem, item, path.read_text()))


@pytest.mark.stress
@each_wrong_answer
def test_a_wrong_answer_costs_no_other_its_points(stem, path, judge_of_each_anew):
    item, _ = headline(path)
    result = judge_of_each_anew.judge(submission(stem, solved(stem, **{item: path.read_text()})))
    assert all(one.score == one.points for one in result.items if one.name != item)


@pytest.mark.parametrize(("stem", "path"), some_of(right_answers(), 1))
def test_an_unusual_right_answer_scores_full(stem, path):
    item, _ = headline(path)
    here = looked_at(stem, item, path.read_text())
    assert (here.status, here.score) == (RIGHT, here.points), here


@pytest.mark.parametrize(("stem", "path"), some_of(right_answers(), 1, of_exercise))
def test_an_unusual_right_answer_scores_full_in_the_sandbox(stem, path, judge):
    item, _ = headline(path)
    result = judge.judge(submission(stem, {item: path.read_text()}))
    (mine,) = [one for one in result.items if one.name == item]
    assert is_full(mine, result) and remarks(result) == [], result


def test_each_item_has_an_unusual_right_answer():
    assert {(stem, headline(path)[0]) for stem, path in right_answers()} == set(ITEMS)


def _comparable(result):
    """An ItemResult without what depends on where it was judged: the next hint, the ids that a kernel gives."""
    parts = [
        dataclasses.replace(
            part,
            sentence=re.sub(r"\bid \d+", "id", part.sentence),
            called=part.called.partition("(")[0],  # what is passed are addresses and ids of one run
        )
        for part in result.parts
    ]
    return dataclasses.replace(result, hint="", parts=tuple(parts))


def test_each_item_has_three_misconceptions_that_a_wrong_answer_has():
    names = {(stem, *headline(path)) for stem, path in wrong_answers()}
    for stem, item in ITEMS:
        assert sum(key[:2] == (stem, item) for key in names) >= 3, f"{stem} {item}"


def test_no_wrong_answer_stands_there_twice():
    texts = collections.Counter((stem, ast.unparse(_without_words(path))) for stem, path in wrong_answers())
    assert max(texts.values()) == 1


def _without_words(path):
    tree = ast.parse(path.read_text())
    tree.body = tree.body[1:]  # its own docstring
    return tree


@each_wrong_answer
def test_feedback_never_has_the_answer_or_a_traceback(stem, path):
    from shmlab.grading.checks import feedback

    item, _ = headline(path)
    result = looked_at(stem, item, path.read_text())
    said = feedback.as_text(result) + feedback.as_html(result)
    assert "Traceback" not in said
    body = [line.strip() for line in answer_cell(stem, item).text.splitlines()]
    assert not any(line in said and line not in path.read_text() for line in body if len(line) > 25)
    assert re.search("called", said)


def test_an_error_that_comes_in_a_line_of_the_check_says_so():
    gives_back = "def enter(stock, note, lock):\n    lock.acquire()\n    lock.release()\n"
    moves = "def move(stock, note, lock, source, target, amount):\n    enter(stock, note, lock)\n"
    found = graded("11_crashes_and_leaks", "move", f"{gives_back}\n\n{moves}").parts[0]
    assert "(lock.release()), a line of the check, RuntimeError" in found.sentence
