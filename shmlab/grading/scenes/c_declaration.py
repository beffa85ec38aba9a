"""The meaning of a C declaration of a struct, read without a compiler, for graders that have none.

Only plain declarations are read: numbers of fixed or known width, arrays, pointers, and the attribute `packed`. The
layout is that of ctypes, which is this machine's C. Source: C11, 6.7.2.1; stdint.h.
"""

import ctypes
import re

_TYPES = {
    "char": ctypes.c_char, "signed char": ctypes.c_byte, "unsigned char": ctypes.c_ubyte,
    "short": ctypes.c_short, "unsigned short": ctypes.c_ushort, "int": ctypes.c_int, "unsigned": ctypes.c_uint,
    "unsigned int": ctypes.c_uint, "long": ctypes.c_long, "unsigned long": ctypes.c_ulong,
    "long long": ctypes.c_longlong, "unsigned long long": ctypes.c_ulonglong,
    "float": ctypes.c_float, "double": ctypes.c_double, "size_t": ctypes.c_size_t, "_Bool": ctypes.c_bool,
    "bool": ctypes.c_bool, **{f"{sign}int{bits}_t": getattr(ctypes, f"c_{sign}int{bits}")
                              for sign in ("", "u") for bits in (8, 16, 32, 64)},
}  # fmt: skip
_PACKED = re.compile(r"__attribute__\s*\(\(\s*(__)?packed(__)?\s*\)\)|#\s*pragma\s+pack\s*\(\s*(push\s*,\s*)?1\s*\)")
_MACRO = re.compile(r"^\s*#(?!\s*(?:pragma\s+pack|include\s*<std)\b)", re.MULTILINE)
_QUALIFIERS = ("const", "volatile")
_DECLARATOR = re.compile(r"\s*(\**)\s*([A-Za-z_]\w*)\s*(?:\[\s*(\d+)\s*\])?\s*")


def declared(text, name):
    """Return the ctypes Structure for `struct name { … };` in a C text.

    Raises ValueError if there is no such struct, NotImplementedError for what only a compiler can read.
    """
    bare = re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.DOTALL)
    if _MACRO.search(bare):
        raise NotImplementedError("what a line that begins with # makes of it, only a compiler can tell")
    packed = bool(_PACKED.search(bare))
    bare = _PACKED.sub(" ", bare)
    found = re.search(rf"\bstruct\s+{name}\s*\{{(.*?)\}}\s*(?:[A-Za-z_]\w*\s*)?;", bare, re.DOTALL)
    if found is None:
        raise ValueError(f"there is no `struct {name} {{ … }};`")
    *members, rest = found[1].split(";")
    if rest.strip():
        raise ValueError(f"a semicolon is missing after {rest.strip()!r}")
    body = {"_fields_": [field for member in members if member.strip() for field in _fields(member.strip())]}
    return type(name, (ctypes.Structure,), {"_pack_": 1, "_layout_": "ms", **body} if packed else body)


def _fields(member):
    """Yield (name, type) for each field of one member declaration, such as `uint16_t x, y[3]`."""
    beginning = re.match(r"(?:[A-Za-z_]\w*\s+)*?[A-Za-z_]\w*(?=\s*\*|\s+[A-Za-z_]\w*\s*(?:\[|,|$))", member)
    words = " ".join(word for word in (beginning[0] if beginning else "").split() if word not in _QUALIFIERS)
    for one in member[beginning.end() if beginning else 0 :].split(","):
        declarator = _DECLARATOR.fullmatch(one)
        base = (
            ctypes.c_void_p
            if declarator and declarator[1]
            else _TYPES.get(words, _TYPES.get(words.removesuffix(" int")))
        )
        if declarator is None or base is None:
            raise NotImplementedError(f"what `{member};` is, only a compiler can tell")
        yield declarator[2], base * int(declarator[3]) if declarator[3] else base
