"""Submissions are found wherever people keep them. Of an archive nothing is written; one bad file costs no other."""

import json
import os
import pathlib
import stat
import zipfile

import pytest
from graded import STEMS, solved, source, submitted

from shmlab.grading.submissions import places, submitted_notebook
from shmlab.grading.submissions.find import find

SOURCES = {stem: source(stem) for stem in STEMS}
STEM, OTHER = "05_lost_updates", "06_semaphores_and_mutexes"
ANY = b'{"cells": [], "nbformat": 4}'


def placed(root, *paths, data=ANY, at=None):
    """Files below a folder; `at`: when each of them was written, in seconds."""
    for number, path in enumerate(paths):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
        os.utime(root / path, (at, at) if at else (1e9 + number,) * 2)
    return root


def zipped(path, *members):
    """An archive. Members: names, or (a name or ZipInfo, content)."""
    with zipfile.ZipFile(path, "w") as archive:
        for member in members:
            archive.writestr(*((member, ANY) if isinstance(member, str) else member))
    return path


def found(*paths):
    return find(paths, SOURCES)


def who(*paths):
    return [(entry.learner, entry.exercise) for entry in found(*paths)]


PLACES = {
    "a class": ([f"ada/{STEM}.ipynb", f"ada/{OTHER}.ipynb", f"bob/{STEM}.ipynb"], "", [0, 1, 2]),
    "nbgrader's course": (
        [f"submitted/ada/{STEM}/{STEM}.ipynb", f"source/{STEM}/{STEM}.ipynb", f"release/{STEM}/{STEM}.ipynb"],
        *("", [0]),
    ),
    "nbgrader's submitted": ([f"submitted/ada/ps1/{STEM}.ipynb", "submitted/ada/ps1/timestamp.txt"], "submitted", [0]),
    "one learner of nbgrader's": ([f"submitted/ada/ps1/{STEM}.ipynb"], "submitted/ada", [0]),
    "one assignment of nbgrader's": ([f"submitted/ada/ps1/{STEM}.ipynb"], "submitted/ada/ps1", [0]),
    "one notebook of nbgrader's": ([f"submitted/ada/ps1/{STEM}.ipynb"], f"submitted/ada/ps1/{STEM}.ipynb", [0]),
    "one notebook in a folder": ([f"ada/{STEM}.ipynb"], f"ada/{STEM}.ipynb", [0]),
    "one notebook by name": ([f"x/ada_{STEM}.ipynb"], f"x/ada_{STEM}.ipynb", [0]),
    "Moodle's folders": ([f"ada_7_assignsubmission_file_/{STEM}.ipynb"], "", [0]),
    "one of Moodle's folders": ([f"ada_7_assignsubmission_file_/{STEM}.ipynb"], "ada_7_assignsubmission_file_", [0]),
    "one notebook of Moodle's": (
        [f"ada_7_assignsubmission_file_/{STEM}.ipynb"],
        f"ada_7_assignsubmission_file_/{STEM}.ipynb",
        [0],
    ),
    "what programs leave": (
        [f"ada/{STEM}.ipynb", f"ada/.ipynb_checkpoints/{STEM}-checkpoint.ipynb", f"__MACOSX/ada/._{STEM}.ipynb",
         f"ada/._{STEM}.ipynb", "ada/notes.txt"], "", [0],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", PLACES)
def test_places(what, tmp_path):
    paths, start, wanted = PLACES[what]
    entries = found(placed(tmp_path / "here", *paths) / start)
    assert [pathlib.Path(entry.path) for entry in entries] == [tmp_path / "here" / paths[at] for at in wanted]
    assert {entry.learner for entry in entries} <= {"ada", "bob"}
    assert {entry.exercise for entry in entries} <= {STEM, OTHER}
    assert [entry.submission().data for entry in entries] == [ANY] * len(wanted)


ARCHIVES = {
    "Moodle's": ([f"Ada Lovelace_1_assignsubmission_file_/{STEM}.ipynb"], [("Ada Lovelace", STEM)]),
    "Canvas's": ([f"lovelaceada_LATE_1_23_{STEM}-2.ipynb"], [("lovelaceada", STEM)]),
    "a class": ([f"class/ada/{STEM}.ipynb", f"class/bob/{STEM}.ipynb"], [("ada", STEM), ("bob", STEM)]),
    "nbgrader's": ([f"submitted/ada/ps1/{STEM}.ipynb"], [("ada", STEM)]),
    "a Mac's": ([f"ada/{STEM}.ipynb", f"__MACOSX/ada/._{STEM}.ipynb"], [("ada", STEM)]),
    "one from Windows": ([f"ada\\{STEM}.ipynb", f"bob\\{STEM}.ipynb"], [("ada", STEM), ("bob", STEM)]),
}  # fmt: skip


@pytest.mark.parametrize("what", ARCHIVES)
@pytest.mark.parametrize("in_a_folder", [False, True])
def test_archives(what, in_a_folder, tmp_path):
    members, wanted = ARCHIVES[what]
    path = zipped(tmp_path / "download.ZIP", *members)
    assert who(tmp_path if in_a_folder else path) == wanted


OUTSIDE = [f"../../eve/{STEM}.ipynb", f"/etc/eve/{STEM}.ipynb", f"eve/../../../{STEM}.ipynb", f"C:\\eve\\{STEM}.ipynb"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_a_name_that_leads_out_of_an_archive_leads_nowhere(name, tmp_path):
    (tmp_path / "in").mkdir()
    (entry,) = found(zipped(tmp_path / "in" / "x.zip", name))
    assert entry.submission().data == ANY
    (note,) = entry.notes
    assert note.startswith("its name in the archive leads out of it (")
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["in", "x.zip"]


def test_who_claims_to_be_another_by_such_a_name_is_not_the_last(tmp_path):
    late = zipfile.ZipInfo(f"../bob/{STEM}.ipynb", (2099, 1, 1, 0, 0, 0))
    path = zipped(tmp_path / "x.zip", (late, b"eve's"), (f"bob/{STEM}.ipynb", b"bob's"), f"ada/{STEM}.ipynb")
    _, bob = found(path)
    assert bob.submission().data == b"bob's"


def test_a_colon_in_a_name_is_no_drive(tmp_path):
    entries = found(zipped(tmp_path / "x.zip", f"Lab 5: ada/{STEM}.ipynb", f"Lab 5: bob/{STEM}.ipynb"))
    assert [entry.notes for entry in entries] == [(), ()]


def _encrypted(path):
    """Say of the first member that it is encrypted, in both of its headers."""
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


def _damaged(path):
    """Change what the first member holds."""
    data = bytearray(path.read_bytes())
    data[data.index(ANY)] ^= 0xFF
    path.write_bytes(data)


def _of_no_method(path):
    """Say that the first member is packed in a way that nobody knows."""
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x03\x04") + 8] = data[data.index(b"PK\x01\x02") + 10] = 77
    path.write_bytes(data)


def _renamed(path):
    """Call the first member something else in one of its headers."""
    data = bytearray(path.read_bytes())
    data[data.index(b"eve")] = ord("E")
    path.write_bytes(data)


SPOILT = {
    _encrypted: "it is encrypted: give an archive without a password",
    _damaged: "it could not be read: Bad CRC-32",
    _of_no_method: "it could not be read: That compression method is not supported",
    _renamed: "it could not be read: File name in directory",
}


@pytest.mark.parametrize("spoil", SPOILT)
def test_one_bad_member_costs_no_other(spoil, tmp_path):
    path = zipped(tmp_path / "x.zip", f"eve/{STEM}.ipynb", (f"ada/{STEM}.ipynb", b"ada's"))
    spoil(path)
    ada, eve = (entry.submission() for entry in found(path))
    assert (ada.data, ada.problem) == (b"ada's", "")
    assert (eve.learner, eve.exercise, eve.data) == ("eve", STEM, None)
    assert eve.problem.startswith(SPOILT[spoil])


def test_a_link_in_an_archive_is_not_read(tmp_path):
    link = zipfile.ZipInfo(f"eve/{STEM}.ipynb")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    (entry,) = found(zipped(tmp_path / "x.zip", (link, "/etc/passwd")))
    assert (entry.submission().data, entry.problem) == (None, "it is a link: it was not read")


def test_a_member_that_grows_is_not_read_to_its_end(tmp_path, monkeypatch):
    monkeypatch.setattr(submitted_notebook, "MOST_BYTES", 1000)
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(f"eve/{STEM}.ipynb", b"0" * 1001)
        archive.writestr(f"ada/{STEM}.ipynb", b"0" * 1000)
    ada, eve = (entry.submission() for entry in found(tmp_path / "x.zip"))
    assert len(ada.data) == 1000
    assert (eve.data, eve.problem) == (
        None,
        "it could not be read: it has more than 0 MiB: clear its outputs, save it, and hand it in again",
    )


def test_too_many_members_are_not_looked_at(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "_MOST_ENTRIES", 2)
    path = zipped(tmp_path / "x.zip", f"ada/{STEM}.ipynb", "b", "c")
    with pytest.raises(ValueError, match="has 3 files: at most 2 are looked at"):
        found(path)


def test_what_platforms_hand_over_without_a_notebook(tmp_path):
    """A zip in a zip, a report, typed text: their learners are told; who handed in a notebook as well is judged."""
    inner = zipped(tmp_path / "inner.zip", f"{STEM}.ipynb").read_bytes()
    path = zipped(
        tmp_path / "download.zip",
        ("ada_1_assignsubmission_file_/homework.zip", inner),
        "ada_1_assignsubmission_file_/report.pdf",
        f"bob_2_assignsubmission_file_/{STEM}.ipynb",
        "bob_2_assignsubmission_file_/report.pdf",
        "dan_3_assignsubmission_onlinetext_/onlinetext.html",
        "read me.txt",
    )
    words = "what was handed in is no notebook (*.ipynb): "
    assert [(entry.learner, entry.exercise, entry.problem, entry.notes) for entry in found(path)] == [
        ("ada", STEM, f"{words}homework.zip, report.pdf", ()),
        ("bob", STEM, "", ()),
        ("dan", STEM, f"{words}onlinetext.html", ()),
    ]


NOTHING, NO_NOTEBOOK = "nothing was handed in", "what was handed in is no notebook (*.ipynb): "
BARE = {
    "nbgrader's tree": (
        [f"submitted/ada/{STEM}/{STEM}.ipynb", f"submitted/bob/{STEM}/", f"submitted/dan/{STEM}/timestamp.txt",
         f"submitted/eve/{STEM}/answer.py", "submitted/gus/"],
        {"bob": NOTHING, "dan": NOTHING, "eve": f"{NO_NOTEBOOK}answer.py", "gus": NOTHING},
    ),
    "a folder for each": (
        [f"ada/{STEM}.ipynb", "bob/", "eve/work/report.pdf", "eve/.DS_Store"],
        {"bob": NOTHING, "eve": f"{NO_NOTEBOOK}report.pdf"},
    ),
    "around them another": ([f"class/ada/{STEM}.ipynb", "class/bob/"], {"bob": NOTHING}),
    "Moodle's": (
        [f"Ada_1_assignsubmission_file_/{STEM}.ipynb", "Bob_2_assignsubmission_file_/"],
        {"Bob": NOTHING},
    ),
    "a second exercise": (
        [f"ada/{STEM}/{STEM}.ipynb", f"ada/{OTHER}/", f"bob/{OTHER}/{OTHER}.ipynb"],
        {"ada": NOTHING},
    ),
    "what learners keep beside their notebooks": ([f"ada/{STEM}.ipynb", "ada/data/x.csv", f"bob/{STEM}.ipynb"], {}),
    "the same, deeper": ([f"ada/work/{STEM}.ipynb", "ada/data/x.csv", f"bob/{STEM}.ipynb"], {}),
    "a folder beside everybody's notebooks": (["ada.ipynb", "bob.ipynb", "figures/x.png"], {}),
    "what programs leave": ([f"ada/{STEM}.ipynb", f"bob/{STEM}.ipynb", ".git/config", "__MACOSX/bob/"], {}),
}  # fmt: skip


@pytest.mark.parametrize("what", BARE)
@pytest.mark.parametrize("in_a_zip", [False, True])
def test_who_has_a_folder_and_no_notebook_is_told(what, in_a_zip, tmp_path):
    names, wanted = BARE[what]
    if in_a_zip:
        place = zipped(tmp_path / "x.zip", *((name, b"" if name.endswith("/") else ANY) for name in names))
    else:
        place = tmp_path / "x"
        for name in names:
            (place / name).mkdir(parents=True) if name.endswith("/") else placed(place, name)
    entries = found(place)
    assert {entry.learner: entry.problem for entry in entries if entry.problem} == wanted
    assert {entry.learner for entry in entries if entry.absent} == {who for who in wanted if wanted[who] == NOTHING}
    exercise = OTHER if what == "a second exercise" else STEM
    assert {entry.exercise for entry in entries if entry.problem} <= {exercise}


def test_only_empty_folders_are_no_class(tmp_path):
    (tmp_path / "submitted" / "ada").mkdir(parents=True)
    with pytest.raises(ValueError, match="holds no notebook"):
        found(tmp_path)


def test_names_that_no_flag_says_are_utf_8(tmp_path):
    """As many programs pack them; and one of an old program, in cp437."""
    path = zipped(tmp_path / "x.zip", f"ZZZ/{STEM}.ipynb", f"YY/{STEM}.ipynb", f"Zo\u00eb/{STEM}.ipynb")
    data = path.read_bytes().replace(b"ZZZ/", "Bë/".encode()).replace(b"YY/", "Bü/".encode("cp437"))
    path.write_bytes(data)
    assert [learner for learner, _ in who(path)] == ["Bë", "Bü", "Zoë"]


def test_what_canvas_calls_late_is_late(tmp_path):
    path = zipped(tmp_path / "x.zip", f"ada_LATE_1_23_{STEM}.ipynb", f"bob_2_24_{STEM}.ipynb")
    assert [(entry.learner, entry.late, entry.number) for entry in found(path)] == [
        ("ada", True, "1"),
        ("bob", False, "2"),
    ]


def test_links_and_what_is_no_file_in_a_folder_are_not_read(tmp_path):
    root = placed(tmp_path / "class", f"ada/{STEM}.ipynb", "bob/mine.ipynb")
    outside = placed(tmp_path, "secret.ipynb") / "secret.ipynb"
    for learner, target in (("dan", outside), ("eve", "nowhere"), ("gus", f"{STEM}.ipynb")):
        (root / learner).mkdir()
        (root / learner / f"{STEM}.ipynb").symlink_to(target)
    (root / "bob" / f"{STEM}.ipynb").symlink_to("mine.ipynb")  # within the folder: as good as a file
    (root / "hal").mkdir()
    os.mkfifo(root / "hal" / f"{STEM}.ipynb")
    problems = {entry.path.removeprefix(f"{root}/"): entry.problem for entry in found(root)}
    assert problems[f"ada/{STEM}.ipynb"] == problems[f"bob/{STEM}.ipynb"] == ""
    assert problems[f"dan/{STEM}.ipynb"] == f"it is a link to a file outside of {root}: it was not read"
    assert problems[f"eve/{STEM}.ipynb"] == "it could not be read: No such file or directory"
    assert problems[f"gus/{STEM}.ipynb"].startswith("it could not be read: ")  # a link to itself
    assert problems[f"hal/{STEM}.ipynb"] == "it is no file with a content: it was not read"


def test_what_is_not_there_any_more_when_it_is_its_turn_has_a_problem(tmp_path):
    placed(tmp_path, f"ada/{STEM}.ipynb")
    (entry,) = found(tmp_path)
    (tmp_path / "ada" / f"{STEM}.ipynb").unlink()
    submission = entry.submission()
    assert submission.data is None
    assert submission.problem.startswith("it could not be read: [Errno 2]")


def test_an_archive_among_others_that_cannot_be_opened(tmp_path):
    zipped(tmp_path / "good.zip", f"ada/{STEM}.ipynb")
    (tmp_path / "bad.zip").write_bytes(b"PK")
    (tmp_path / "folder.zip").mkdir()
    os.mkfifo(tmp_path / "pipe.zip")
    ada, bad = found(tmp_path)
    assert (ada.learner, ada.problem) == ("ada", "")
    assert bad.path == str(tmp_path / "bad.zip")
    assert bad.problem.startswith(f"{tmp_path / 'bad.zip'} cannot be opened as a zip (")


REFUSED = {
    "nothing": (lambda at: at / "x", FileNotFoundError, "x does not exist: give a notebook, a folder"),
    "an empty folder": (lambda at: at, ValueError, r"holds no notebook \(\*.ipynb\): give a notebook, a folder"),
    "an empty archive": (lambda at: zipped(at / "x.zip"), ValueError, "holds no notebook"),
    "no archive": (lambda at: placed(at, "x.zip") / "x.zip", ValueError, "neither a notebook .* nor a zip"),
    "a picture": (lambda at: placed(at, "x.png") / "x.png", ValueError, "neither a notebook .* nor a zip"),
    "a pipe": (lambda at: os.mkfifo(at / "x") or at / "x", ValueError, "neither a notebook .* nor a zip"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what, tmp_path):
    make, kind, words = REFUSED[what]
    with pytest.raises(kind, match=words):
        found(make(tmp_path))


LAST = {
    "the younger file": [(f"ada/{STEM}.ipynb", 2e9), (f"ada/work/{STEM}.ipynb", 1e9)],
    "the younger file, whatever its name": [(f"ada/{STEM}.ipynb", 2e9), (f"ada/{STEM}-Copy1.ipynb", 1e9)],
    "the later copy of one moment": [(f"ada/{STEM} (10).ipynb", 1e9), (f"ada/{STEM} (9).ipynb", 1e9)],
    "the younger file of an exercise's folder": [
        (f"ada/{STEM}/{STEM}_final(1).ipynb", 2e9),
        (f"ada/{STEM}/{STEM}.ipynb", 1e9),
    ],
    "Canvas's younger file": [(f"ada_1_100_{STEM}.ipynb", 1e9), (f"ada_1_99_{STEM}.ipynb", 2e9)],
}


@pytest.mark.parametrize("what", LAST)
def test_of_several_of_one_learner_the_last_counts(what, tmp_path):
    (last, at), (earlier, before) = LAST[what]
    placed(tmp_path, last, at=at)
    placed(tmp_path, earlier, at=before)
    placed(tmp_path, f"bob/{STEM}.ipynb")
    ada, bob = found(tmp_path)
    assert ada.path == str(tmp_path / last)
    assert ada.notes == (f"2 notebooks were handed in: the last one counts, {pathlib.Path(last).name}",)
    assert bob.notes == ()


def test_files_and_members_are_compared_by_their_time(tmp_path):
    member = zipfile.ZipInfo(f"ada/{STEM}.ipynb", (2020, 1, 1, 12, 0, 0))
    zipped(tmp_path / "x.zip", (member, b"of 2020"), f"bob/{STEM}.ipynb")
    placed(tmp_path / "x", f"ada/{STEM}.ipynb", f"bob/{STEM}.ipynb", data=b"of 2001", at=1e9)
    ada, _ = found(tmp_path / "x.zip", tmp_path / "x")
    assert ada.submission().data == b"of 2020"
    placed(tmp_path / "x", f"ada/{STEM}.ipynb", data=b"of 2033", at=2e9)
    ada, _ = found(tmp_path / "x.zip", tmp_path / "x")
    assert ada.submission().data == b"of 2033"


def test_a_member_without_a_date_is_read(tmp_path):
    data = bytearray(zipped(tmp_path / "x.zip", f"ada/{STEM}.ipynb").read_bytes())
    at = data.index(b"PK\x01\x02") + 12
    data[at : at + 4] = bytes(4)  # the year is 1980, month and day are 0
    (tmp_path / "x.zip").write_bytes(data)
    assert found(tmp_path / "x.zip")[0].submission().data == ANY


def test_one_that_cannot_be_read_does_not_count(tmp_path):
    path = zipped(tmp_path / "x.zip", f"ada/new/{STEM}.ipynb", (f"ada/old/{STEM}.ipynb", b"read"), f"bob/{STEM}.ipynb")
    _encrypted(path)
    ada, _ = found(path)
    assert ada.submission().data == b"read"
    assert ada.notes == (f"2 notebooks were handed in: the last that can be judged counts, {STEM}.ipynb",)


def test_an_exercise_counts_more_than_another_one_under_its_name(tmp_path):
    placed(tmp_path, f"ada/work/{STEM}.ipynb", data=submitted(STEM, {}), at=1e9)
    placed(tmp_path, f"ada/{STEM}.ipynb", data=submitted(OTHER, {}), at=2e9)
    placed(tmp_path, f"bob/{STEM}.ipynb")
    ada, _ = found(tmp_path)
    assert ada.path == str(tmp_path / "ada" / "work" / f"{STEM}.ipynb")
    assert ada.submission().problem == ""
    assert ada.notes == (f"2 notebooks were handed in: the last that can be judged counts, {STEM}.ipynb",)


def test_a_notebook_counts_more_than_a_damaged_one_that_came_later(tmp_path):
    placed(tmp_path, f"ada/work/{STEM}.ipynb", data=submitted(STEM, {}), at=1e9)
    placed(tmp_path, f"ada/{STEM}.ipynb", data=b'{"cells": [', at=2e9)
    placed(tmp_path, f"bob/{STEM}.ipynb")
    ada, _ = found(tmp_path)
    assert ada.submission().data == submitted(STEM, {})


def test_two_of_one_name_in_two_courses_are_two_people(tmp_path):
    monday = zipped(tmp_path / "monday.zip", f"Ada_1_assignsubmission_file_/{STEM}.ipynb")
    friday = zipped(tmp_path / "friday.zip", f"Ada_2_assignsubmission_file_/{STEM}.ipynb")
    assert who(monday, friday) == [("Ada (1)", STEM), ("Ada (2)", STEM)]
    other = zipped(tmp_path / "other.zip", f"Ada_3_assignsubmission_file_/{OTHER}.ipynb")  # numbers are of one exercise
    assert who(monday, other) == [("Ada", STEM), ("Ada", OTHER)]


def test_a_notebook_with_another_name_is_known_by_its_cells(tmp_path):
    placed(tmp_path, "ada/homework.ipynb", data=submitted(STEM, {}))
    placed(tmp_path, "bob/homework.ipynb", data=submitted(OTHER, {}))
    without = json.loads(submitted(STEM, solved(STEM)))
    for cell in without["cells"]:
        cell["metadata"] = {}
    placed(tmp_path, "dan/homework.ipynb", data=json.dumps(without).encode())
    placed(tmp_path, "eve/holiday.ipynb", data=b'{"cells": [{"cell_type": "code", "source": "reserved = 1"}]}')
    placed(tmp_path, "gus/homework.ipynb", data=b"")
    assert who(tmp_path) == [("ada", STEM), ("bob", OTHER), ("dan", STEM), ("eve", ""), ("gus", "")]


def test_what_cannot_be_read_belongs_to_what_all_others_do(tmp_path):
    placed(tmp_path, f"ada/{STEM}.ipynb")
    placed(tmp_path, "eve/homework.ipynb", data=b"{")
    assert who(tmp_path) == [("ada", STEM), ("eve", STEM)]
    placed(tmp_path, f"ada/{OTHER}.ipynb")
    assert who(tmp_path) == [("ada", STEM), ("ada", OTHER), ("eve", "")]


def test_nothing_is_lost_of_notebooks_that_belong_to_no_exercise(tmp_path):
    placed(tmp_path, "ada/a.ipynb", "ada/b.ipynb", f"ada/{STEM}.ipynb", f"bob/{STEM}.ipynb")
    assert [pathlib.Path(entry.path).name for entry in found(tmp_path) if not entry.exercise] == ["a.ipynb", "b.ipynb"]
