"""Collect the facts for `shmlab doctor`: the host's limits, the installation's parts, and leftover objects."""

import importlib.metadata
import os
import pathlib
import platform
import shutil
import sysconfig

from shmlab import primitives
from shmlab.ipc import clean, ledger, limits
from shmlab.ipc.limits import Fact

_PACKAGES = ("jupyterlab", "ipywidgets", "matplotlib", "numpy", "posix_ipc", "sysv_ipc")


_BUILDING = (
    "Install a C compiler and Python's headers (Debian, Ubuntu: apt install gcc python3-dev; "
    "Fedora: dnf install gcc python3-devel; conda: c-compiler): lessons compile C programs with it, "
    "and packages that come without a build for this Python need both, as posix_ipc on Python 3.14."
)


def facts():
    """Return a list of Facts about this host and installation."""
    return [*limits.report(), *_installation(), _leftovers()]


def verdict(facts):
    """Return a sentence about which of the Facts need attention."""
    named = [fact.name for fact in facts if fact.advice]
    if not named:
        return "Nothing is missing."
    return f"Everything is there but for what has an exclamation mark below: {', '.join(named)}."


def grading(solutions):
    """Return a list of one Fact: whether this host grades correctly, by a self-test of one exercise.

    `solutions`: a folder. Returns [] if it has no solutions.
    """
    from shmlab.grading.classroom import batch, self_test
    from shmlab.grading.submissions.source_notebook import solutions_in

    if not any(solutions.glob("*.ipynb")):
        return []
    stem, data = next(iter(solutions_in(solutions).items()))
    try:
        missing_walls = self_test.check(
            list(batch.grade(self_test.known_submissions({stem: data}, [stem]), {stem: data}, jobs=1))
        )
    except self_test.Untrusted as error:
        return [Fact("grading", False, "This host cannot be trusted to grade.", " ".join(str(error).split()))]
    if missing_walls:
        return [
            Fact("grading", True, f"The self-test of grading passed, of {stem}.", self_test.unprotected(missing_walls))
        ]
    return [Fact("grading", True, f"The self-test of grading passed, of {stem}, in namespaces.")]


def _installation():
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in _PACKAGES)
    native = primitives.native_atomics()
    return [
        Fact(
            "python",
            platform.python_version(),
            f"Python {platform.python_version()} with {versions}.",
        ),
        Fact(
            "native_atomics",
            native,
            "Native atomics are there." if native else "Native atomics are missing; everything else works.",
            "" if native else primitives.NO_NATIVE[0].upper() + primitives.NO_NATIVE[1:] + ".",
        ),
        _compiler(),
        Fact(
            "user",
            os.geteuid(),
            "You are root: every permission check passes, so lessons on permissions need another user."
            if os.geteuid() == 0
            else f"You are user {os.geteuid()}.",
        ),
        Fact("ledger", str(ledger.folder()), f"Objects we make are recorded in {ledger.folder()}."),
    ]


def _compiler():
    compiler = next((name for name in ("cc", "gcc", "clang") if shutil.which(name)), None)
    if compiler is None:
        sentence = "There is no C compiler; the parts in C are left out."
    elif not pathlib.Path(sysconfig.get_path("include"), "Python.h").exists():
        sentence = f"The C compiler is {compiler}, but Python's headers (Python.h) are missing."
    else:
        return Fact("compiler", compiler, f"The C compiler is {compiler}.")
    return Fact("compiler", compiler, sentence, _BUILDING)


def _leftovers():
    left = [finding for finding in clean(dry_run=True) if finding.action == "removed"]
    names = ", ".join(f"{finding.kind} {finding.name}" for finding in left)
    return Fact(
        "leftovers",
        len(left),
        f"Dead processes of ours left {len(left)} objects: {names}."
        if left
        else "Dead processes of ours left nothing.",
        "Run `shmlab clean`." if left else "",
    )
