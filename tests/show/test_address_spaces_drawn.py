import os

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle
from stored_maps import CHILD, PARENT, stored

from shmlab import address_space, plot
from shmlab.show import notebook_display, style


def words_of(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def test_each_process_is_a_column_and_sharing_a_band():
    figure = plot(stored(parent=PARENT, child=CHILD))
    words = words_of(figure)
    assert {"parent", "child"} <= set(words)
    assert words.count("shared") == 2
    assert words.count("copies") == 1  # the program; of the C library there is only one
    assert any("unmapped" in text for text in words)


def test_shared_and_copied_are_told_apart_without_colour():
    figure = plot(stored(parent=PARENT, child=CHILD))
    hatched = [patch for patch in figure.axes[0].patches if patch.get_hatch()]
    assert len(hatched) == 4  # the program twice, the parent's C library, the band between
    assert "Hatched: the same file" in words_of(figure)[-1]


def test_the_picture_has_its_words():
    spaces = stored(parent=PARENT, child=CHILD)
    assert plot(spaces).get_label() == str(spaces.table())


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_any_number_of_processes_is_drawn(count):
    figure = plot(stored(**{f"p{number}": PARENT for number in range(count)}))
    assert words_of(figure).count("shared") == 3 * (count - 1)
    assert len(style.PROCESS_COLOURS) > 2


def test_a_real_process_is_drawn():
    spaces = address_space(os.getpid())
    assert f"this process ({os.getpid()})" in words_of(plot(spaces))
    page = notebook_display.drawn_as_html(spaces)
    assert page.count("<img") == page.count("<table") == 1


@pytest.mark.parametrize("segment", ["shmlab-e0c5dac341d54b1b", "W" * 200])  # as ours are named; a long one
def test_a_name_stays_within_its_box(segment):
    figure = plot(stored(parent=PARENT.replace("/scores", f"/{segment}"), child=CHILD))
    axes = figure.axes[0]
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    boxes = [patch for patch in axes.patches if isinstance(patch, Rectangle) and patch.get_x() == 0]
    right = boxes[0].get_window_extent(renderer).x1
    (name,) = (text for text in axes.texts if text.get_text().startswith("POSIX segment /" + segment[:9]))
    assert name.get_window_extent(renderer).x1 < right - 5  # pixels, of about 10 on its left
    assert name.get_text().endswith(f"/{segment}") == (len(segment) < 30)
