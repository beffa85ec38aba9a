"""The learner's own copy of lessons and exercises: where it is, how it is made, and how a new version reaches it.

Lessons and exercises are files that come with shmlab: tracked in a checkout, replaced by an installation. Learners
write into notebooks, and running one stores its outputs in it. So all work happens in a copy, and a record in it says
for each file which version was copied. Next time a file whose cells are still those of the record is replaced by the
new version; one that was written in stays, and the new version is laid beside it. Outputs do not count as written: a
lesson that was only run is replaced as well, but only when there is a new version.

Lessons are stored with what they show, to be read without a kernel. Their copies are without: what comes of a cell
would stand beside the question what may come of it. Hints, the stored outputs of exercises, stay.
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

NAME = "shmlab-course"
RECORD = ".shmlab-course.json"
FIRST_LESSON = "notebooks/00_start_here.ipynb"
_KINDS = ("notebooks/*.ipynb", "exercises/*.ipynb", "exercises/*.md")


@dataclasses.dataclass
class Changes:
    """What an update did, as names of files: `beside` maps a file that stays to the name of its new version."""

    created: list = dataclasses.field(default_factory=list)
    updated: list = dataclasses.field(default_factory=list)
    beside: dict = dataclasses.field(default_factory=dict)
    dropped: list = dataclasses.field(default_factory=list)

    def lines(self, folder):
        """Return what a learner should know, one line for each kind of change."""
        said = []
        if self.created:
            said.append(f"Copied {_files(self.created)} into {folder}: it is yours to write in.")
        if self.updated:
            said.append(f"Updated {_files(self.updated)} that you had not changed: {', '.join(self.updated)}.")
        if self.beside:
            pairs = ", ".join(f"{name} (new: {pathlib.PurePath(new).name})" for name, new in self.beside.items())
            said.append(f"Kept what you have changed, with the new version beside it: {pairs}.")
        if self.dropped:
            said.append(f"No longer part of the course, and left where it is: {', '.join(self.dropped)}.")
        return said


def source():
    """Return the folder that lessons and exercises came in: a checkout, or the installation's share/shmlab.

    Raises FileNotFoundError when neither has them.
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


def place(asked=None):
    """Return the course folder: the one asked for, else the one we are in, else shmlab-course in this folder."""
    if asked is not None:
        return pathlib.Path(asked)
    here = pathlib.Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / RECORD).exists()), pathlib.Path(NAME))


def update(folder, origin):
    """Bring a course folder to the version of `origin`, keeping what was written in it; return the Changes.

    Raises OSError when the folder cannot be written, ValueError when its record cannot be read.
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
    finally:  # after an error too: what was copied until then is known
        if json.dumps(record) != before:
            _write(folder / RECORD, json.dumps(record, indent=1).encode())
    return changes


def _update_file(folder, name, new, record, changes):
    """Bring one file to its new version, and write that version into the record."""
    own, known = folder / name, record["files"].get(name)
    entry = {"version": _hash(new), "cells": _cells(name, new)}
    if name.startswith("notebooks/"):
        new = _without_outputs(new)
    if not own.exists():
        _write(own, new)
        changes.created.append(name)
    elif known is None or known["version"] != entry["version"]:
        cells = _cells(name, own.read_bytes())
        if known is not None and cells == known["cells"]:
            _write(own, new)
            changes.updated.append(name)
        elif entry["cells"] not in (cells, known and known["cells"]):
            beside = _free_name(folder, name, record["beside"])
            _write(folder / beside, new)
            record["beside"][beside] = entry
            changes.beside[name] = beside
    record["files"][name] = entry


def _free_name(folder, name, laid):
    """Return a name for a new version: one that is free, or under which an earlier one lies as it was laid."""
    path = pathlib.PurePosixPath(name)
    names = (
        str(path.with_suffix(f".new{number}{path.suffix}")) for number in itertools.chain([""], itertools.count(2))
    )
    return next(beside for beside in names if _free(folder / beside, laid.get(beside)))


def _free(path, known):
    return not path.exists() or (known is not None and _cells(path.name, path.read_bytes()) == known["cells"])


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
    """Return a hash of what can be written in a file: of a notebook its cells, without outputs; else all of it."""
    if name.endswith(".ipynb"):
        with contextlib.suppress(ValueError, KeyError, TypeError):
            cells = json.loads(content)["cells"]
            return _hash(json.dumps([[cell["cell_type"], "".join(cell["source"])] for cell in cells]).encode())
    return _hash(content)


def _without_outputs(content):
    """Return a notebook's bytes without what its cells show; any other bytes as they are."""
    with contextlib.suppress(ValueError, KeyError, TypeError):
        notebook = json.loads(content)
        ran = [cell for cell in notebook["cells"] if cell.get("outputs") or cell.get("execution_count")]
        if not ran:
            return content
        for cell in ran:
            cell |= {"outputs": [], "execution_count": None}
        return (json.dumps(notebook, indent=1, ensure_ascii=False) + "\n").encode()
    return content


def _hash(content):
    return hashlib.sha256(content).hexdigest()


def _write(path, content):
    """Write a whole file or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def _files(names):
    return "1 file" if len(names) == 1 else f"{len(names)} files"
