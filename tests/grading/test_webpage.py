"""A page is whole in itself, whatever stands in it."""

import pytest
from markup import Markup, check_page

from shmlab.base.table import Table
from shmlab.grading.classroom import webpage

EVIL = "</title><script>alert(1)</script>{x}%s"
TABLE = Table("", ("learner", "score", "share"), (("ada", "10", "29 %"), (EVIL, "", "–")), "a note & more")


def a_page(title, words=()):
    return webpage.render("class.html", title=title, facts=words, warnings=(), counted="", links={})


def table(found):
    return str(webpage.environment().get_template("table.html").module.table(found)).strip()


def test_a_page_stands_alone():
    page = check_page(a_page("The class", words=["words"]))
    assert page.headings == [(1, "The class")]
    assert "words" in page.text


def test_a_title_is_text():
    page = check_page(a_page(EVIL))
    assert page.headings == [(1, EVIL)]


def test_a_table_has_headings_for_columns_and_rows():
    page = Markup(table(TABLE))
    assert page.values("th", "scope") == ["col"] * 3 + ["row"] * 2
    assert page.tags.count("td") == 4
    assert EVIL in page.text
    assert page.text.endswith("a note & more")


@pytest.mark.parametrize(
    ("cells", "right"),
    [
        (("1", "2.5"), True),
        (("29 %", ""), True),
        (("2*", "?"), True),
        (("–", "1"), True),
        (("1", "one"), False),
        (("-1e5", "x"), False),
    ],
)
def test_numbers_stand_to_the_right(cells, right):
    page = Markup(table(Table("", ("learner", "score"), tuple(("ada", cell) for cell in cells))))
    assert page.values("td", "class") == ["number"] * 2 * right
    assert page.values("th", "class") == ["number"] * right


def test_no_rows_are_no_table():
    assert table(Table("", ("learner",), (), "a note")) == ""
