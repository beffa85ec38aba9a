"""What `shmlab lab` does before JupyterLab takes over: the course folder, and what JupyterLab is told."""

import os
import pathlib
import shutil
import sys

from shmlab import course_folder

# As JupyterLab spells where its file browser begins, and which page it opens.
_ROOT = ("--ServerApp.root_dir", "--notebook-dir", "--ServerApp.notebook_dir", "--ContentsManager.root_dir")
_FIRST_PAGE = ("--LabApp.default_url", "--ServerApp.default_url")


def prepare(folder=None):
    """Make or update the course folder; return it and what to tell the learner, a list of lines.

    Raises OSError or ValueError that say what to do when there is no course or the folder cannot be written.
    """
    place = course_folder.place(folder)
    origin = course_folder.source()
    try:
        changes = course_folder.update(place, origin)
    except OSError as error:
        raise OSError(
            f"lessons and exercises are copied into {place.absolute()}, and that cannot be written "
            f"({error.strerror or error}): go to a folder of your own (cd ~) and call {_this_command()} there, "
            f"or name one: {_this_command()} --folder PATH"
        ) from error
    return place, changes.lines(place)


def jupyterlab(folder, arguments):
    """Return the command that opens a course folder in JupyterLab, and what to tell the learner, a list of lines.

    What the user's own arguments say of JupyterLab's root and first page holds.
    """
    command, said = [sys.executable, "-m", "jupyterlab"], []
    course = pathlib.Path(folder).resolve()
    asked = _value(arguments, _ROOT)
    root = course if asked is None else pathlib.Path(asked).resolve()
    if asked is None:
        command.append(f"--ServerApp.root_dir={root}")
    if not course.is_relative_to(root):
        said.append(f"JupyterLab shows {root}, as you asked; lessons and exercises are outside of it, in {course}.")
    elif _value(arguments, _FIRST_PAGE) is None:
        first = (course / course_folder.FIRST_LESSON).relative_to(root).as_posix()
        command.append(f"--LabApp.default_url=/lab/tree/{first}")  # the address it prints leads there too
    if os.geteuid() == 0:
        said.append("You are root (a container?), so JupyterLab is told --allow-root; it listens on this machine only.")
        command.append("--allow-root")
    return [*command, *arguments], said


def _this_command():
    """Return how to call `shmlab lab` from anywhere: by its name alone where the shell finds this one."""
    own = pathlib.Path(sys.executable).with_name("shmlab")
    return "shmlab lab" if shutil.which("shmlab") == str(own) else f"{own} lab"


def _value(arguments, names):
    """Return what the last of these options is given, as --name=value or --name value; None if there is none."""
    found = None
    for at, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            found = value if equals else next(iter(arguments[at + 1 :]), "")
    return found
