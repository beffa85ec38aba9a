"""Priority inversion: the run shows it, or there is a record that does, and a sentence that says why."""

import pytest

from shmlab.bench import inversion
from shmlab.bench.inversion import priority_inversion
from shmlab.observe import c_programs


def test_high_waits_for_medium_only_where_the_mutex_is_plain():
    result = priority_inversion()
    assert inversion._is_inverted(result.plain)
    assert not inversion._is_inverted(result.inherits)
    assert result.waited_ms(result.plain) > result.waited_ms(result.inherits) > 0
    assert len(result.table().rows) == 12


def test_without_a_compiler_there_is_the_record(monkeypatch):
    monkeypatch.setattr(c_programs, "compiler", lambda: None)
    result = priority_inversion()
    assert result.source.startswith("There is no C compiler here: what follows was recorded")
    assert round(result.waited_ms(result.plain)) == 135


@pytest.mark.parametrize(
    "said, why",
    [
        (
            "refused: SCHED_FIFO: Operation not permitted\n",
            "This system refused: SCHED_FIFO: Operation not permitted: ",
        ),
        (inversion._RECORD[inversion.INHERITS], "This system accepts SCHED_FIFO, and did not keep to it"),
    ],
)
def test_a_system_that_does_not_keep_to_priorities_gets_the_record(monkeypatch, said, why):
    monkeypatch.setattr(c_programs, "compiler", lambda: "cc")
    monkeypatch.setattr(c_programs, "compiled", lambda source, folder: "program")
    monkeypatch.setattr(inversion, "_told", lambda program, protocol: said)
    assert priority_inversion().source.startswith(why)
