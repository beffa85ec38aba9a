"""Create and update the learner's own copy of lessons and exercises.

Lessons and exercises are files that come with shmlab: tracked in a checkout, replaced by an installation. Learners
write into notebooks, and running one stores its outputs in it. So all work happens in a copy, and a record in it says
for each file which version was copied. At the next update, a file whose cells are still those of the record is
replaced by the new version. A file with changed cells stays, and the new version is put beside it. Outputs do not
count as changes: a lesson that was only run is replaced as well, but only if there is a new version.

Lessons are stored with their outputs, so that they can be read without a kernel. The copies have no outputs: these
would answer the questions that stand before the cells. The stored outputs of exercises are hints, and stay.
"""

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import itertools
import json
import os
import pathlib

from shmlab.base import root
from shmlab.base.plurals import counted

NAME = "shmlab-course"
RECORD = ".shmlab-course.json"
FIRST_LESSON = "notebooks/00_start_here.ipynb"
_KINDS = ("notebooks/*.ipynb", "exercises/*.ipynb", "exercises/*.md", "docs/*.md")


@dataclasses.dataclass
class Changes:
    """Hold what an update did, as names of files. `beside`: file that stays -> name of its new version."""

    created: list = dataclasses.field(default_factory=list)
    updated: list = dataclasses.field(default_factory=list)
    beside: dict = dataclasses.field(default_factory=dict)
    dropped: list = dataclasses.field(default_factory=list)

    def lines(self, folder):
        """Return what a learner should know, one line for each kind of change."""
        lines = []
        if self.created:
            lines.append(f"Copied {counted(len(self.created), 'file')} into {folder}: it is yours to write in.")
        if self.updated:
            lines.append(
                f"Updated {counted(len(self.updated), 'file')} that you had not changed: {', '.join(self.updated)}."
            )
        if self.beside:
            pairs = ", ".join(f"{name} (new: {pathlib.PurePath(new).name})" for name, new in self.beside.items())
            lines.append(f"Kept what you have changed, with the new version beside it: {pairs}.")
        if self.dropped:
            lines.append(f"No longer part of the course, and left where it is: {', '.join(self.dropped)}.")
        return lines


def source():
    """Return the folder with shmlab's lessons and exercises: a checkout, or the installation's share/shmlab.

    Raises FileNotFoundError if neither has them.
    """
    checkout = root.CHECKOUT.resolve()
    if (checkout / FIRST_LESSON).exists():
        return checkout
    with contextlib.suppress(importlib.metadata.PackageNotFoundError):
        for file in importlib.metadata.files("shmlab") or ():
            if file.match(f"share/shmlab/{FIRST_LESSON}") and file.locate().exists():
                return pathlib.Path(file.locate()).resolve().parent.parent
    raise FileNotFoundError(
        f"the lessons are neither in {checkout} nor among the files that pip installed: install shmlab again"
    )


def place(wanted=None):
    """Return the course folder: `wanted`, otherwise the one that contains this folder, otherwise shmlab-course."""
    if wanted is not None:
        return pathlib.Path(wanted)
    here = pathlib.Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / RECORD).exists()), pathlib.Path(NAME))


def update(folder, origin):
    """Update a course folder to the version in `origin`, without losing what was written in it; return the Changes.

    Raises OSError if the folder cannot be written, ValueError if its record cannot be read.
    """
    folder, changes = pathlib.Path(folder), Changes()
    record = _load(folder / RECORD)
    before = json.dumps(record)
    names = [path.relative_to(origin).as_posix() for kind in _KINDS for path in sorted(origin.glob(kind))]
    try:
        for name in names:
            _update_file(folder, name, (origin / name).read_bytes(), record, changes)
        changes.dropped = sorted(record["files"].keys() - set(names))
        for name in changes.dropped:
            del record["files"][name]
    finally:  # also after an error: record what was copied until then
        if json.dumps(record) != before:
            _write(folder / RECORD, json.dumps(record, indent=1).encode())
    return changes


def _update_file(folder, name, new, record, changes):
    """Update one file to its new version, and enter that version in the record."""
    own, copied = folder / name, record["files"].get(name)
    entry = {"version": _hash(new), "cells": _cells(name, new)}
    if name.startswith("notebooks/"):
        new = _without_outputs(new)
    if not own.exists():
        _write(own, new)
        changes.created.append(name)
    elif copied is None or copied["version"] != entry["version"]:
        cells = _cells(name, own.read_bytes())
        if copied is not None and cells == copied["cells"]:
            _write(own, new)
            changes.updated.append(name)
        elif entry["cells"] not in (cells, copied and copied["cells"]):
            beside = _free_name(folder, name, record["beside"])
            _write(folder / beside, new)
            record["beside"][beside] = entry
            changes.beside[name] = beside
    record["files"][name] = entry


def _free_name(folder, name, records):
    """Return a name for a new version: an unused one, or that of an unchanged earlier version.

    `records`: name -> entry, for the earlier versions put beside files.
    """
    path = pathlib.PurePosixPath(name)
    names = (
        str(path.with_suffix(f".new{number}{path.suffix}")) for number in itertools.chain([""], itertools.count(2))
    )
    return next(beside for beside in names if _is_free(folder / beside, records.get(beside)))


def _is_free(path, entry):
    return not path.exists() or (entry is not None and _cells(path.name, path.read_bytes()) == entry["cells"])


def _load(path):
    try:
        record = json.loads(path.read_bytes())
        return {
            part: {name: {key: entry[key] for key in ("version", "cells")} for name, entry in record[part].items()}
            for part in ("files", "beside")
        }
    except FileNotFoundError:
        return {"files": {}, "beside": {}}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{path} should be the record of what was copied, and cannot be read ({type(error).__name__}: {error}): "
            "delete it; what you have written stays, and each file that differs gets the new version beside it"
        ) from error


def _cells(name, content):
    """Return a hash of what a learner can change in a file: a notebook's cells without outputs, or the whole file."""
    if name.endswith(".ipynb"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            cells = json.loads(content)["cells"]
            return _hash(json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells]).encode())
    return _hash(content)


def _without_outputs(content):
    """Return a notebook's bytes without outputs; return any other bytes unchanged."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        notebook = json.loads(content)
        executed = [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
        if not executed:
            return content
        for cell in executed:
            cell |= {"outputs": [], "execution_count": None}
        return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
    return content


def _hash(content):
    return hashlib.sha256(content).hexdigest()


def _write(path, content):
    """Write a file completely or not at all, also if this process is killed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
