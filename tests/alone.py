"""Run code on the look-alikes of shm and on the real shm, to compare them: one process, whose memory is a bytearray."""

import ctypes
import struct

import numpy

from shmlab import layout
from shmlab.explorer import ops
from shmlab.explorer.execution.process import Process
from shmlab.explorer.execution.stand_ins import StandIns
from shmlab.explorer.lookalikes.fields import standing_for


class Alone(Process):
    """A Process whose operations act on `memory` at once; `done`: all of its operations."""

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
    """Return (the real shm, its bytes, the look-alike, its Alone) for one declaration."""
    real = layout.initial(shared)
    memory = bytearray(bytes(real))
    process = Alone(type(real), memory)
    return type(real).from_buffer(memory), memory, standing_for(type(real), process, 0), process


def outcomes(code, shared, **names):
    """Run code on the real shm, and as a check runs it; return for each (outcome, the final bytes).

    An outcome is ("value", the code's `r` as plain Python) or (type of the exception, "").
    """
    real, memory, shm, process = twins(shared)
    found = StandIns(process, seed=0)
    modules = {"struct": struct, "np": numpy, "ctypes": ctypes, "memoryview": memoryview}
    stand_ins = {name: found.module(module.__name__) for name, module in modules.items() if name != "memoryview"}
    stand_ins["memoryview"] = found.name_in("builtins", "memoryview")
    compiled = compile(code, "<code>", "exec")
    expected = outcome(_run, compiled, {"shm": real, "buffer": layout.buffer, **modules, **names})
    seen = outcome(_run, compiled, {"shm": shm, "buffer": layout.buffer, **stand_ins, **names})
    return (expected, memory), (seen, process.memory)


def _run(compiled, space):
    exec(compiled, space)
    return space.get("r")


def outcome(act, *arguments):
    """Call `act`; return ("value", its result as plain Python) or (type of the exception, "")."""
    try:
        return "value", plain(act(*arguments))
    except Exception as error:
        return type(error), ""


def plain(found):
    """Return a value without look-alikes, views and arrays; types that a learner can distinguish stay different."""
    if hasattr(type(found), "layout_of"):
        return plain(type(found).layout_of.from_buffer_copy(bytes(found)))
    if isinstance(found, ctypes.Structure | ctypes.Union | ctypes.Array):
        return repr(layout.values(found))  # nan is equal to itself in words
    if isinstance(found, list | tuple):
        return [plain(one) for one in found]
    if hasattr(found, "tobytes"):
        return getattr(found, "shape", ()), found.tobytes()
    return type(found).__name__, repr(found)
