"""C programs beside a lesson's Python: compiled and run where there is a compiler.

Never for what a learner wrote, unless in a sandbox: it is a program like any other. Source: c99(1), shm_open(3).
"""

import os
import pathlib
import shutil
import tempfile

from shmlab import told

# -lrt: shm_open was in a library of its own before glibc 2.34.
_OPTIONS = ("-std=gnu11", "-O1", "-Wall", "-Wextra", "-Wno-unused-parameter")
_LIBRARIES = ("-lrt", "-lpthread")


def compiler():
    """The path of a C compiler ($CC, or cc, gcc, clang), or None."""
    return next(filter(None, map(shutil.which, (os.environ.get("CC") or "cc", "gcc", "clang"))), None)


def run_c(source, *arguments, recorded=""):
    """Compile a C program and run it; what it prints, as Told. Without a compiler: `recorded`, and it says so.

    Raises ValueError with the compiler's words when it does not compile, RuntimeError when it fails.
    """
    if compiler() is None:
        return told.recorded(recorded, "There is no C compiler here")
    with tempfile.TemporaryDirectory() as folder:
        program = compiled(source, folder)
        ended = told.done([program, *map(str, arguments)])
    if ended.returncode:
        raise RuntimeError(f"the C program {told.how(ended.returncode)}: {(ended.stderr or ended.stdout).strip()}")
    return told.Told(ended.stdout.rstrip("\n"), "Compiled and run, here and now.")


def compiled(source, folder):
    """The path of the program that a C source compiles to, in a folder. Raises ValueError with the compiler's words."""
    source_path, program = pathlib.Path(folder, "program.c"), pathlib.Path(folder, "program")
    source_path.write_text(source)
    ended = told.done([compiler(), *_OPTIONS, "-o", str(program), str(source_path), *_LIBRARIES], LC_ALL="C")
    if ended.returncode:
        raise ValueError(f"the C program does not compile: {ended.stderr.replace(str(source_path), 'program.c')}")
    return str(program)
