"""Program.count on small programs whose interleavings can be counted by hand."""

import pytest
from cells import cell

from shmlab import Program

ADD = "def add(shm):\n    for _ in range(3):\n        shm.n += 1"


def test_all_interleavings_of_three_increments_are_counted():
    count = Program(cell(ADD)["add"], processes=2, shared={"n": 0}, invariant=lambda shm: shm.n == 6).count(
        progress=False
    )
    assert (count.total, count.failing) == (924, 904)
    assert count.finals["n = 6"] == (20, True)
    assert sum(ways for ways, _ in count.finals.values()) == 924


def test_what_fits_into_no_budget_is_not_counted():
    with pytest.raises(MemoryError, match="more than 10 states"):
        Program(cell(ADD)["add"], processes=2, shared={"n": 0}).count(max_states=10, progress=False)


def test_random_numbers_cannot_be_counted():
    draw = cell("import random\ndef draw(shm):\n    shm.n = random.randrange(10 ** 9)")["draw"]
    with pytest.raises(ValueError, match=r"draw × 2 cannot be counted.*random numbers"):
        Program(draw, processes=2, shared={"n": 0}).count(progress=False)
