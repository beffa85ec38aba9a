"""A C declaration read without a compiler has the layout that the compiler gives it."""

import ctypes
import json
import tempfile

import pytest

from shmlab.grading.scenes.c_declaration import declared
from shmlab.observe import program_output
from shmlab.observe.c_programs import compiled, compiler

DECLARATIONS = {
    "padding": "struct r { uint8_t a; int64_t b; uint16_t c; char d[6]; double e; };",
    "packed": "struct r { uint8_t a; int64_t b; } __attribute__((packed));",
    "packed before": "struct __attribute__((__packed__)) r { uint8_t a; double b; char c; };",
    "pragma": "#pragma pack(push, 1)\nstruct r { char a; int b; };\n#pragma pack(pop)",
    "several in one": "struct r { unsigned char a, b[7]; short c; };",
    "pointers": "struct r { char a; char *b; const void *c, *d; };",
    "old names": "struct r { unsigned a; long long b; unsigned short int c; float d; signed char e; };",
    "comments": "/* a; */ struct r { int a; // int b;\n int c; };",
    "typedef": "typedef struct r { char a; int b; } r;",
    "spaces": "struct  r{int a ;\n\tuint32_t  b [ 3 ] ; } ;",
}


@pytest.mark.skipif(compiler() is None, reason="there is no C compiler here")
@pytest.mark.parametrize("text", DECLARATIONS.values(), ids=DECLARATIONS)
def test_it_is_as_the_compiler_says(text):
    layout = declared(text, "r")
    names = [name for name, _ in layout._fields_]
    prints = "".join(f'printf(", %zu", offsetof(struct r, {name}));' for name in names)
    program = f"""
        #include <stddef.h>
        #include <stdint.h>
        #include <stdio.h>
        {text}
        int main(void) {{ printf("[%zu", sizeof(struct r)); {prints} puts("]"); return 0; }}"""
    with tempfile.TemporaryDirectory() as folder:
        said = json.loads(program_output.done([compiled(program, folder)]).stdout)
    assert [ctypes.sizeof(layout), *(getattr(layout, name).offset for name in names)] == said


@pytest.mark.parametrize("text", ["", "struct other { int a; };", "struct r { int a; int b };", "int r;"])
def test_what_is_no_such_struct_is_an_error(text):
    with pytest.raises(ValueError, match=r"struct r|semicolon"):
        declared(text, "r")


@pytest.mark.parametrize(
    "member", ["enum e a;", "int a : 3;", "int a[N];", "struct s { int b; } a;", "void a;", "int;"]
)
def test_what_only_a_compiler_can_read_is_said_to_be_that(member):
    with pytest.raises((NotImplementedError, ValueError), match=r"only a compiler|semicolon|no `struct"):
        declared(f"struct r {{ {member} }};", "r")
