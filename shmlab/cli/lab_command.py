"""Prepare `shmlab lab`: update the course folder and make the command line that starts JupyterLab."""

import os
import pathlib
import shlex
import shutil
import sys
import urllib.parse

from shmlab.base import root
from shmlab.cli import course_folder

# JupyterLab's options for the root of its file browser, and for the page that it opens.
_ROOT = ("--ServerApp.root_dir", "--notebook-dir", "--ServerApp.notebook_dir", "--ContentsManager.root_dir")
_FIRST_PAGE = ("--LabApp.default_url", "--ServerApp.default_url")
# Settings for this server only: it does not ask whether to fetch news.
_SETTINGS = root.PACKAGE / "jupyter"
_TERMINALS = ("--ServerApp.terminado_settings", "--TerminalsExtensionApp.terminado_settings")


def prepare(folder=None):
    """Create or update the course folder; return it, and a list of lines for the learner.

    Raises OSError or ValueError, which say what to do, if there is no course or the folder cannot be written.
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
    """Return the command that opens a course folder in JupyterLab, and a list of lines for the learner.

    The user's own arguments about JupyterLab's root and first page take precedence.
    """
    command, lines = [sys.executable, "-m", "jupyterlab"], []
    course, root = pathlib.Path(folder).resolve(), shown(folder, arguments)
    if _value(arguments, _ROOT) is None:
        command.append(f"--ServerApp.root_dir={root}")
    if not course.is_relative_to(root):
        lines.append(f"JupyterLab shows {root}, as you asked; lessons and exercises are outside of it, in {course}.")
    elif _value(arguments, _FIRST_PAGE) is None:
        command.append(
            f"--LabApp.default_url=/{_first_page(course, root)}"
        )  # so the address that JupyterLab prints opens it, too
    if not sys.stdout.isatty() and _value(arguments, _TERMINALS) is None:
        # Otherwise JupyterLab starts login shells in its terminals, and /etc/profile overwrites PATH.
        command.append(f"--ServerApp.terminado_settings=shell_command={os.environ.get('SHELL') or 'sh'}")
    if os.geteuid() == 0:
        lines.append(
            "You are root (a container?), so JupyterLab is told --allow-root; it listens on this machine only."
        )
        command.append("--allow-root")
    return [*command, *map(_absolute, arguments)], lines


def shown(folder, arguments):
    """Return the folder that JupyterLab shows: the course folder, or the one that the user's own arguments name."""
    return pathlib.Path(_value(arguments, _ROOT) or folder).resolve()


def environment():
    """Return the environment for JupyterLab's server. Its terminals find `shmlab` and its Python through PATH."""
    places = _first(pathlib.Path(sys.executable).parent, os.environ.get("PATH", os.defpath))
    return os.environ | {
        "PATH": places,
        "JUPYTER_CONFIG_PATH": _first(_SETTINGS, os.environ.get("JUPYTER_CONFIG_PATH")),
    }


def _first(folder, places):
    """Return a search path with `folder` moved to the front."""
    others = [place for place in (places or "").split(os.pathsep) if place and place != str(folder)]
    return os.pathsep.join([str(folder), *others])


def running(folder, arguments):
    """Return the first lesson's address in a JupyterLab that already runs on this course folder, and a list of lines
    for the learner; None if none runs."""
    from jupyter_server.serverapp import list_running_servers

    course, root = pathlib.Path(folder).resolve(), shown(folder, arguments)
    server = next((info for info in list_running_servers() if pathlib.Path(info["root_dir"]).resolve() == root), None)
    if server is None:
        return None
    token = urllib.parse.urlencode({"token": server["token"]}) if server["token"] else ""
    page = _first_page(course, root) if course.is_relative_to(root) else "lab"
    address = f"{server['url']}{page}" + (f"?{token}" if token else "")
    stop = shlex.join([str(pathlib.Path(sys.executable).with_name("jupyter")), "server", "stop", str(server["port"])])
    return address, [
        f"JupyterLab runs already on {root}, and a second one would write over what you do in the first. It is here:",
        f"    {address}",
        f"To stop it: Ctrl-C in its terminal, or File, Shut Down in JupyterLab, or {stop}",
        "After a new version stop it and call this again: nothing was copied now.",
    ]


def _first_page(course, root):
    return f"lab/tree/{(course / course_folder.FIRST_LESSON).relative_to(root).as_posix()}"


def _absolute(argument):
    """Return a user's argument with an absolute path if it names a file, because the server runs in another folder."""
    name, equals, value = argument.partition("=") if argument.startswith("-") else ("", "", argument)
    return f"{name}{equals}{pathlib.Path(value).absolute()}" if value and pathlib.Path(value).exists() else argument


def _this_command():
    """Return a command for `shmlab lab` that works in any folder: only its name if the shell finds this one."""
    own = pathlib.Path(sys.executable).with_name("shmlab")
    return "shmlab lab" if shutil.which("shmlab") == str(own) else f"{own} lab"


def _value(arguments, names):
    """Return the value of the last of these options, as --name=value or --name value; None if there is none."""
    last = None
    for index, argument in enumerate(arguments):
        name, equals, value = argument.partition("=")
        if name in names:
            last = value if equals else next(iter(arguments[index + 1 :]), "")
    return last
