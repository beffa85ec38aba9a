"""What lessons and teachers import: each name has a docstring, annotations and an example that is true."""

import ast
import doctest
import functools
import importlib
import inspect
import json
import pathlib
import re
import tomllib
import types

import pytest

import shmlab
from shmlab.primitives import native_atomics

ROOT = pathlib.Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FACES = (
    "shmlab",
    "shmlab.bench",
    "shmlab.grading",
    "shmlab.ipc",
    "shmlab.market",
    "shmlab.observe",
    "shmlab.race",
    "shmlab.show",
    "shmlab.transports",
)


def names_of(face):
    """The public functions and classes of a module, by name."""
    module = importlib.import_module(face)
    names = getattr(module, "__all__", None) or [
        name for name, found in vars(module).items() if getattr(found, "__module__", None) == face
    ]
    found = {name: getattr(module, name) for name in names if not name.startswith("_")}
    return {name: one for name, one in found.items() if callable(one)}


PUBLIC = [(face, name) for face in FACES for name in names_of(face)]


def functions(name, public):
    """(name, function) of a public function, or of each public method and property of a class."""
    if not inspect.isclass(public):
        return [(name, public)]
    found = []
    for member, value in vars(public).items():
        if isinstance(value, property):
            value = value.fget
        elif isinstance(value, functools.cached_property):
            value = value.func
        value = getattr(value, "__func__", value)
        if isinstance(value, types.FunctionType) and (member == "__init__" or not member.startswith("_")):
            found.append((f"{name}.{member}", value))
    return found


def documented(face, name):
    """(name, docstring) of a public function or class, and of its public methods; an inherited docstring counts."""
    public = names_of(face)[name]
    yield name, public.__doc__
    for member, _ in functions(name, public):
        attribute = member.partition(".")[2]
        if attribute and attribute != "__init__":
            yield member, inspect.getdoc(getattr(public, attribute))


@pytest.mark.parametrize("face, name", PUBLIC)
def test_each_public_name_has_a_docstring(face, name):
    assert [where for where, words in documented(face, name) if not words] == []


@pytest.mark.parametrize("face, name", PUBLIC)
def test_each_public_function_is_annotated(face, name):
    missing = []
    for where, function in functions(name, names_of(face)[name]):
        code = getattr(function, "__code__", None)
        if code is None or code.co_filename.startswith("<"):
            continue  # it is C's, or dataclasses wrote it from annotated fields
        signature = inspect.signature(function)
        parameters = [one for one in signature.parameters.values() if one.name not in ("self", "cls")]
        missing += [f"{where}({one.name})" for one in parameters if one.annotation is one.empty]
        missing += [f"{where}: what it returns"] * (signature.return_annotation is signature.empty)
    assert missing == []


def names_in(code):
    nodes = list(ast.walk(ast.parse(code)))
    return {node.id for node in nodes if isinstance(node, ast.Name)} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


@functools.cache
def names_in_lessons():
    """The names that the code of lessons uses, and of solutions, which teach how to write an exercise."""
    found = set()
    for path in [*ROOT.glob("notebooks/*.ipynb"), *ROOT.glob("solutions/*.ipynb")]:
        for cell in json.loads(path.read_text())["cells"]:
            if cell["cell_type"] == "code":
                found |= names_in(re.sub(r"(?m)^\s*[%!].*", "", "".join(cell["source"])))
    return found


@functools.cache
def examples(face):
    """The doctests of a module's public names. They see these names, and ctypes."""
    seen = names_of("shmlab") | {"ctypes": importlib.import_module("ctypes")} | vars(importlib.import_module(face))
    finder = doctest.DocTestFinder()
    found = [test for name, public in names_of(face).items() for test in finder.find(public, name, globs=dict(seen))]
    return {test.name: test for test in found if test.examples}


@pytest.mark.parametrize("face, name", PUBLIC)
def test_each_public_name_has_an_example(face, name):
    found = {word for test in examples(face).values() for one in test.examples for word in names_in(one.source)}
    assert name in found | {*examples(face)} | names_in_lessons(), (
        f"{face}.{name}: no lesson uses it, and it has no doctest"
    )


@pytest.mark.parametrize("face, where", [(face, where) for face in FACES for where in examples(face)])
def test_examples_are_true(face, where):
    test = examples(face)[where]
    if not native_atomics() and test.globs[where.partition(".")[0]].__module__ == "shmlab.primitives":
        pytest.skip("atomics need the C part")
    said = []
    doctest.DocTestRunner(verbose=False).run(test, out=said.append)
    assert said == []


def test_type_checkers_see_each_name_that_is_loaded_late():
    block = next(node for node in ast.parse(inspect.getsource(shmlab)).body if isinstance(node, ast.If))
    homes = {one.asname: f"{node.module}.{one.name}" for node in block.body for one in node.names}
    assert sorted(homes) == sorted([*shmlab.__all__, "bench", "race"])
    for name in shmlab.__all__:
        module, _, attribute = homes[name].rpartition(".")
        assert getattr(importlib.import_module(module), attribute) is getattr(shmlab, name)


def test_the_installed_package_says_that_it_is_annotated():
    assert (ROOT / "shmlab" / "py.typed").is_file()
    assert "py.typed" in PROJECT["tool"]["setuptools"]["package-data"]["shmlab"]


@pytest.mark.parametrize("face, name", PUBLIC)
def test_mypy_looks_at_the_module_of_each_public_name(face, name):
    module = names_of(face)[name].__module__
    if module.startswith("shmlab"):
        path = pathlib.Path(inspect.getfile(importlib.import_module(module))).relative_to(ROOT)
        assert any(path.is_relative_to(one) for one in PROJECT["tool"]["mypy"]["files"])
