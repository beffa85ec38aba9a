"""Learners and exercises as the names of files and folders tell them, in the forms that platforms give."""

import re
import unicodedata

import pytest

from shmlab.grading.submissions import learner_names

STEMS = ("05_lost_updates", "06_semaphores_and_mutexes")
_05 = "05_lost_updates.ipynb"
_FINAL = "05_lost_updates_final(1).ipynb"


def parse_names(path):
    return learner_names.parse_names(tuple(path.split("/")), STEMS)


def learners(*paths, place="download"):
    return learner_names.learners([parse_names(path) for path in paths], place)


PLATFORMS = {
    # Moodle: a folder for each learner, with and without the last underscore
    f"Ada Lovelace_123_assignsubmission_file_/{_05}": ("Ada Lovelace", "123", "05_lost_updates"),
    f"Ada Lovelace_123_assignsubmission_file/{_05}": ("Ada Lovelace", "123", "05_lost_updates"),
    f"Lab 5/Ada Lovelace_123_assignsubmission_file_/work/{_05}": ("Ada Lovelace", "123", "05_lost_updates"),
    # Moodle: no folders; a group; a group without a name; blind marking; what was typed
    f"Ada Lovelace_123_assignsubmission_file_{_05}": ("Ada Lovelace", "123", "05_lost_updates"),
    f"ada king Lovelace_7_assignsubmission_file_{_05}": ("ada king Lovelace", "7", "05_lost_updates"),
    f"Group 3_42_assignsubmission_file_/{_05}": ("Group 3", "42", "05_lost_updates"),
    f"Default group_assignsubmission_file_/{_05}": ("Default group", "", "05_lost_updates"),
    f"Participant_99_assignsubmission_file_/{_05}": ("Participant", "99", "05_lost_updates"),
    "Ada Lovelace_123_assignsubmission_onlinetext_/onlinetext.html": ("Ada Lovelace", "123", ""),
    # Canvas: in time, late (as today and as before), anonymous, a second one, what was typed
    f"lovelaceada_123_4567_{_05}": ("lovelaceada", "123", "05_lost_updates"),
    f"lovelaceada_LATE_123_4567_{_05}": ("lovelaceada", "123", "05_lost_updates"),
    f"lovelaceada_late_123_4567_{_05}": ("lovelaceada", "123", "05_lost_updates"),
    f"anon_x7Yz1_4567_{_05}": ("anon_x7Yz1", "", "05_lost_updates"),
    f"LATE_anon_x7Yz1_4567_{_05}": ("anon_x7Yz1", "", "05_lost_updates"),
    "lovelaceada_123_4567_05_lost_updates-1.ipynb": ("lovelaceada", "123", "05_lost_updates"),
    "lovelaceada_123_4567_homework.ipynb": ("lovelaceada", "123", ""),
    "lovelaceada_123_text.html": ("lovelaceada", "123", ""),
    "lovelaceada_LATE_123_link.html": ("lovelaceada", "123", ""),
    "o'brien_12345678901234_98765432109876_06_semaphores_and_mutexes.ipynb": (
        *("o'brien", "12345678901234"),
        "06_semaphores_and_mutexes",
    ),
}


@pytest.mark.parametrize("path", PLATFORMS)
def test_names_of_platforms(path):
    found = parse_names(path)
    assert (found.learner, found.id, found.exercise) == PLATFORMS[path]
    assert found.platform


NOBODYS = {
    _05: "05_lost_updates",
    "group_3_05_lost_updates.ipynb": "05_lost_updates",  # 3 and 05 are no numbers of Canvas
    "ada_123_lost.ipynb": "",
    "123_456_05_lost_updates.ipynb": "05_lost_updates",
    "ada_assignsubmission.ipynb": "",
    f"submitted/ada/ps1/{_05}": "05_lost_updates",
    f"a_1_{'9' * 5000}_x.ipynb": "",  # more digits than Python makes a number of
}


@pytest.mark.parametrize("path", NOBODYS)
def test_other_names_only_tell_the_exercise(path):
    found = parse_names(path)
    assert (found.platform, found.learner, found.id) == (False, "", "")
    assert found.exercise == NOBODYS[path]


EXERCISES = {
    _05: "05_lost_updates",
    "05_LOST_Updates.IPYNB": "05_lost_updates",
    "05_lost_updates (1).ipynb": "05_lost_updates",
    "05_lost_updates-Copy2.ipynb": "05_lost_updates",
    "05_lost_updates-Copy1 (2).ipynb": "05_lost_updates",
    "05_lost_updates_final.ipynb": "05_lost_updates",
    "İlker_05_lost_updates.ipynb": "05_lost_updates",
    "05_lost_updates/homework.ipynb": "05_lost_updates",
    "ada/05_lost_updates/homework.ipynb": "05_lost_updates",
    "submitted/ada/05_lost_updates/homework.ipynb": "05_lost_updates",
    "05_lost_updates/Ada_1_assignsubmission_file_/homework.ipynb": "05_lost_updates",
    f"06_semaphores_and_mutexes/{_05}": "05_lost_updates",  # the nearest name counts
    "homework.ipynb": "",
    "lost_updates.ipynb": "",
}


