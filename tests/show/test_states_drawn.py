"""The pictures of states, of who waits for whom, and of the order of locks: marks that differ, words beside them."""

import pytest
from matplotlib.collections import LineCollection, PathCollection

from shmlab import Mutex, Program, plot
from shmlab.show import notebook_display
from shmlab.show.charts import states as drawn


def dine(shm, rank, forks):
    with forks[rank], forks[(rank + 1) % len(forks)]:
        shm.meals[rank] = 1


def dinner(seats):
    sync = {"forks": [Mutex() for _ in range(seats)]}
    return Program(dine, processes=seats, shared={"meals": [0] * seats}, sync=sync)


def count_to(number):
    def count(shm):
        for _ in range(number):
            shm.n += 1

    return Program(count, processes=1, shared={"n": 0})


def test_every_state_has_a_dot_and_no_two_kinds_one_shape():
    states = dinner(3).states(progress=False)
    (axes,) = plot(states).axes
    dots = [one for one in axes.collections if isinstance(one, PathCollection)]
    assert sum(len(one.get_offsets()) for one in dots) == len(states)
    shapes = {len(one.get_paths()[0].vertices) for one in dots}
    assert len(shapes) == len(dots) == 3  # those that go on, the deadlock, the end
    places = {tuple(place) for one in dots for place in one.get_offsets()}
    assert len(places) == len(states)
    assert len({marker for marker, *_ in drawn._LOOKS.values()}) == len(drawn._LOOKS)


def test_the_way_of_the_witness_is_drawn_through_its_states():
    states = dinner(2).states(progress=False)
    (axes,) = plot(states).axes
    thick = [one for one in axes.collections if isinstance(one, LineCollection) and max(one.get_linewidths()) > 5]
    assert sum(len(one.get_segments()) for one in thick) == len(states.witness) - 1
    ends = {tuple(point) for one in thick for line in one.get_segments() for point in line}
    assert {x for x, _ in ends} == {states[number].depth for number in states.witness}


def test_a_picture_says_in_words_what_it_shows():
    states = dinner(2).states(progress=False)
    figure = plot(states)
    assert figure.get_label() == str(states)
    legend = " ".join(text.get_text() for text in figure.legends[0].get_texts())
    assert "deadlock: nobody can go on" in legend and "the smallest failing interleaving" in legend


def test_three_hundred_states_are_drawn_and_more_are_refused_with_the_cure():
    assert len(count_to(149).states(progress=False)) == 299
    plot(count_to(149).states(progress=False))
    many = count_to(151).states(progress=False)
    with pytest.raises(ValueError, match=r"count has 303 states, and more than 300 .*fewer processes or rounds"):
        plot(many)
    page = notebook_display.states_as_html(many)
    assert "303 states" in page and "cannot be told apart" in page and "<img" not in page


def test_who_waits_is_drawn_as_two_graphs_with_their_circles():
    found = dinner(3).check(progress=False).witness.who_waits()
    words = [[text.get_text() for text in axes.texts] for axes in plot(found).axes]
    assert {"P0", "P1", "P2", "for forks[1]", "a circle: P0 → P1 → P2 → P0"} <= set(words[0])
    assert {"forks[0]", "by P0", "a circle: forks[0] → forks[1] → forks[2] → forks[0]"} <= set(words[1])


def test_an_order_without_a_circle_says_so():
    def tidy(shm, forks):
        with forks[0], forks[1]:
            shm.meals[0] = 1

    order = Program(tidy, processes=1, shared={"meals": [0]}, sync={"forks": [Mutex(), Mutex()]}).lock_order()
    assert "no circle" in [text.get_text() for text in plot(order).axes[0].texts]
    assert "no circle" in notebook_display.drawn_as_html(order)
