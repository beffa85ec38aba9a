"""A function's own copies of layouts in a check: they take shared memory where ctypes layouts take it."""

import ctypes

from shmlab.base import pickling
from shmlab.explorer.lookalikes.fields import standing_for
from shmlab.explorer.lookalikes.raw_bytes import raw_bytes
from shmlab.explorer.lookalikes.values import is_shared


def built(name, bases, body):
    """Return the layout made again for a function that runs in a check."""
    own = {"from_buffer": classmethod(_from_buffer), "from_buffer_copy": classmethod(_from_buffer_copy)}
    own |= {"__init__": _init, "__setattr__": _set}
    return pickling.build_structure(name, bases, own | body)


def _from_buffer(kind, source, offset=0):
    """Do ctypes' from_buffer: return a view of the same memory, whose every access is a step."""
    raw = raw_bytes(source)
    if raw is None:
        return type(kind).from_buffer(kind, source, offset)
    process, base_offset = raw.base
    kind.from_buffer(bytearray(raw.nbytes), offset)  # raises ctypes' errors
    return standing_for(kind, process, base_offset + offset)


def _from_buffer_copy(kind, source, offset=0):
    """Do ctypes' from_buffer_copy: load what is copied."""
    raw = raw_bytes(source)
    if raw is None:
        return type(kind).from_buffer_copy(kind, source, offset)
    kind.from_buffer_copy(bytes(raw.nbytes), offset)
    return type(kind).from_buffer_copy(kind, raw[offset : offset + ctypes.sizeof(kind)].tobytes())


def _init(self, *values, **fields):
    base = ctypes.Union if isinstance(self, ctypes.Union) else ctypes.Structure
    base.__init__(self, *map(_private, values), **{name: _private(value) for name, value in fields.items()})


def _set(self, name, value):
    base = ctypes.Union if isinstance(self, ctypes.Union) else ctypes.Structure
    base.__setattr__(self, name, _private(value))


def _private(value):
    """Return a value; if it stands for shared memory, a copy of its present content."""
    return value.__class__.from_buffer_copy(bytes(value)) if is_shared(value) else value
