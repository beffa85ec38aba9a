"""Name bytes of memory by their field, and read the number that they hold."""

import ctypes
import sys

from shmlab import layout


def field_at(kind, offset, size):
    """Return the name of `size` bytes at an offset: counter, slots[1], header.magic, or bytes 2 to 3 of counter."""
    scalar, offset, path = _scalar_at(kind, offset)
    if scalar is None:
        return f"padding at byte {offset}"
    whole = ctypes.sizeof(scalar)
    if offset == 0 and size == whole:
        return path
    if size > whole:
        return f"{size} bytes from {path}"
    return f"byte {offset} of {path}" if size == 1 else f"bytes {offset} to {offset + size - 1} of {path}"


def number_at(kind, offset, raw):
    """Return the value of bytes at an offset in a layout: as the field there has it, or as an unsigned number."""
    scalar, offset, _ = _scalar_at(kind, offset)
    if scalar is None or offset or ctypes.sizeof(scalar) != len(raw):
        return int.from_bytes(raw, sys.byteorder)
    return scalar.from_buffer_copy(raw).value


def _scalar_at(kind, offset, path=""):
    """Return (type, offset within it, name) of the scalar that a byte belongs to; in padding, the type is None."""
    if issubclass(kind, ctypes.Structure | ctypes.Union):
        for name in layout.field_names(kind):
            start, inner = getattr(kind, name).offset, layout.field_type(kind, name)
            if start <= offset < start + ctypes.sizeof(inner):
                return _scalar_at(inner, offset - start, f"{path}.{name}" if path else name)
        return None, offset, path
    if issubclass(kind, ctypes.Array):
        step = ctypes.sizeof(kind._type_)
        return _scalar_at(kind._type_, offset % step, f"{path}[{offset // step}]")
    return kind, offset, path
