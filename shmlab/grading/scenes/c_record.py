"""A learner's C declaration in use: a C program made from it reads a record in a segment, and stores another one.

The program is compiled and run inside a sandbox, never here. The declaration's macros are expanded before any of our
code stands beside it, and it may only declare: everything that the program does is our code. Where there is no
compiler the declaration is read instead (see c_declaration), and reads and stores the same.

Source: C11, 5.1.1.2 (translation phases); gcc(1), -E.
"""

import ctypes
import dataclasses
import mmap
import os
import pathlib
import re
import secrets
import tempfile

import posix_ipc

from shmlab.grading.results import Differs, Unjudged
from shmlab.grading.scenes.c_declaration import declared
from shmlab.observe import program_output
from shmlab.observe.c_programs import compiled, compiler

_SEEN_INSIDE = ("/usr/", "/bin/")
_HEADERS = """
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
"""
_PROGRAM = """
%(headers)s
%(text)s
_Static_assert(1, "the text has ended");
static void as_text(const void *bytes, size_t size) {
    for (size_t at = 0; at < size; at++)
        printf("%%02x", ((const unsigned char *) bytes)[at]);
}
int main(int count, char **arguments) {
    int descriptor = shm_open(arguments[1], O_RDWR, 0);
    struct %(tag)s *record = mmap(0, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (count != 2 || record == MAP_FAILED)
        return 1;
    printf("%%zu\\n", sizeof *record);
%(reads)s
    memset(record, 0, sizeof *record);
%(stores)s
    return 0;
}
"""
_LITERAL = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_ATTRIBUTE = r"(?:\s*__attribute__\s*\(\((?:[^()]|\([^()]*\))*\)\)|\s*_Alignas\s*\([^()]*\))*"
_OF_A_TYPE = re.compile(rf"(?:\b(?:struct|union|enum)\b{_ATTRIBUTE}\s*\w*{_ATTRIBUTE}\s*(?::\s*\w+\s*)?|[=,{{]\s*)$")
_NO_DECLARATION = re.compile(r"\b(?:asm|__asm|__asm__)\b|<%|__attribute__\s*\(\((?!\s*_*(?:packed|aligned)_*\b)")
_PLACE = re.compile(r'# \d+ "(.*)"([ \d]*)$')
_PRAGMA = re.compile(r"^\s*#\s*pragma\s+(?!pack\b|scalar_storage_order\b).*$", re.MULTILINE)
_AFTER_THE_TEXT = re.compile(r"before '(_Static_assert|static)'")


def has_compiler(environment=None):
    """Return whether C is compiled here. `environment`: with the PATH to look on; None for this process's."""
    return str(compiler() if environment is None else compiler(environment)).startswith(_SEEN_INSIDE)


@dataclasses.dataclass(frozen=True)
class InC:
    """A record as C sees it. `size`: in bytes. `offsets`: field -> offset in bytes. `read`: field -> value that C read
    there."""

    size: int
    offsets: dict
    read: dict


class DoesNotCompile(Differs):
    """Raised for a declaration that does not compile, with the compiler's words."""

    def __init__(self, words):
        Exception.__init__(self, words)


def through_c(world, text, tag, values, segment):
    """Let C read a record from the POSIX segment `segment`, then store `values` in it, both as the `struct tag` that
    `text` declares. Return an InC. `values`: field -> number or text.

    Raises DoesNotCompile, with the compiler's words, for a declaration that does not compile.
    """
    compiling, called = has_compiler(), world.called
    try:
        return InC(*world.call(_through, text, tag, values, segment, compiling))
    except NotImplementedError as error:
        raise Unjudged(f"needs a compiler, and there is none here: {error}") from None
    except OSError as error:
        raise Unjudged(f"could not be compiled: {error}") from None
    except (TypeError, ValueError) as error:
        world.observed["what is wrong with the declaration"] = str(error)
        raise DoesNotCompile(f"{'the compiler says' if compiling else 'your declaration'}: {error}") from None
    finally:
        world.called = called  # what the learner's function was called with, and not this


def _through(text, tag, values, segment, by_compiler):
    """Read and store the record; this runs inside the sandbox."""
    if not isinstance(text, str):
        raise TypeError(f"the declaration is to be text, and is {text!r}")
    if not (by_compiler and compiler()):
        return _as_declared(declared(text, tag), values, segment)
    with tempfile.TemporaryDirectory() as folder:
        try:
            declaration = _declaration(text, folder)
            program = compiled(_program(declaration, tag, values), folder)
        except ValueError as error:
            raise ValueError(_first_error(str(error))) from None
        ended = program_output.done([program, segment])
    if ended.returncode:
        raise ValueError(f"it compiles, and the program that uses it {program_output.how(ended.returncode)}")
    size, *fields = ended.stdout.splitlines()
    found = {name: line.split(maxsplit=1) for name, line in zip(values, fields, strict=True)}
    offsets = {name: int(offset) for name, (offset, _) in found.items()}
    return int(size), offsets, {name: _meant(values[name], words) for name, (_, words) in found.items()}


