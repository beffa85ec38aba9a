"""C programs beside a lesson's Python: compiled and run where there is a compiler.

Never for what a learner wrote, unless in a sandbox: it is a program like any other. Source: c99(1), shm_open(3).
"""

import functools
import os
import pathlib
import shutil
import tempfile

from shmlab.observe import program_output

# -lrt: shm_open was in a library of its own before glibc 2.34.
_OPTIONS = ("-std=gnu11", "-Wall", "-Wextra", "-Wno-unused-parameter")
_LIBRARIES = ("-lrt", "-lpthread")
_PROGRAM = "program"
_LEAST = "#include <stdint.h>\n#include <sys/mman.h>\nint main(void) { return 0; }\n"


def compiler():
    """The path of a C compiler that works ($CC, or cc, gcc, clang), or None."""
    found = filter(None, map(shutil.which, (os.environ.get("CC") or "cc", "gcc", "clang")))
    return next(filter(_works, found), None)


@functools.cache
def _works(path):
    """Whether it compiles a program: one that is installed without the C library's headers does not."""
    with tempfile.TemporaryDirectory() as folder:
        return _compiled(path, _LEAST, folder).returncode == 0


def run_c(source, *arguments, recorded="", level="-O1"):
    """Compile a C program and run it; what it prints, as Told. Without a compiler: `recorded`, and it says so.

    `level`: how much the compiler optimizes, "-O0" to "-O3".
    Raises ValueError with the compiler's words when it does not compile, RuntimeError when it fails.
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


def compiled(source, folder, level="-O1", *options):
    """The path of the program that a C source compiles to, in a folder; with the option "-c", of its machine code
    alone. Raises ValueError with the compiler's words."""
    ended = _compiled(compiler(), source, folder, level, *options)
    if ended.returncode:
        raise ValueError(f"the C program does not compile: {ended.stderr.replace(folder + '/', '')}")
    return str(pathlib.Path(folder, _PROGRAM))


def _compiled(path, source, folder, level="-O1", *options):
    """What the compiler says, and in the folder the program it makes."""
    text = pathlib.Path(folder, "program.c")
    text.write_text(source)
    program = str(pathlib.Path(folder, _PROGRAM))
    libraries = () if "-c" in options else _LIBRARIES
    return program_output.done([path, *_OPTIONS, level, *options, "-o", program, str(text), *libraries], LC_ALL="C")
