"""C programs beside a lesson: run where there is a compiler, else what was recorded, and which of the two."""

import time

import needs
import pytest

from shmlab.observe import c_programs, program_output
from shmlab.observe.c_programs import run_c

HELLO = '#include <stdio.h>\nint main(int count, char **words) { printf("%d %s\\n", count, words[1]); return 0; }'


@pytest.fixture
def no_compiler(monkeypatch, tmp_path):
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))


@needs.compiler
def test_it_shows_what_the_program_prints():
    shown = run_c(HELLO, 42, recorded="something else")
    assert shown.text == "2 42"
    assert repr(shown) == "(Compiled and run, here and now.)\n2 42"


def test_without_a_compiler_it_shows_the_record_and_says_so(no_compiler):
    shown = run_c(HELLO, 42, recorded="\n2 42\n")
    assert repr(shown) == "(There is no C compiler here: what follows was recorded on x86-64 Linux.)\n2 42"


def test_a_compiler_that_compiles_nothing_is_none(monkeypatch, tmp_path):
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'fatal error: stdint.h: No such file or directory' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run_c(HELLO, 42, recorded="2 42").source.startswith("There is no C compiler here")


@needs.compiler
def test_what_does_not_compile_is_told_with_the_compilers_words():
    with pytest.raises(ValueError, match=r"(?s)does not compile: program\.c.*error"):
        run_c("int main(void) { return nothing; }")


@needs.compiler
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('fputs("no such segment", stderr); return 3;', "ended with exit code 3: no such segment"),
        ("*(volatile int *)8 = 1; return 0;", "was killed by SIGSEGV"),
    ],
)
def test_a_program_that_fails_is_an_error_in_words(body, words):
    with pytest.raises(RuntimeError, match=words):
        run_c(f"#include <stdio.h>\nint main(void) {{ {body} }}")


@needs.compiler
def test_cc_chooses_the_compiler(monkeypatch, tmp_path):
    monkeypatch.setenv("CC", c_programs.compiler())
    monkeypatch.setenv("PATH", str(tmp_path))
    assert c_programs.compiler() is not None


def test_a_program_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(program_output, "_LONGEST_S", 0.2)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="sleep was ended"):
        program_output.done(["sleep", "60"])
    assert time.monotonic() - began < 30


def test_commands_get_what_is_given_and_tell_both_streams():
    ended = program_output.done(["sh", "-c", "cat; echo oh >&2; exit 4"], given=b"in")
    assert (ended.returncode, ended.stdout, ended.stderr) == (4, "in", "oh\n")
    assert program_output.how(ended.returncode) == "ended with exit code 4"
