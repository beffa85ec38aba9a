"""The pictures of lesson 16 have their tables as text, and refuse what they cannot draw."""

import pytest

from shmlab import plot
from shmlab.market import Cost, Costs, Latencies, made_up_day

A, B = {1: (5.0, 6.0), 4: (7.0, 9.0)}, {1: (1.0, 2.0), 4: (3.0, 3.0)}
COSTS = Costs((Cost("a", A, (7, 8)), Cost("b", B, (1, 2))), copies=9, mixed=0)
LATE = Latencies((0, 10, 20), (0, 60, 61), (5, 65, 0), 0.1)


@pytest.mark.parametrize("result", [made_up_day(ticks=100), COSTS, LATE], ids=["day", "costs", "latencies"])
def test_each_picture_has_its_table_as_text(result):
    assert plot(result).get_label() == str(result.table())


def test_another_result_is_refused():
    with pytest.raises(TypeError, match="cannot be drawn"):
        plot([1])
