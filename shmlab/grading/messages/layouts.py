"""Describe layouts as plain data, so that a learner's process can build what the trusted parent declared."""

import ctypes

from shmlab import layout

_SIMPLE = {
    kind._type_: kind
    for kind in (
        *(ctypes.c_bool, ctypes.c_char, ctypes.c_wchar, ctypes.c_byte, ctypes.c_ubyte, ctypes.c_short, ctypes.c_ushort),
        *(ctypes.c_int, ctypes.c_uint, ctypes.c_long, ctypes.c_ulong, ctypes.c_longlong, ctypes.c_ulonglong),
        *(ctypes.c_float, ctypes.c_double, ctypes.c_longdouble),
    )
}
_ORDERS = ("__ctype_le__", "__ctype_be__")


def describe(kind):
    """Return a ctypes type as nested lists. Raises TypeError if it has a part that cannot be described.

    They are ["simple", code, byte order], ["array", element, length] or
    ["structure" or "union", name, pack, anonymous names, [[name, type, bits …] …], base …].
    """
    if issubclass(kind, ctypes.Array):
        return ["array", describe(kind._type_), kind._length_]
    if issubclass(kind, ctypes.Structure | ctypes.Union):
        return _with_fields(kind)
    if getattr(kind, "_type_", None) not in _SIMPLE:
        raise TypeError(f"{kind.__name__} cannot be described to another process: declare numbers, arrays, Structures")
    order = next((order for order in _ORDERS if getattr(kind, order, None) is kind), "")
    return ["simple", kind._type_, order]


def _with_fields(kind):
    keyword = "structure" if issubclass(kind, ctypes.Structure) else "union"
    if hasattr(kind, "_align_"):
        raise TypeError(f"{kind.__name__} has an _align_, which cannot be described to another process: leave it out")
    fields = [[name, describe(field), *bits] for name, field, *bits in vars(kind).get("_fields_", ())]
    # A base is described apart, because it keeps its own padding.
    base = [describe(base) for base in kind.__mro__[1:] if "_fields_" in vars(base)][:1]
    pack, anonymous = getattr(kind, "_pack_", None), list(vars(kind).get("_anonymous_", ()))
    return [keyword, kind.__name__, pack, anonymous, fields, *base]


def build(description):
    """Return the ctypes type for a result of `describe`. Raises ValueError."""
    match description:
        case ["simple", code, order]:
            return getattr(_SIMPLE[code], order) if order else _SIMPLE[code]
        case ["array", element, length]:
            return build(element) * length
        case ["structure" | "union" as keyword, name, pack, anonymous, fields, *base]:
            body = {"__slots__": (), "_anonymous_": anonymous} | (
                {} if pack is None else {"_pack_": pack, "_layout_": "ms"}
            )
            body["_fields_"] = [(field, build(kind), *bits) for field, kind, *bits in fields]
            bases = [build(description) for description in base] or [
                ctypes.Structure if keyword == "structure" else ctypes.Union
            ]
            return layout.strict(type(name, tuple(bases), body))
    raise ValueError(f"{description!r:.60} describes no layout")