@pytest.mark.parametrize("path", EXERCISES)
def test_the_exercise(path):
    assert parse_names(path).exercise == EXERCISES[path]


@pytest.mark.parametrize("path", PLATFORMS)
def test_canvas_says_who_was_late(path):
    assert parse_names(path).late == ("LATE_" in path or "_late_" in path)


@pytest.mark.parametrize(
    "path", ["Zoë/x.ipynb", "x/Zoë_1_assignsubmission_file_/x.ipynb", f"zoë_1_2_{_05}", "Zoë.ipynb"]
)
def test_a_name_is_one_however_it_is_encoded(path):
    composed, decomposed = (unicodedata.normalize(form, path) for form in ("NFC", "NFD"))
    assert composed != decomposed
    assert parse_names(composed) == parse_names(decomposed)
    assert learners(composed) == learners(decomposed)
    assert learner_names.printable(composed) == learner_names.printable(decomposed)
    assert learner_names.normal(composed) == learner_names.normal(decomposed.upper())


def test_of_two_stems_in_a_name_the_longer_counts():
    assert learner_names.parse_names(
        ("05_lost_updates_again.ipynb",), ("05_lost_updates", "05_lost_updates_again")
    ).exercise == ("05_lost_updates_again")


LEARNERS = {
    "nbgrader's tree": (
        [f"submitted/ada/05_lost_updates/{_05}", f"submitted/bob/05_lost_updates/{_05}"],
        ["ada", "bob"],
    ),
    "one learner in nbgrader's tree": ([f"submitted/ada/05_lost_updates/{_05}"], ["ada"]),
    "assignments with names of their own": (
        [f"submitted/ada/ps1/{_05}", "submitted/ada/ps2/06_semaphores_and_mutexes.ipynb"],
        ["ada", "ada"],
    ),
    "a folder for each": ([f"ada/{_05}", f"bob/{_05}"], ["ada", "bob"]),
    "a folder for each, by any names": (["ada/homework.ipynb", "bob/final.ipynb"], ["ada", "bob"]),
    "a folder around them": ([f"class/ada/{_05}", f"class/bob/work/{_05}"], ["ada", "bob"]),
    "everything in one folder": (["class/ada.ipynb", "class/bob.ipynb"], ["ada", "bob"]),
    "no folder": (["ada.ipynb", "bob_05_lost_updates.ipynb"], ["ada", "bob"]),
    "the name behind": (["05_lost_updates_ada.ipynb", "05_lost_updates - bob.ipynb"], ["ada", "bob"]),
    "the name around": (["ada_05_lost_updates_final.ipynb"], ["ada final"]),
    "a letter that grows in lower case": (["İlker_05_lost_updates.ipynb"], ["İlker"]),
    "a folder for each exercise": (["05_lost_updates/ada.ipynb", "05_lost_updates/bob.ipynb"], ["ada", "bob"]),
    "an exercise's folder in nbgrader's": (["submitted/05_lost_updates/ada.ipynb"], ["ada"]),
    "a section's folder in nbgrader's": (
        ["submitted/monday/ada.ipynb", "submitted/monday/bob.ipynb"],
        ["ada", "bob"],
    ),
    "a shared folder among others": (
        ["a/ada.ipynb", "a/bob.ipynb", f"eve/{_05}"],
        ["a/ada", "a/bob", "eve"],
    ),
    "copies are no other learners": (
        [f"ada/{_05}", "ada/05_lost_updates-Copy1.ipynb", f"bob/{_05}"],
        ["ada"] * 2 + ["bob"],
    ),
    "two versions in nbgrader's tree": (
        [f"submitted/ada/05_lost_updates/{_05}", f"submitted/ada/05_lost_updates/{_FINAL}"],
        ["ada", "ada"],
    ),
    "two versions in an assignment of any name": (
        ["submitted/ada/ps1/a.ipynb", "submitted/ada/ps1/b.ipynb", f"submitted/bob/ps1/{_05}"],
        ["ada", "ada", "bob"],
    ),
    "two versions in a learner's folder of an exercise": (
        [f"ada/05_lost_updates/{_05}", f"ada/05_lost_updates/{_FINAL}", f"bob/05_lost_updates/{_05}"],
        ["ada", "ada", "bob"],
    ),
    "the same, by any names, in a folder around them": (
        ["class/ada/05_lost_updates/first.ipynb", "class/ada/05_lost_updates/last.ipynb", f"class/bob/{_05}"],
        ["ada", "ada", "bob"],
    ),
    "two versions in a learner's folder": ([f"ada/{_05}", f"ada/{_FINAL}", f"bob/{_05}"], ["ada", "ada", "bob"]),
    "an exercise's folder around everybody's files": (
        ["class/05_lost_updates/ada.ipynb", "class/05_lost_updates/bob.ipynb"],
        ["ada", "bob"],
    ),
    "sections in an exercise's folder": (
        [
            *("05_lost_updates/monday/ada.ipynb", "05_lost_updates/monday/bob.ipynb"),
            f"05_lost_updates/eve/{_05}",
        ],
        ["monday/ada", "monday/bob", "eve"],
    ),
    "one notebook": ([_05], ["download"]),
    "one learner's folder in an archive": ([f"ada/{_05}", "ada/06_semaphores_and_mutexes.ipynb"], ["ada", "ada"]),
    "Moodle's, two of one name": (
        [f"Ada_1_assignsubmission_file_/{_05}", f"Ada_2_assignsubmission_file_/{_05}"],
        ["Ada (1)", "Ada (2)"],
    ),
    "Moodle's, one with two files": (
        [f"Ada_1_assignsubmission_file_/{_05}", "Ada_1_assignsubmission_file_/06_semaphores_and_mutexes.ipynb"],
        ["Ada", "Ada"],
    ),
    "Canvas's, two of one name": ([f"ada_1_7_{_05}", f"ada_LATE_2_8_{_05}"], ["ada (1)", "ada (2)"]),
    "Moodle's beside others": (
        [f"Ada_1_assignsubmission_file_/{_05}", f"bob/{_05}", f"eve/{_05}"],
        ["Ada", "bob", "eve"],
    ),
    "groups by number": (["group_3_05_lost_updates.ipynb", "group_4_05_lost_updates.ipynb"], ["group_3", "group_4"]),
    "nothing printable": (["ada\n\x1b[2J\u202e.ipynb"], ["ada\\n\\x1b[2J\\u202e"]),
    "bytes that are no UTF-8": (["J\udcf6rg.ipynb", "J\udce4rg.ipynb"], ["J\\udcf6rg", "J\\udce4rg"]),
    "no name at all": (["_-05_lost_updates.ipynb"], ["download"]),
}


