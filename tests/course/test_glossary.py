"""Glossary, calls and references: every word leads from the lesson where it first stands to its entry, and back."""

import json
import pathlib
import re

import pytest

ROOT = pathlib.Path(__file__).parents[2]
STEMS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
PAGE = (ROOT / "docs" / "glossary.md").read_text()
ENTRIES = re.findall(r"^### (.+)\n\n(.+)$", PAGE, re.MULTILINE)
WORDS = [word for word, _ in ENTRIES]


def text_of(stem):
    notebook = json.loads((ROOT / "notebooks" / f"{stem}.ipynb").read_text())
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "markdown")


def anchor(word):
    return word.replace(" ", "-")


def test_entries_are_in_their_order_and_stand_once():
    assert [word.lower() for word in WORDS] == sorted({word.lower() for word in WORDS})
    assert len(WORDS) == PAGE.count("\n### ")


@pytest.mark.parametrize(("word", "entry"), ENTRIES, ids=WORDS)
def test_the_lesson_where_a_word_first_stands_leads_to_its_entry(word, entry):
    (link,) = re.findall(r"\[(\d\d)\]\(\.\./notebooks/(\w+)\.ipynb\)$", entry)
    assert link[1].startswith(link[0])
    assert f"(../docs/glossary.md#{anchor(word)})" in text_of(link[1])


@pytest.mark.parametrize(("word", "entry"), ENTRIES, ids=WORDS)
def test_a_word_in_italics_has_an_entry(word, entry):
    for other in re.findall(r"(?<!\*)\*([^*]+)\*(?!\*)", entry):
        assert other in WORDS or other.rstrip("s") in WORDS, other


@pytest.mark.parametrize("stem", STEMS)
def test_every_link_of_a_lesson_leads_to_an_entry(stem):
    text = text_of(stem)
    assert set(re.findall(r"docs/glossary\.md#([^)]+)\)", text)) <= set(map(anchor, WORDS))
    assert "(../docs/calls.md)" in text


@pytest.mark.parametrize("page", ["calls.md", "references.md", "glossary.md"])
def test_the_lessons_named_on_a_page_are_there(page):
    text = (ROOT / "docs" / page).read_text()
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)", text):
        assert (ROOT / "docs" / target).exists(), target


def test_the_calls_name_what_the_package_has():
    import shmlab
    from shmlab import ipc

    text = (ROOT / "docs" / "calls.md").read_text()
    for kind, verb in re.findall(r"`((?:Posix|Sysv)(?:Segment|Semaphore))\.(\w+)\(", text):
        assert hasattr(getattr(ipc, kind), verb), (kind, verb)
    names = ("Semaphore", "Mutex", "Condition", "Barrier", "fetch_add", "exchange", "compare_exchange", "load_acquire",
             "store_release", "fence", "pause")  # fmt: skip
    assert all(f"`{name}(" in text and hasattr(shmlab, name) for name in names)
