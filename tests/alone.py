"""A process alone with its memory, a bytearray: what the look-alikes of shm do to it, step by step."""

import ctypes

from shmlab import layout
from shmlab.explorer import ops
from shmlab.explorer.fields import look_alike
from shmlab.explorer.process import Process


class Alone(Process):
    """A Process whose operations act on `memory` at once; `done`: all of them."""

    def __init__(self, layout_type, content):
        super().__init__((), 0, layout_type, {})
        self.memory = bytearray(content)
        self.done = []

    def do(self, op):
        self.done.append(op)
        part = slice(op.place, op.place + op.size)
        if op.kind in ops.STORES:
            self.memory[part] = op.values[0]
            return None
        return bytes(self.memory[part])


def twins(shared):
    """(the real shm, its bytes, the look-alike, its Alone) of one declaration."""
    real = layout.initial(shared)
    memory = bytearray(bytes(real))
    process = Alone(type(real), memory)
    return type(real).from_buffer(memory), memory, look_alike(type(real))(process, 0), process


def outcome(act, *arguments):
    """What a call came to: ("value", plain Python) or (the exception's type, None)."""
    try:
        return "value", plain(act(*arguments))
    except Exception as error:
        return type(error), None


def plain(found):
    """A value without the look-alikes, views and arrays in it, with its type where that can be told apart."""
    if hasattr(type(found), "layout_of"):
        return plain(type(found).layout_of.from_buffer_copy(bytes(found)))
    if isinstance(found, ctypes.Structure | ctypes.Union | ctypes.Array):
        return repr(layout.values(found))  # nan is equal to itself in words
    if isinstance(found, list):
        return [plain(one) for one in found]
    if hasattr(found, "tobytes"):
        return found.tobytes()
    return type(found).__name__, repr(found)