@pytest.mark.parametrize("what", LEARNERS)
def test_learners(what):
    paths, names = LEARNERS[what]
    assert learners(*paths) == names


def test_no_files_have_no_learners():
    assert learners() == []


LATER = {
    "a copy of JupyterLab's": ("05_lost_updates.ipynb", "05_lost_updates-Copy1.ipynb"),
    "a browser's second download": ("05_lost_updates.ipynb", "05_lost_updates (1).ipynb"),
    "a tenth is later than a ninth": ("05_lost_updates (9).ipynb", "05_lost_updates (10).ipynb"),
    "Canvas's file with the higher number": (f"ada_1_99_{_05}", f"ada_1_100_{_05}"),
    "Canvas's second of one name": (f"ada_1_99_{_05}", "ada_1_99_05_lost_updates-1.ipynb"),
    "another number of somebody's": ("05_lost_updates_1.ipynb", "05_lost_updates_2.ipynb"),
}


@pytest.mark.parametrize("what", LATER)
def test_the_later_one_has_the_higher_order(what):
    earlier, later = LATER[what]
    assert parse_names(earlier).order < parse_names(later).order


FOLDERS = {
    "/home/me/course/submitted": ("submitted",),
    "/home/me/course/submitted/ada": ("submitted", "ada"),
    "/home/me/course/submitted/ada/ps1": ("submitted", "ada", "ps1"),
    "/home/me/course/submitted/ada/ps1/deeper": (),
    "/home/me/Ada Lovelace_123_assignsubmission_file_": ("Ada Lovelace_123_assignsubmission_file_",),
    "/home/me/ada": (),
    "/": (),
}


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_folder_and_those_around_it_tell(folder):
    assert learner_names.names_of(("/", *folder.split("/")[1:])) == FOLDERS[folder]


def test_a_long_name_is_cut_and_stays_distinct():
    one, another = learner_names.printable("a" * 500), learner_names.printable("a" * 499)
    assert (len(one), len(another)) == (120, 120)
    assert one != another
    assert re.fullmatch("a{111}…[0-9a-f]{8}", one)


def test_who_has_no_name_is_somebody():
    assert learner_names.printable(" ") == "somebody"
