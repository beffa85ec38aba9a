import ast
import importlib
import pathlib
import re
import subprocess
import sys
import tomllib

import pytest
import setuptools
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import shmlab

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
CONDA_ONLY = {"python", "pip", "c-compiler"}


def bounds(lines):
    """Names and their bounds, however they are spelt."""
    wanted = [Requirement(line) for line in lines]
    return {canonicalize_name(one.name): one.specifier for one in wanted}


def conda():
    return bounds(line for line in ENVIRONMENT["dependencies"] if isinstance(line, str))


def test_conda_gets_the_same_dependencies_with_the_same_bounds():
    found = conda()
    assert {name: bound for name, bound in found.items() if name not in CONDA_ONLY} == bounds(
        PROJECT["project"]["dependencies"]
    )


def test_conda_gets_the_same_versions_of_python():
    assert conda()["python"] == SpecifierSet(PROJECT["project"]["requires-python"])


def test_conda_gets_a_compiler_and_this_package_itself():
    assert set(conda()) >= CONDA_ONLY
    assert ENVIRONMENT["channels"] == ["conda-forge"]
    assert ENVIRONMENT["name"] == PROJECT["project"]["name"]
    (pip,) = (part["pip"] for part in ENVIRONMENT["dependencies"] if isinstance(part, dict))
    assert [re.split(r"[ =]+", line) for line in pip] in ([["-e", "."]], [["--editable", "."]])


def test_this_python_is_among_those_promised():
    assert ".".join(map(str, sys.version_info[:3])) in SpecifierSet(PROJECT["project"]["requires-python"])


@pytest.mark.parametrize("group", ["dependencies", "dev"])
def test_dependencies_are_sorted_named_once_and_bounded_below(group):
    project = PROJECT["project"]
    lines = project["dependencies"] if group == "dependencies" else project["optional-dependencies"]["dev"]
    names = [Requirement(line).name for line in lines]
    assert names == sorted(set(names))
    assert all(">=" in str(Requirement(line).specifier) for line in lines)


DISTRIBUTIONS = {"hdrh": "hdrhistogram"}  # where a module has another name than what brings it


def imported_by(sources):
    nodes = [node for path in sources for node in ast.walk(ast.parse(path.read_text()))]
    names = {node.module.partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    names |= {one.name.partition(".")[0] for node in nodes if isinstance(node, ast.Import) for one in node.names}
    # _typeshed is known to type checkers alone, which bring it.
    names -= {"shmlab", "_typeshed", *sys.stdlib_module_names}
    return {canonicalize_name(DISTRIBUTIONS.get(name, name)) for name in names}


# What a file needs beyond the dependencies, and the extra that brings it.
EXTRAS = {
    "grading/authoring/release.py": "teach",
    "grading/classroom/cluster.py": "cluster",
    "market/latencies.py": "latency",
}


def test_what_the_package_imports_is_declared():
    sources = {*(ROOT / "shmlab").rglob("*.py")} - {ROOT / "shmlab" / name for name in EXTRAS}
    assert imported_by(sources) <= set(bounds(PROJECT["project"]["dependencies"]))


@pytest.mark.parametrize("name, extra", EXTRAS.items())
def test_what_an_extra_is_for_is_declared_in_it(name, extra):
    optional = PROJECT["project"]["optional-dependencies"]
    found = imported_by([ROOT / "shmlab" / name]) - set(bounds(PROJECT["project"]["dependencies"]))
    assert found == set(bounds(optional[extra])) <= set(bounds(optional["dev"]))


def test_every_package_is_installed():
    found = {str(path.parent.relative_to(ROOT)).replace("/", ".") for path in (ROOT / "shmlab").rglob("__init__.py")}
    wanted = PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]
    assert set(setuptools.find_packages(ROOT, include=wanted)) == found


def test_every_lesson_exercise_and_page_is_installed_and_no_solution():
    files = PROJECT["tool"]["setuptools"]["data-files"]
    patterns = [pattern for several in files.values() for pattern in several]
    assert {path for pattern in patterns for path in ROOT.glob(pattern)} == {
        *(ROOT / "notebooks").glob("*.ipynb"),
        *(ROOT / "exercises").glob("*.ipynb"),
        *(ROOT / "exercises").glob("*.md"),
        *(ROOT / "docs").glob("*.md"),
    }
    for folder, several in files.items():  # links between the two lead from one folder to the other
        assert {f"share/shmlab/{pattern.rpartition('/')[0]}" for pattern in several} == {folder}


