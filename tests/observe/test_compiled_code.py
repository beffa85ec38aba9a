"""What a compiler makes of a function, beside what it makes without optimization; and whether a loop comes back."""

import re
import shutil

import needs
import pytest

from shmlab.observe import c_programs, compiled_code
from shmlab.observe.compiled_code import comes_back
from shmlab.observe.compiled_code import machine_code as code_of

needs_objdump = pytest.mark.skipif(shutil.which("objdump") is None, reason="there is no objdump here")
WAIT = "void wait_until_up(int *flag) { while (*flag == 0) { } }"
AGAIN = WAIT.replace("int *", "_Atomic int *")
ONE = "int one(void) { return 1; }"


@pytest.fixture
def no_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@needs.compiler
@needs_objdump
def test_levels_stand_side_by_side():
    shown = code_of(ONE, "-O0", "-O2")
    heading, *lines = shown.text.splitlines()
    assert heading.split() == ["-O0", "-O2"]
    assert re.match(r" +0  \S+", lines[0])
    assert shown.source == "Compiled here and now."
    assert "ret" in shown.text and "nop" not in shown.text


@needs.compiler
@needs_objdump
def test_jumps_say_where_to():
    assert "<" not in code_of(WAIT, "-O0").text


@needs.compiler
@needs_objdump
def test_calls_say_whom():
    shown = code_of("#include <unistd.h>\nint leave(void) { return close(3) + close(4); }", "-O2").text
    assert len(re.findall(r"^ *[0-9a-f]+  \w+ +close$", shown, re.MULTILINE)) == 2
    assert "R_" not in shown


@needs.compiler
def test_a_mistake_is_told_with_the_compilers_words():
    with pytest.raises(ValueError, match="does not compile"):
        code_of("int one(void) { return two; }", "-O0")


@needs.compiler
def test_without_objdump_the_record_is_shown(monkeypatch):
    monkeypatch.setattr(compiled_code.shutil, "which", lambda name: None)
    monkeypatch.setattr(c_programs, "compiler", lambda: "cc")
    assert code_of(WAIT, "-O2").source.startswith("There is no objdump here")


def test_without_a_compiler_the_record_is_shown(no_compiler):
    shown = code_of(f"\n{WAIT}\n", "-O0", "-O2")
    assert shown.source == "There is no C compiler here: what follows was recorded on x86-64 Linux."
    assert shown.text.splitlines()[0].split() == ["gcc", "-O0", "gcc", "-O2"]
    assert shown.text.splitlines()[1].split()[:2] == ["0", "push"]
    assert comes_back(WAIT, "-O2").text.startswith("It was still in its loop")


def test_what_was_never_recorded_is_told(no_compiler):
    with pytest.raises(NotImplementedError, match="there is no C compiler here, and of this function nothing"):
        code_of(ONE, "-O0")
    with pytest.raises(NotImplementedError, match="nothing was recorded"):
        comes_back(ONE, "-O0")


@needs.compiler
@pytest.mark.parametrize(("source", "level"), [(WAIT, "-O0"), (AGAIN, "-O2")])
def test_a_loop_that_looks_again_comes_back(source, level):
    assert comes_back(source, level).text == "It came back when the flag was up."


@needs.compiler
def test_one_that_does_not_wait_comes_back_earlier():
    hasty = "void wait_until_up(int *flag) { (void)flag; }"
    assert comes_back(hasty, "-O0").text == "It came back before the flag was up."


@needs.compiler
def test_one_that_looks_once_does_not_come_back():
    once = "void wait_until_up(int *flag) { if (*flag == 0) for (;;) *(volatile int *)flag; }"
    assert comes_back(once, "-O0").text.startswith("It was still in its loop")