def _declaration(text, folder):
    """Return a learner's text with its macros expanded and without comments. Raises ValueError if that fails, or if
    the text does more than declare types."""
    marker, source = f"int begins_{secrets.token_hex(8)};", pathlib.Path(folder, "text.c")
    source.write_text(f"{_HEADERS}{marker}\n{text}\n")
    ended = program_output.done([compiler(), "-std=gnu11", "-E", str(source)], LC_ALL="C")
    if ended.returncode:
        raise ValueError(ended.stderr)
    headers, found = _without_headers(ended.stdout.partition(marker)[2], str(source))
    bare = _LITERAL.sub('""', found)
    bodies = [at for at, character in enumerate(bare) if character == "{" and not _OF_A_TYPE.search(bare[:at])]
    if bodies or _NO_DECLARATION.search(bare):
        raise ValueError("error: this does more than declare types: write the declaration, and nothing else")
    return "\n".join([*(f'#include "{path}"' for path in headers), found])


def _without_headers(expanded, own):
    """Return (the paths of the system's headers, the remaining text) of a preprocessor's output; of its pragmas only
    those stay that lay out a record. `own`: the path of the text, in which a header's macro is marked as the system's,
    too. Source: gcc's manual, "Preprocessor Output"."""
    headers, lines, of_the_system = [], [], False
    for line in expanded.splitlines():
        if place := _PLACE.match(line):
            before, of_the_system = of_the_system, place[1] != own and "3" in place[2].split()
            if of_the_system and not before:
                headers.append(place[1])
        elif not of_the_system:
            lines.append(line)
    return headers, _PRAGMA.sub("", "\n".join(lines))


def _meant(like, words):
    """Return what a C program printed as text, or as a number of the same type as `like`."""
    return _text(bytes.fromhex(words)) if isinstance(like, str) else type(like)(words)


def _text(data):
    return data.split(b"\0")[0].decode("latin-1")


def _program(text, tag, values):
    reads = [line for name, value in values.items() for line in _reads(tag, name, value)]
    stores = [
        f'    memcpy(&record->{name}, "{value}", {len(value)});'
        if isinstance(value, str)
        else f"    record->{name} = {value};"
        for name, value in values.items()
    ]
    return _PROGRAM % {
        "headers": _HEADERS,
        "text": text,
        "tag": tag,
        "reads": "\n".join(reads),
        "stores": "\n".join(stores),
    }


def _reads(tag, name, value):
    """Yield lines of C that print the offset of a field and its value."""
    yield f'    printf("%zu ", offsetof(struct {tag}, {name}));'
    if isinstance(value, str):
        yield f"    as_text(&record->{name}, sizeof record->{name});"
    elif isinstance(value, float):
        yield f'    printf("%.17g", (double) record->{name});'
    else:  # C11, 6.5.8: compared with 0, an unsigned number is never below it
        yield f'    record->{name} < 0 ? printf("%jd", (intmax_t) record->{name})'
        yield f'                       : printf("%ju", (uintmax_t) record->{name});'
    yield '    printf("\\n");'


def _first_error(words):
    """Return a compiler's first error without its place, which is in a program that the learner does not see."""
    found = next((line for line in words.splitlines() if "error:" in line), words)
    return _AFTER_THE_TEXT.sub("at the end of your declaration", found.rpartition("error:")[2].strip())


def _as_declared(layout, values, segment):
    missing = [name for name in values if not hasattr(layout, name)]
    if missing:
        raise ValueError(f"'struct {layout.__name__}' has no member named '{missing[0]}'")
    memory = posix_ipc.SharedMemory(segment)
    with mmap.mmap(memory.fd, os.fstat(memory.fd).st_size) as mapped:
        size = ctypes.sizeof(layout)
        before, record = mapped[:size], bytearray(size)
        for name, value in values.items():
            _store(record, layout, name, value)
        mapped[:size] = record
    memory.close_fd()
    offsets = {name: getattr(layout, name).offset for name in values}
    return size, offsets, {name: _loaded(before, layout, name, value) for name, value in values.items()}


def _loaded(record, layout, name, like):
    """Return what C reads in a field, as a value of the same type as `like`."""
    field = getattr(layout, name)
    if isinstance(like, str):
        return _text(record[field.offset : field.offset + field.size])
    if dict(layout._fields_)[name] is ctypes.c_char:
        raise NotImplementedError(f"whether {name}, a plain char, has a sign, only a compiler can tell")
    return type(like)(getattr(layout.from_buffer_copy(record), name))


def _store(record, layout, name, value):
    at = getattr(layout, name).offset
    if isinstance(value, str):
        record[at : at + len(value)] = value.encode()
        return
    view = layout.from_buffer_copy(record)
    kind = dict(layout._fields_)[name]
    setattr(view, name, value if kind in (ctypes.c_float, ctypes.c_double) else int(value))
    record[:] = bytes(view)
