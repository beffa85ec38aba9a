"""Containers, Binder and dev containers, which no engine builds here: what they name exists, and what they say agrees.
So does everything that says which versions of Python will do."""

import fnmatch
import json
import os
import pathlib
import re
import tomllib

import click
import pytest
from packaging.specifiers import SpecifierSet

from shmlab.cli import main

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PYTHONS = SpecifierSet(PROJECT["project"]["requires-python"])
MINORS = [minor for minor in range(100) if f"3.{minor}" in PYTHONS]
FIRST, LAST = MINORS[0], MINORS[-1]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DEVCONTAINER = json.loads((ROOT / ".devcontainer" / "devcontainer.json").read_text())
PAGE = (ROOT / "docs" / "where_it_runs.md").read_text()


def instructions(name):
    """What follows each of the instructions of this name in the Dockerfile, its lines joined."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def copied():
    """What the Dockerfile copies from this folder."""
    return [source for words in instructions("COPY") for source in words.split()[:-1]]


def asks_jupyterlab_only(arguments):
    """Whether `shmlab lab` takes these arguments; the options of its own that are given."""
    command = main.main.commands["lab"]
    context = command.make_context("lab", list(arguments))
    return {name for name, value in context.params.items() if value}


@pytest.mark.parametrize(
    "image", [*instructions("FROM"), DEVCONTAINER["image"], (ROOT / "binder" / "runtime.txt").read_text().strip()]
)
def test_images_have_a_python_that_will_do(image):
    (version,) = re.findall(r"python[:-](3\.\d+)", image)
    assert version in PYTHONS


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("README.md", r"Python (3\.\d+) to (3\.\d+)"),
        ("docs/where_it_runs.md", r"Python (3\.\d+) to (3\.\d+)"),
        ("Makefile", r"Python (3\.\d+) to (3\.\d+)"),
        (".ci/make_venv", r"Python (3\.\d+) to (3\.\d+)"),
        (".ci/make_venv", r"python3 python(3\.\d+) .*python(3\.\d+)[};]"),
    ],
)
def test_what_says_which_versions_says_the_same(name, pattern):
    found = [
        tuple(sorted(pair, key=lambda one: int(one[2:]))) for pair in re.findall(pattern, (ROOT / name).read_text())
    ]
    assert set(found) == {(f"3.{FIRST}", f"3.{LAST}")}


def test_the_script_that_makes_the_environment_takes_the_same_versions():
    text = (ROOT / ".ci" / "make_venv").read_text()
    assert f"(3, {FIRST}) <= sys.version_info[:2] < (3, {LAST + 1})" in text


def test_the_dockerfile_copies_what_is_there_and_what_the_installation_needs():
    project, setuptools = PROJECT["project"], PROJECT["tool"]["setuptools"]
    needed = {"pyproject.toml", "setup.py", project["readme"], *project["license-files"]}
    needed |= {pattern.partition(".")[0] for pattern in setuptools["packages"]["find"]["include"]}
    needed |= {pattern.rpartition("/")[0] for patterns in setuptools["data-files"].values() for pattern in patterns}
    assert set(copied()) == needed
    assert all((ROOT / name).exists() for name in copied())


def test_the_image_gets_nothing_that_is_ignored_and_no_solution():
    ignored = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and line[0] != "#"]
    assert not [name for name in copied() for pattern in ignored if fnmatch.fnmatch(name, pattern)]
    assert "solutions" in ignored


def test_the_image_runs_the_laboratory_as_an_ordinary_user():
    assert instructions("USER")[-1] not in ("root", "0")
    assert instructions("ENTRYPOINT") == ['["shmlab"]']
    command, *arguments = json.loads(instructions("CMD")[0])
    assert command == "lab"
    assert asks_jupyterlab_only(arguments) == set()
    assert f"--port={instructions('EXPOSE')[0]}" in arguments


def test_the_dev_container_asks_for_shared_memory_and_two_processors():
    assert "--shm-size=256m" in DEVCONTAINER["runArgs"]
    assert DEVCONTAINER["hostRequirements"]["cpus"] >= 2
    assert DEVCONTAINER["remoteUser"] != "root"


def test_the_dev_container_calls_what_there_is():
    make, lab, doctor = DEVCONTAINER["postCreateCommand"].split(" && ")
    assert re.search(rf"^{make.split()[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert lab.split()[:2] == [".venv/bin/shmlab", "lab"]
    assert asks_jupyterlab_only(lab.split()[2:]) == {"copy_only"}
    assert isinstance(main.main.commands[doctor.split()[1]], click.Command)


@pytest.mark.parametrize(
    "packages",
    [
        " ".join(instructions("RUN")),
        DEVCONTAINER["onCreateCommand"],
        (ROOT / "binder" / "apt.txt").read_text(),
    ],
    ids=["Dockerfile", "devcontainer", "binder"],
)
def test_each_brings_a_compiler_and_strace(packages):
    assert {"gcc", "libc6-dev", "strace"} <= set(packages.split())


def test_binder_can_call_its_script():
    script = ROOT / "binder" / "postBuild"
    assert os.access(script, os.X_OK)
    assert "pip install" in script.read_text()


def test_the_page_names_files_and_headings_that_are_there():
    headings = {
        re.sub(r"[^\w -]", "", line).strip().lower().replace(" ", "-") for line in re.findall("^#+(.*)$", PAGE, re.M)
    }
    links = re.findall(r"\]\((?!https:)([^)]+)\)", PAGE)
    assert len(links) > 5
    for link in links:
        assert link[1:] in headings if link[0] == "#" else (ROOT / "docs" / link).exists(), link