def test_a_script_beside_a_clone_finds_the_package(tmp_path):
    """The clone's folder is named shmlab, and Python takes a folder without __init__.py for a package, too."""
    (tmp_path / "shmlab").mkdir()
    (tmp_path / "script.py").write_text("from shmlab import Program; print(Program.__name__)")
    run = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, text=True, timeout=60)
    assert (run.stdout, run.stderr) == ("Program\n", "")


@pytest.fixture
def install(tmp_path):
    """Calls .ci/install with a Python whose pip fails, and with these programs beside it."""
    (tmp_path / "include").mkdir()
    (tmp_path / "bin").mkdir()

    def script(name, text):
        (tmp_path / "bin" / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)

    headers = f"import sysconfig; sysconfig.get_path = lambda name: {str(tmp_path)!r} + '/' + name;"
    script("python", f'[ "$1" = -m ] && exit 3; exec {sys.executable} -c "{headers} $2"')

    def run(*programs):
        for name in programs:
            script(name, "exit 0")
        command = ["/bin/sh", ROOT / ".ci" / "install", tmp_path / "bin", "."]
        environment = {"PATH": str(tmp_path / "bin")}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stderr

    run.include = tmp_path / "include"
    return run


def test_a_failed_installation_names_the_compiler_that_is_missing(install):
    status, errors = install()
    assert status == 3
    assert "there is no C compiler and no Python.h here" in errors
    assert "apt install gcc python3-dev" in errors
    status, errors = install("gcc")
    assert (status, "there is no Python.h here" in errors) == (3, True)


def test_a_failed_installation_blames_no_compiler_that_is_there(install):
    (install.include / "Python.h").touch()
    assert install("gcc") == (3, "")


@pytest.mark.parametrize("name", shmlab.__all__)
def test_every_public_name_is_there(name):
    found = getattr(shmlab, name)
    assert found.__name__ == name
    assert getattr(importlib.import_module(found.__module__), name) is found


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'shmlab' has no attribute 'misspelt'"):
        shmlab.misspelt  # noqa: B018


def in_a_fresh_interpreter(code):
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return run.stdout.strip()


@pytest.mark.parametrize(
    "code",
    [
        "import shmlab",
        "from shmlab import Program, Semaphore, start, buffer, fetch_add, objects",
        "import shmlab.cli.main, shmlab.race, shmlab.bench, shmlab.transports",
    ],
)
def test_nothing_is_loaded_to_draw_before_something_is_drawn(code):
    ask = "; import sys; print([name for name in ('matplotlib', 'ipywidgets') if name in sys.modules])"
    assert in_a_fresh_interpreter(code + ask) == "[]"


def test_charts_need_no_widgets():
    code = "from shmlab import plot; import sys; print('ipywidgets' in sys.modules)"
    assert in_a_fresh_interpreter(code) == "False"


def test_an_import_starts_no_process_and_writes_no_file(tmp_path):
    code = (
        "import os, shmlab.program, shmlab.race; "
        "print(open(f'/proc/self/task/{os.getpid()}/children').read().split(), os.listdir())"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=60
    )
    assert run.stdout == "[] []\n"


def test_names_not_loaded_yet_can_be_completed():
    code = "import shmlab; print(set(shmlab.__all__) <= set(dir(shmlab)))"
    assert in_a_fresh_interpreter(code) == "True"


@pytest.mark.parametrize("name", ["matplotlib", "ipywidgets"])
def test_results_can_be_had_without_what_draws_them(name):
    code = f"""
import sys
sys.modules[{name!r}] = None
from shmlab import Program
def add(shm):
    shm.counter += 1
print(Program(add, processes=1, shared={{"counter": 0}}).run().values)
"""
    assert in_a_fresh_interpreter(code) == "{'counter': 1}"


def test_make_alone_lists_the_verbs_and_does_nothing():
    make = subprocess.run(["make", "-C", ROOT, "--no-print-directory"], capture_output=True, text=True, check=True)
    verbs = set(re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split())
    assert {verb for verb in verbs if not re.search(rf"\b{verb}\b", make.stdout)} <= {"help"}
    assert "ARGS=" in make.stdout
