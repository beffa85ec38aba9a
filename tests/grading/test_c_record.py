"""The C item is judged alike with a compiler and without one, and never outside of a sandbox."""

import pathlib

import needs
import pytest
from graded import ROOT, answer_cell, graded, headline, right_answers, wrong_answers

from shmlab.grading.results import NOT_JUDGED, RIGHT
from shmlab.grading.scenes import c_record

STEM, ITEM = "04_memory_layout", "record"
ANSWERS = [path for stem, path in wrong_answers() + right_answers() if stem == STEM and headline(path)[0] == ITEM]


@pytest.fixture
def no_compiler(monkeypatch):
    monkeypatch.setattr(c_record, "compiler", lambda: None)


def shares(result):
    return [(part.share, part.sentence, part.misconception) for part in result.parts]


@needs.compiler
@pytest.mark.parametrize("path", ANSWERS, ids=lambda path: path.stem)
def test_the_same_verdict_with_a_compiler_and_without(path, monkeypatch):
    compiled = graded(STEM, ITEM, path.read_text())
    monkeypatch.setattr(c_record, "compiler", lambda: None)
    read = graded(STEM, ITEM, path.read_text())
    assert shares(read) == shares(compiled)
    assert "there is no C compiler here" in read.parts[0].title


def test_the_solution_is_right_without_a_compiler(no_compiler):
    assert graded(STEM, ITEM).status == RIGHT


def changed(old, new):
    text = answer_cell(STEM, ITEM).text
    assert old in text
    return text.replace(old, new)


def test_what_cannot_be_read_without_a_compiler_is_not_judged(no_compiler):
    result = graded(STEM, ITEM, changed("uint16_t flags", "enum colour flags"))
    assert (result.status, result.score) == (NOT_JUDGED, None)
    assert "only a compiler can tell" in result.parts[0].sentence


@pytest.mark.parametrize("there", [pytest.param(True, marks=needs.compiler), False])
@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("double celsius", "double warmth", "has no member named 'celsius'"),
        ("struct reading", "struct lesung", "reading"),
    ],
)
def test_what_does_not_fit_is_told_in_words(there, old, new, words, monkeypatch):
    if not there:
        monkeypatch.setattr(c_record, "compiler", lambda: None)
    result = graded(STEM, ITEM, changed(old, new))
    assert result.parts[0].share == 0
    assert words in result.parts[0].sentence
    assert ("the compiler says" in result.parts[0].sentence) == there


@needs.compiler
@pytest.mark.parametrize("end", ["}", ""])
def test_what_is_missing_at_the_end_is_told_in_the_learners_terms(end):
    result = graded(STEM, ITEM, changed("};", end))
    assert result.parts[0].sentence.startswith("the compiler says: expected")
    assert "at the end of your declaration" in result.parts[0].sentence
    assert "static" not in result.parts[0].sentence.lower()


def test_a_plain_char_is_not_judged_without_a_compiler(no_compiler):
    result = graded(STEM, ITEM, changed("uint8_t station", "char station"))
    assert (result.status, result.score) == (NOT_JUDGED, None)
    assert "plain char" in result.parts[0].sentence


def test_what_is_no_text_is_told(no_compiler):
    result = graded(STEM, ITEM, changed('return """', 'return 5, """'))
    assert "the declaration is to be text" in result.parts[0].sentence


@needs.compiler
def test_a_declaration_with_code_of_its_own_is_refused():
    """It would run when the program starts, if only in a sandbox."""
    trap = pathlib.Path(ROOT, "tests", "escaped")
    code = (
        "#include <stdio.h>\\n__attribute__((constructor)) static void f(void) "
        f'{{ FILE *s = fopen("{trap}", "w"); if (s) fclose(s); }}\\n'
    )
    result = graded(STEM, ITEM, changed('"""\n    struct', f"""'''{code}''' + \"\"\"\n    struct"""))
    assert not trap.exists()
    assert result.parts[0].share == 0
    assert "this does more than declare types" in result.parts[0].sentence


FIELDS = "uint8_t station; int64_t time_ns; uint16_t flags; char name[6]; double celsius;"
ELSEWHERE = f"struct reading {{ char before[32]; {FIELDS} }};"


def with_declaration(text):
    before, _, behind = answer_cell(STEM, ITEM).text.partition('"""')
    return f"{before}r'''{text}'''{behind.partition(chr(34) * 3)[2]}"


@needs.compiler
@pytest.mark.parametrize(
    "text",
    [
        f"{ELSEWHERE} struct honest {{ {FIELDS} }};\n#define reading honest",
        f"{ELSEWHERE}\n#undef offsetof\n#define offsetof(type, field) 0",
        f"{ELSEWHERE}\n#define printf(...) 0",
        f"{ELSEWHERE} int main(void) {{ return 0; }}",
        f"{ELSEWHERE} int printf(const char *format, ...) {{ return 0; }}",
        f'{ELSEWHERE} int printf(const char *format, ...) __asm__("puts");',
        f"{ELSEWHERE}\n#pragma redefine_extname printf puts",
        f"{ELSEWHERE} int memset(a, b, c) int a; <% return 0; %>",
        f"#define int64_t int32_t\nstruct reading {{ {FIELDS} }};",
    ],
)
def test_no_declaration_changes_what_the_program_around_it_does(text):
    assert graded(STEM, ITEM, with_declaration(text)).parts[0].share == 0


@needs.compiler
@pytest.mark.parametrize(
    "text",
    [
        f"#ifndef READING\n#define READING\n#include <stdlib.h>\nstruct reading {{ {FIELDS} }};\n#endif",
        f"#define LETTERS 6\nstruct reading {{ {FIELDS.replace('[6]', '[LETTERS]')} }};",
        f"enum {{ LETTERS = 6 }};\nstruct reading {{ {FIELDS.replace('[6]', '[LETTERS]')} }};",
        f"#pragma pack(push, 8)\nstruct reading {{ {FIELDS} }};\n#pragma pack(pop)",
        f"struct __attribute__((aligned(8))) reading {{ {FIELDS} }};",
        f'struct reading {{ {FIELDS} }}; _Static_assert(sizeof(struct reading) == 32, "32 {{ bytes");',
        f"struct reading {{ {FIELDS.replace('char name[6];', 'union { char name[6]; uint8_t raw[6]; };')} }};",
        f'struct reading {{ {FIELDS} }}; _Static_assert(offsetof(struct reading, celsius) == 24, "celsius");',
        f"struct lamp {{ bool on; }}; struct reading {{ {FIELDS} }};",
        f"struct reading {{ {FIELDS.replace('[6]', '[UINT8_MAX - 249]')} }};",
    ],
)
def test_whatever_declares_the_record_is_right(text):
    result = graded(STEM, ITEM, with_declaration(text))
    assert result.status == RIGHT, result
