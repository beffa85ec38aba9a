"""A learner's C declaration put to use: a C program made from it stores a record in a segment.

It is compiled and run behind a sandbox's walls, never here. Where there is no compiler the declaration is read instead
(see c_struct), and stores the same.
"""

import ctypes
import json
import mmap
import os
import tempfile

import posix_ipc

from shmlab import told
from shmlab.c_programs import compiled, compiler
from shmlab.grading.c_struct import declared
from shmlab.grading.results import Unjudged

_SEEN_INSIDE = ("/usr/", "/bin/")
_PROGRAM = """
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
%(text)s
int main(int count, char **arguments) {
    printf("{\\"size\\": %%zu", sizeof(struct %(tag)s));
%(lines)s
    printf("}");
    int descriptor = shm_open(arguments[1], O_RDWR, 0);
    struct %(tag)s *record = mmap(0, sizeof *record, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
    if (count != 2 || record == MAP_FAILED)
        return 1;
%(stores)s
    return 0;
}
"""


def has_compiler():
    """Whether declarations are compiled here."""
    return str(compiler()).startswith(_SEEN_INSIDE)


def stored_by_c(world, text, tag, values, segment):
    """Have C store `values`, field -> number or text, in the POSIX segment of that name, as a `struct tag` that `text`
    declares. Returns the offsets it has, field -> bytes, and "size".

    Raises Differs, with the compiler's words, for a declaration that does not compile.
    """
    try:
        return world.call(_stored, text, tag, values, segment, has_compiler())
    except NotImplementedError as error:
        raise Unjudged(f"needs a compiler, and there is none here: {error}") from None
    except OSError as error:
        raise Unjudged(f"could not be compiled: {error}") from None
    except (TypeError, ValueError) as error:
        return world.expect("what the compiler says", str(error), "nothing")


def _stored(text, tag, values, segment, by_compiler):
    """What runs behind the walls."""
    if not isinstance(text, str):
        raise TypeError(f"the declaration is to be text, and is {text!r}")
    if not (by_compiler and compiler()):
        return _stored_as_read(declared(text, tag), values, segment)
    with tempfile.TemporaryDirectory() as folder:
        try:
            program = compiled(_program(text, tag, values), folder)
        except ValueError as error:
            raise ValueError(_first_error(str(error))) from None
        ended = told.done([program, segment])
    if ended.returncode:
        raise ValueError(f"it compiles, and the program that uses it {told.how(ended.returncode)}")
    return json.loads(ended.stdout)


def _program(text, tag, values):
    lines = [f'    printf(", \\"{name}\\": %zu", offsetof(struct {tag}, {name}));' for name in values]
    stores = [
        f'    memcpy(&record->{name}, "{value}", {len(value)});'
        if isinstance(value, str)
        else f"    record->{name} = {value};"
        for name, value in values.items()
    ]
    return _PROGRAM % {"text": text, "tag": tag, "lines": "\n".join(lines), "stores": "\n".join(stores)}


def _first_error(words):
    """The first error of a compiler, without the place, which is in a program that the learner does not see."""
    found = next((line for line in words.splitlines() if "error:" in line), words)
    return found.rpartition("error:")[2].strip()


def _stored_as_read(layout, values, segment):
    missing = [name for name in values if not hasattr(layout, name)]
    if missing:
        raise ValueError(f"'struct {layout.__name__}' has no member named '{missing[0]}'")
    memory = posix_ipc.SharedMemory(segment)
    with mmap.mmap(memory.fd, os.fstat(memory.fd).st_size) as mapped:
        record = bytearray(ctypes.sizeof(layout))
        for name, value in values.items():
            _store(record, layout, name, value)
        mapped[: len(record)] = record
    memory.close_fd()
    offsets = {name: getattr(layout, name).offset for name in values}
    return {"size": ctypes.sizeof(layout), **offsets}


def _store(record, layout, name, value):
    at = getattr(layout, name).offset
    if isinstance(value, str):
        record[at : at + len(value)] = value.encode()
        return
    view = layout.from_buffer_copy(record)
    kind = dict(layout._fields_)[name]
    setattr(view, name, value if kind in (ctypes.c_float, ctypes.c_double) else int(value))
    record[:] = bytes(view)
