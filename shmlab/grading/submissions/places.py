"""List the files in a folder or an archive, with the folders that contain them.

Archives are read in place and never extracted, so a file name that leads out of the archive does no harm.
"""

import dataclasses
import lzma
import re
import stat
import time
import typing
import zipfile
import zlib

from shmlab.grading.submissions import learner_names, submitted_notebook

_SKIPPED = {".ipynb_checkpoints", "__MACOSX", ".git"}
_MOST_ENTRIES = 50_000  # in an archive
_UTF_8 = 0x800  # a zip's flag: this name is UTF-8
CURE = "give a notebook, a folder of them, or the zip that Moodle or Canvas gave you"
UNREADABLE = (
    OSError,
    ValueError,
    RuntimeError,
    NotImplementedError,
    EOFError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


@dataclasses.dataclass(frozen=True)
class File:
    """Hold a file or a folder in one place.

    `parts`: its path in the place; a folder's ends with "". `stamp`: (1 if its time can be trusted, otherwise 0; the
    time in seconds).
    """

    parts: tuple
    path: str
    stamp: tuple
    load: typing.Callable
    problem: str = ""
    notes: tuple = ()

    @property
    def is_notebook(self):
        return self.parts[-1].lower().endswith(".ipynb")

    @property
    def is_folder(self):
        return not self.parts[-1]


def places(path):
    """Yield (name, Files) for each place at a path, a tree or an archive. A learner's name is unique in one place."""
    if path.is_dir():
        path = path / "submitted" if (path / "submitted").is_dir() else path  # a course in nbgrader's layout
        yield path.resolve().name, list(_in_tree(path))
        for archive in sorted(archive for archive in path.glob("*.[zZ][iI][pP]") if archive.is_file()):
            yield archive.stem, list(_in_zip_or_not(archive))
    elif path.suffix.lower() == ".ipynb":
        folders = path.resolve().parent.parts
        yield folders[-1], [_file(path, (*learner_names.names_of(folders), path.name))]
    elif path.is_file() and zipfile.is_zipfile(path):
        yield path.stem, list(_in_zip(path))
    else:
        raise ValueError(f"{path} is neither a notebook (*.ipynb) nor a zip that can be opened: {CURE}")


def _in_tree(path):
    above = learner_names.names_of(path.resolve().parts)
    for below in sorted(path.rglob("*")):
        parts = below.relative_to(path).parts
        if _is_skipped(parts):
            continue
        yield _folder((*above, *parts), below) if below.is_dir() else _file(below, (*above, *parts), root=path)


def _is_skipped(parts):
    return bool(_SKIPPED & set(parts)) or parts[-1].startswith("._")


def _folder(parts, path):
    return File((*parts, ""), str(path), (0, 0), lambda: b"")


def _file(path, parts, root=None):
    try:
        status = path.stat()
        outside = root is not None and not path.resolve().is_relative_to(root.resolve())
    except OSError as error:
        return _unread(parts, path, f"it could not be read: {error.strerror}")
    problem = ""
    if outside:
        problem = f"it is a link to a file outside of {root}: it was not read"
    elif not stat.S_ISREG(status.st_mode):
        problem = "it is no file with a content: it was not read"
    return File(parts, str(path), (1, status.st_mtime), lambda: _bounded(path.open("rb")), problem)


def _unread(parts, path, problem):
    return File(parts, str(path), (0, 0), lambda: b"", problem)


def _bounded(stream):
    with stream:
        data = stream.read(submitted_notebook.MOST_BYTES + 1)
    if len(data) > submitted_notebook.MOST_BYTES:
        most_mib = submitted_notebook.MOST_BYTES >> 20
        raise ValueError(f"it has more than {most_mib} MiB: clear its outputs, save it, and hand it in again")
    return data


def _in_zip_or_not(path):
    """Yield the Files of one of several archives. One that cannot be opened gives a File that says so."""
    try:
        yield from _in_zip(path)
    except ValueError as error:
        yield _unread((f"{path.stem}.ipynb",), path, str(error))


def _in_zip(path):
    """Yield the Files of an archive. Raises ValueError if it cannot be opened."""
    try:
        archive = zipfile.ZipFile(path)  # stays open: its files are read later
    except UNREADABLE as error:
        raise ValueError(f"{path} cannot be opened as a zip ({error}): download it again") from error
    if len(archive.infolist()) > _MOST_ENTRIES:
        raise ValueError(f"{path} has {len(archive.infolist()):,} files: at most {_MOST_ENTRIES:,} are looked at")
    folders = {}
    for info in archive.infolist():
        name = _name(info).replace("\\", "/")
        parts = tuple(part for part in name.split("/") if part not in ("", ".", ".."))
        if not parts or _is_skipped(parts):
            continue
        above = len(parts) if info.is_dir() else len(parts) - 1
        folders |= {parts[:depth]: f"{path}/{'/'.join(parts[:depth])}" for depth in range(1, above + 1)}
        if info.is_dir():
            continue
        notes, trusted = (), 1
        if name.startswith("/") or ".." in name.split("/") or re.match("[A-Za-z]:", name):
            notes, trusted = (f"its name in the archive leads out of it ({name!r}): only its content was read",), 0
        stamp = trusted, time.mktime((*info.date_time, 0, 0, -1))  # accepts any month, also 0
        yield File(parts, f"{path}/{name}", stamp, _loader(archive, info), _problem(info), notes)
    yield from (_folder(*folder) for folder in folders.items())


def _name(info):
    """Return the name of a member. Many programs write UTF-8 without setting the flag; zipfile then reads cp437."""
    if info.flag_bits & _UTF_8:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _problem(info):
    if info.flag_bits & 1:
        return "it is encrypted: give an archive without a password"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "it is a link: it was not read"
    return ""


def _loader(archive, info):
    return lambda: _bounded(archive.open(info))
