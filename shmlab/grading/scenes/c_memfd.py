"""Compile and run, inside a sandbox, a learner's C function that hands memory over, and look at what it hands over.

The function, `publish`, is linked with a `main` of ours (native/hand_over.c), which calls it and passes the descriptor
that it returns through a Unix socket. At the other end is a process that runs none of the learner's code, see
other_end. The program gets only the content; what the other process reports it cannot reach.

Source: gcc(1), -fsanitize-coverage; ld(1), --wrap.
"""

import dataclasses
import functools
import os
import pathlib
import re
import tempfile
import zlib

from shmlab.base import root
from shmlab.grading.inside_sandbox import rights
from shmlab.grading.results import Differs, Unjudged
from shmlab.grading.scenes.c_record import DoesNotCompile, has_compiler
from shmlab.grading.scenes.other_end import call_publish
from shmlab.observe.c_programs import compiled

_NATIVE = root.PACKAGE / "native"
_STRICT = ("-Werror=implicit-function-declaration", "-Werror=return-type", "-D_GNU_SOURCE")
_WRAPPED = ("write", "pwrite", "memfd_create", "ftruncate", "mmap", "fcntl", "fork", "sleep", "usleep", "nanosleep")
_MOST_PROGRAM = 50_000  # bytes of a compressed program
_PLACE = re.compile(r"program\.c:(\d+)(?::\d+)?: (?:fatal )?error: .*")
_OF_THE_LINKER = re.compile(r"(undefined reference to|multiple definition of) ['`](\w+)'")
# `for (;;) ;` is one jump to itself: gcc counts nothing there.
_TO_ITSELF = re.compile(r"^(\.?L\w+):\n\s+(jmp|b)\s+\1$", re.MULTILINE)
_CALL = {"jmp": "call __sanitizer_cov_trace_pc@PLT", "b": "bl __sanitizer_cov_trace_pc"}
# As they are before any learner's code has run in this process: a notebook's cell can change them.
_ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "CC") if name in os.environ}


@dataclasses.dataclass(frozen=True)
class Handed:
    """Hold what `publish` handed over. `kind`: "a memfd", "another file", "-1", or "a number that is no descriptor".

    For a memfd: `size_bytes` and `content`; `seals`, by their names; `only_reads`: whether the descriptor itself is for
    reading only; `possible`: what another process could do to the memory, see other_end;
    `can_store`: whether a process has it mapped for writing still. In any case `descriptors` and `mappings`: how many
    the program has that it did not have before, and `children`: how many processes it has started that have some of
    their own. `failed`: the last call that failed, and how, in words, or ""; `sealings`: how many times F_ADD_SEALS was
    asked for. These two are the program's own word.
    """

    kind: str
    size_bytes: int
    content: bytes
    seals: list
    only_reads: bool
    possible: list
    can_store: bool
    descriptors: int
    mappings: int
    children: int
    failed: str
    sealings: int


def handed_over(world, text, content, *, most_descriptors=0, most_bytes=0, for_one_write=False):
    """Compile a C text with a function `int publish(const void *content, size_t size)`, call it in a process of its
    own, and return the Handed. `most_descriptors`, `most_bytes`: limits on open files and on the size of a file while
    it runs, 0 for none; `for_one_write`: whether `most_bytes` is lifted when one write has met it.

    Raises DoesNotCompile with the compiler's words, Differs where the program ended before publish returned or does not
    end, Unjudged where there is no compiler or the kernel has no memfds.
    """
    if not has_compiler(_ENVIRONMENT):
        raise Unjudged("needs a C compiler, and there is none here")
    called = world.called
    try:
        program = _program(world, text)
    except (TypeError, ValueError) as error:
        world.observed["what is wrong with the text"] = str(error)
        told_by_gcc = isinstance(error, ValueError)
        called = "the C compiler, with your text" if told_by_gcc else called
        raise DoesNotCompile(f"the compiler says: {error}" if told_by_gcc else str(error)) from None
    except OSError as error:
        raise Unjudged(f"could not be compiled: {error}") from None
    finally:
        world.called = called
    limits = [most_descriptors, most_bytes, int(for_one_write)]
    try:
        told = world.call(call_publish, program, content, limits)
    except NotImplementedError as error:
        raise Unjudged(str(error)) from None
    except OSError as error:
        raise Unjudged(f"could not be run: {error}") from None
    finally:
        world.called = f"publish(content, {len(content)}), in a process of its own"
    if isinstance(told, str):
        if "SIGXCPU" in told:  # a limit proves nothing
            raise Unjudged(f"used up its {rights.CPU_S} s of processor time")
        world.observed["where it waits" if told.startswith("waits") else "its end"] = told
        raise Differs(f"the program {told}")
    return Handed(*told)


_made = functools.lru_cache(maxsize=8)(lambda text: {})  # text -> where its program is kept


def _program(world, text):
    """Return the compressed program of a text, compiled inside the sandbox, and once only."""
    kept = _made(text if isinstance(text, str) else "")
    if "program" not in kept:
        kept["program"] = world.call(compile_publish, text, _ENVIRONMENT)
    return kept["program"]


def compile_publish(text, environment):
    """Return the compressed program of a text; this runs inside the sandbox. Raises TypeError for what is no text,
    ValueError with the compiler's words. `environment`: for the compiler."""
    if not isinstance(text, str):
        raise TypeError(f"the C program is to be text, and what came is of type {type(text).__name__}")
    os.environ |= environment
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as linked:
        header = str(_NATIVE / "hand_over.h")
        counted = "-S", "-fsanitize-coverage=trace-pc", "-include", header
        wraps = [f"-Wl,--wrap={name}" for name in _WRAPPED]
        try:
            part = pathlib.Path(compiled(text, folder, "-O1", *_STRICT, *counted))
            part.write_text(_TO_ITSELF.sub(_counted, part.read_text()))
            theirs = "-x", "assembler", str(part), "-x", "none"
            ours = (_NATIVE / "hand_over.c").read_text()
            program = compiled(ours, linked, "-O1", *_STRICT, "-s", *wraps, "-include", header, *theirs)
        except ValueError as error:
            raise ValueError(_first_error(str(error), text)) from None
        data = zlib.compress(pathlib.Path(program).read_bytes())
    if len(data) > _MOST_PROGRAM:
        raise ValueError("error: the program that comes of it is too large")
    return data


def _counted(loop):
    label, jump = loop.groups()
    return f"{label}:\n\t{_CALL[jump]}\n\t{jump} {label}"


def _first_error(words, text):
    """Return the first error of a compiler or linker, with the learner's line."""
    if found := _PLACE.search(words):
        lines = text.splitlines()
        at = int(found[1]) - 1
        code = lines[at].strip().replace("`", "'") if at < len(lines) else ""
        return found[0] + (f"; there stands `{code}`" if code else "")
    if found := _OF_THE_LINKER.search(words):
        return f"{found[1]} `{found[2]}`"
    words = words.removeprefix("the C program does not compile: ").strip()
    return next((line for line in words.splitlines() if "error" in line), words[:200])
