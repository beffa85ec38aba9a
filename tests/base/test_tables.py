import html.parser
import io

import matplotlib.figure
import pytest
from IPython.core.interactiveshell import InteractiveShell

from shmlab import Program, ipc, race
from shmlab.base.table import Table
from shmlab.bench.experiment import Point, Throughput
from shmlab.processes.exits import Exit
from shmlab.runs.outcome import Outcome, Outcomes
from shmlab.show import notebook_display

TABLE = Table("a caption", ("name", "number"), (("one", "1"), ("a longer name", "2")), "a note")
OUTCOME = Outcome(
    {"counter": 1},
    False,
    (Exit(0, None, "finished"), Exit(1, None, "raised ValueError: <b>", "  Cell In[1], line 2, in f\n    a < b")),
    0.1,
    "P1 raised ValueError: <b>",
    ("", ""),
    "posix",
)
RESULTS = {
    "Outcome": OUTCOME,
    "Outcomes": Outcomes([OUTCOME, OUTCOME], "increment × 2"),
    "Race": race.Race(2, 10, (race.Row("off", (20, 15), (0.1, 0.2)),)),
    "Throughput": Throughput((Point("pipe", 64, 8, (1e6,)),), 1, False, "a machine"),
    "Listing": ipc.objects(),
}
every_result = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)


class Cells(html.parser.HTMLParser):
    """The text of an HTML table: headings, rows, and everything else."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.rows, self.rest, self.open = [], [], "", []
        self.feed(text)
        self.close()
        assert self.open == [], "a tag was never closed"

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag == "th":
            assert ("scope", "col") in attributes

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open[-1] == "th":
            self.headings.append(data)
        elif self.open[-1] == "td":
            self.rows[-1].append(data)
        else:
            self.rest += data


@pytest.fixture
def shell():
    made = InteractiveShell.instance()
    notebook_display.register(made)
    yield made
    InteractiveShell.clear_instance()


def test_a_table_is_printed_in_columns():
    assert str(TABLE).splitlines() == [
        "a caption",
        "name           number",
        "one            1",
        "a longer name  2",
        "a note",
    ]


def test_a_table_without_rows_is_its_caption():
    assert str(Table("nothing here", ("name",), ())) == "nothing here"


@every_result
def test_what_is_printed_is_the_table(result):
    assert repr(result) == str(result) == str(result.table())


@every_result
def test_every_row_has_a_cell_for_each_heading(result):
    table = result.table()
    assert {len(row) for row in table.rows} <= {len(table.headings)}
    assert all(isinstance(cell, str) for row in table.rows for cell in row)


@every_result
def test_html_has_the_same_cells(result):
    table, cells = result.table(), Cells(notebook_display.as_html(result))
    if table.rows:
        assert tuple(cells.headings) == table.headings
        assert tuple(tuple(row) for row in cells.rows[1:]) == tuple(
            tuple(cell for cell in row if cell) for row in table.rows
        )
    assert table.caption in cells.rest
    assert table.note in cells.rest


@every_result
def test_a_notebook_shows_a_table(result, shell):
    data, _ = shell.display_formatter.format(result)
    assert data["text/html"] == notebook_display.as_html(result)
    assert data["text/plain"] == repr(result)


def test_a_real_outcome_shows_as_a_table_too(shell):
    outcome = Program(lambda shm: None, processes=1, shared={"counter": 3}).run()
    data, _ = shell.display_formatter.format(outcome)
    assert "counter = 3" in data["text/html"]


def test_a_list_of_kernel_objects_shows_as_a_table(shell):
    with ipc.PosixSegment.create("/shown", 4096):
        data, _ = shell.display_formatter.format(ipc.objects())
        assert "<td" in data["text/html"] and "/shown" in data["text/html"]


def test_a_figure_shows_as_a_picture_with_its_words(shell):
    figure = matplotlib.figure.Figure(label="what it says")
    data, metadata = shell.display_formatter.format(figure)
    assert data["image/png"]
    assert metadata["image/png"]["alt"] == "what it says"


def test_what_a_learner_wrote_is_shown_and_not_obeyed():
    text = notebook_display.as_html(OUTCOME)
    assert "<b>" not in text
    assert "raised ValueError: &lt;b&gt;" in text


def test_a_png_is_a_png():
    figure = matplotlib.figure.Figure()
    assert notebook_display.as_png(figure)[:8] == b"\x89PNG\r\n\x1a\n"
    assert io.BytesIO(notebook_display.as_png(figure)).getbuffer().nbytes > 100
