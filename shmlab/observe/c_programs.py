"""C programs beside a lesson's Python: compiled and run where there is a compiler.

A C program can do everything that its user may do: one that a learner wrote is run in a sandbox only.
Source: c99(1), shm_open(3).
"""

from __future__ import annotations

import os
import pathlib
import shutil
import tempfile
from collections.abc import Mapping
from subprocess import CompletedProcess
from typing import Any

from shmlab.observe import program_output

# -lrt: before glibc 2.34, shm_open was in this library.
_OPTIONS = ("-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter")
_LIBRARIES = ("-lrt", "-lpthread")
_PROGRAM = "program"
_LEAST = "#include <stdint.h>\n#include <sys/mman.h>\nint main(void) { return 0; }\n"


def compiler(environment: Mapping[str, str] | None = None) -> str | None:
    """Return the path of a C compiler that works ($CC, or cc, gcc, clang), or None. `environment`: with CC and PATH,
    this process's where it is None."""
    names = os.environ if environment is None else environment
    search = names.get("PATH", os.defpath)
    found = (shutil.which(name, path=search) for name in (names.get("CC") or "cc", "gcc", "clang"))
    return next((path for path in found if path and _works(path, search)), None)


_TRIED: dict[str, bool] = {}  # path of a compiler -> whether it works


def _works(path: str, search: str) -> bool:
    """Return whether a compiler compiles a program: without the C library's headers it does not. `search`: the PATH
    on which it finds its own tools, when it is tried, once."""
    if path not in _TRIED:
        with tempfile.TemporaryDirectory() as folder:
            _TRIED[path] = _compiled(path, _LEAST, folder, search=search).returncode == 0
    return _TRIED[path]


def run_c(source: str, *arguments: object, recorded: str = "", level: str = "-O1") -> program_output.Told:
    """Compile a C program, run it with `arguments`, and return what it prints, as Told.

    `source`: the text of the program. `recorded`: returned instead, and marked as recorded, where there is no compiler.
    `level`: how much the compiler optimizes, "-O0" to "-O3".
    Raises ValueError with the compiler's message when it does not compile, RuntimeError when it fails, TimeoutError
    after 30 s.
    """
    if compiler() is None:
        return program_output.recorded(recorded, "There is no C compiler here")
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(source, folder, level)
        ended = program_output.done([program, *map(str, arguments)])
    if ended.returncode:
        said = (ended.stderr or ended.stdout).strip()
        raise RuntimeError(f"the C program {program_output.how(ended.returncode)}: {said}")
    return program_output.Told(ended.stdout.rstrip("\n"), "Compiled and run, here and now.")


def compiled(source: str, folder: str, level: str = "-O1", *options: str) -> str:
    """Compile a C source in a folder; return the path of the program, or of its machine code alone with "-c".
    Raise ValueError with the compiler's message."""
    ended = _compiled(compiler(), source, folder, level, *options)
    if ended.returncode:
        raise ValueError(f"the C program does not compile: {ended.stderr.replace(folder + '/', '')}")
    return str(pathlib.Path(folder, _PROGRAM))


def _compiled(
    path: Any, source: str, folder: str, level: str = "-O1", *options: str, search: str = ""
) -> CompletedProcess[str]:
    """Run the compiler on a source in a folder; return the ended process."""
    text = pathlib.Path(folder, "program.c")
    text.write_text(source)
    program = str(pathlib.Path(folder, _PROGRAM))
    libraries = () if "-c" in options else _LIBRARIES
    command = [path, *_OPTIONS, level, *options, "-o", program, str(text), *libraries]
    return program_output.done(command, LC_ALL="C", PATH=search or os.environ.get("PATH", os.defpath))
