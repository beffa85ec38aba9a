"""The history of a pool's frames: as a table, and drawn."""

import pytest

from shmlab import plot
from shmlab.observe.frame_history import frame_history

STATES = [(7, [7, -1], [1, 0]), (7, [7, -1], [2, 0]), (8, [7, 8], [2, 1])]


def test_a_hit_is_a_page_that_was_there():
    history = frame_history(STATES)
    assert history.hits == 1
    assert history.table().rows[1] == ("2", "7", "hit", "7 (2)", "empty")


def test_the_figure_has_the_table_as_its_text():
    figure = plot(frame_history(STATES))
    assert figure.get_label() == str(frame_history(STATES))
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["7", "7", "8"]


def test_no_access_is_no_history():
    with pytest.raises(ValueError, match="there is no access"):
        frame_history([])
