"""Rosters: a teacher's own, Canvas's export, Moodle's worksheet; and who of them a learner is."""

import unicodedata

import pytest

from shmlab.grading.classroom import roster
from shmlab.grading.classroom.roster import CANVAS, MOODLE

OWN = "id,name,email\nm1,Ada Lovelace,ada@school.org\nm2,Zoë Ås,zoe@school.org\n"
NBGRADERS = "id,first_name,last_name,email,lms_user_id\nm1,Ada,Lovelace,ada@school.org,\nm2,Zoë,Ås,,\n"
EXPORT = (
    "Student,ID,SIS User ID,SIS Login ID,Section,Lost updates (77)\n"
    "    Points Possible,,,,,10\n"
    '"Lovelace, Ada",123,m1,ada,Monday,\n'
    '"Ås, Zoë",124,m2,zoe,Monday,\n'
    '"Student, Test",999,,x,Monday,\n'
)
WORKSHEET = (
    "\ufeffIdentifier,Full name,Email address,Status,Grade,Maximum Grade,Last modified (grade)\n"
    "Participant 123,Ada Lovelace,ada@school.org,Submitted,,10,-\n"
    "Participant 124,Zoë Ås,zoe@school.org,Submitted,,10,-\n"
)
SEMICOLONS = "ID;Name\nm1;Ada Lovelace\n\nm2;Zoë Ås\n"
FORMS = {
    "own": (OWN, "", ["m1", "m2"]),
    "nbgrader's": (NBGRADERS, "", ["m1", "m2"]),
    "Canvas's": (EXPORT, CANVAS, ["m1", "m2"]),
    "Moodle's": (WORKSHEET, MOODLE, ["ada@school.org", "zoe@school.org"]),
    "with semicolons": (SEMICOLONS, "", ["m1", "m2"]),
}


@pytest.fixture
def read(tmp_path):
    def call(text):
        (tmp_path / "roster.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
        return roster.read(tmp_path / "roster.csv")

    return call


@pytest.mark.parametrize("what", FORMS)
def test_forms(what, read):
    text, kind, ids = FORMS[what]
    found = read(text)
    assert found.kind == kind
    assert [person.id for person in found.people] == ids
    assert found.labels() == dict(zip(ids, ["Ada Lovelace", "Zoë Ås"], strict=True))


@pytest.mark.parametrize("what", FORMS)
@pytest.mark.parametrize(
    "name", ["Ada Lovelace", "ada lovelace", "lovelaceada", "adalovelace", "Ada_Lovelace", "Lovelace Ada"]
)
def test_a_learner_is_known_by_the_name(name, what, read):
    text, _, (first, _) = FORMS[what]
    assert read(text).match(name).id == first


def test_a_name_is_one_however_it_is_encoded(read):
    assert read(OWN).match(unicodedata.normalize("NFD", "Zoë Ås")).id == "m2"


@pytest.mark.parametrize("name", ["m1", "M1", "ada", "ada@school.org"])
def test_a_learner_is_known_by_id_or_address(name, read):
    assert read(OWN).match(name).id == "m1"


@pytest.mark.parametrize("text", [EXPORT, WORKSHEET])
def test_the_number_of_a_platform_counts_more_than_a_name(text, read):
    assert read(text).match("Ada Lovelace", "124").name == "Zoë Ås"
    assert read(text).match("Somebody (123)", "123").name == "Ada Lovelace"
    assert read(text).match("Ada Lovelace", "7").name == "Ada Lovelace"


@pytest.mark.parametrize("name", ["", "Ada", "Lovelace", "and", "eve", "()", "Adá Lovelace"])
def test_a_stranger_is_nobody(name, read):
    assert read(FORMS["nbgrader's"][0]).match(name.replace("Ada", "Eva")) is None


def test_letters_in_another_order_are_another_name(read):
    assert read("id,name\n1,Dan Ort\n").match("And Ort") is None


def test_two_of_one_name_are_told_apart_by_their_ids_only(read):
    found = read("id,name\nm1,Ada King\nm2,Ada King\n")
    assert found.match("Ada King") is None
    assert found.match("m2").id == "m2"
    assert found.labels() == {"m1": "Ada King (m1)", "m2": "Ada King (m2)"}


REFUSED = {
    "empty": ("", "is empty or no CSV"),
    "no id": ("points\n3\n", "has no column for an id, only points: give a CSV whose first line"),
    "nobody": ("id,name\n,\n", "names nobody"),
    "one twice": ("id,name\nm1,Ada\nm1,Eve\n", "has m1 in several lines"),
    "Latin-1": ("id,name\nm1,Zo\xeb\n".encode("latin-1"), "is not UTF-8 text (byte 13): save it as CSV UTF-8"),
    "no CSV": ('id,name\n"m1,Ada\n', "is empty or no CSV"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(what, read):
    text, words = REFUSED[what]
    with pytest.raises(ValueError) as caught:
        read(text)
    assert words in str(caught.value)
