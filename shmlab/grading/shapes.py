"""Layouts as plain data, so that a learner's process can build the memory that the trusted parent declared."""

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


def described(kind):
    """A ctypes type as nested lists: ["simple", code, byte order], ["array", element, length] or
    ["structure" or "union", name, pack, anonymous names, [[name, type, bits …] …]]. Raises TypeError."""
    if issubclass(kind, ctypes.Array):
        return ["array", described(kind._type_), kind._length_]
    if issubclass(kind, ctypes.Structure | ctypes.Union):
        what = "structure" if issubclass(kind, ctypes.Structure) else "union"
        fields = [
            [name, described(field), *bits]
            for base in reversed(kind.__mro__)
            for name, field, *bits in vars(base).get("_fields_", ())
        ]
        return [what, kind.__name__, getattr(kind, "_pack_", None), list(getattr(kind, "_anonymous_", ())), fields]
    if getattr(kind, "_type_", None) not in _SIMPLE:
        raise TypeError(f"{kind.__name__} cannot be described to another process: declare numbers, arrays, Structures")
    order = next((order for order in _ORDERS if getattr(kind, order, None) is kind), "")
    return ["simple", kind._type_, order]


def built(description):
    """The ctypes type behind `described`."""
    match description:
        case ["simple", code, order]:
            return getattr(_SIMPLE[code], order) if order else _SIMPLE[code]
        case ["array", element, length]:
            return built(element) * length
        case [what, name, pack, anonymous, fields]:
            body = {"__slots__": (), "_anonymous_": anonymous} | ({} if pack is None else {"_pack_": pack})
            body["_fields_"] = [(field, built(kind), *bits) for field, kind, *bits in fields]
            return layout.strict(type(name, (ctypes.Structure if what == "structure" else ctypes.Union,), body))
    raise ValueError(f"{description!r:.60} describes no layout")
