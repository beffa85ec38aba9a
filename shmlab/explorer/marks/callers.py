"""Find out which function has called which, from names and frames, without running anything.

A caller waits in some instruction. Between it and the function that it called there may be code in C, such as a sort,
whose state nobody can see. So a call is believed only if the name in the source leads to exactly the function that
runs.
"""

import dis
import functools
import sys
import types

from shmlab.explorer.source import standing

_builtins = sys.modules["builtins"]


def opname(frame):
    """Return the name of the instruction at which a frame stands."""
    offset, code = frame.f_lasti, frame.f_code.co_code
    while offset > 0 and dis.opname[code[offset]] == "CACHE":
        offset -= 2
    return dis.opname[code[offset]]


def first_of(frame):
    """Return the first argument of the function that runs in a frame; None if it has none."""
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0]) if names else None


def named(path, frame, inner):
    """Return the object that a path of names stands for in a frame, found without running anything; None if that is
    not clear."""
    if path[0] is standing.ANY:
        owner = first_of(inner)
        return None if owner is None else attribute(owner, path[1])
    if path[0] == "<comprehension>":
        return inner.f_code if inner.f_code.co_name in _COMPREHENSIONS and inner.f_back is frame else None
    name = path[0]
    obj = frame.f_locals.get(name, frame.f_globals.get(name, getattr(_builtins, name, None)))
    for name in path[1:]:
        obj = attribute(obj, name)
    return obj


_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def attribute(owner, name):
    """Return an attribute of an object, class or module, found without running anything; None if there is none."""
    if isinstance(owner, types.ModuleType):
        return vars(owner).get(name)
    if isinstance(owner, type):
        return next((vars(kind)[name] for kind in owner.__mro__ if name in vars(kind)), None)
    shared = of_kind(owner, name)
    own = getattr(owner, "__dict__", None)
    if isinstance(own, dict) and name in own and not hasattr(type(shared), "__set__"):
        return own[name]
    return shared


def of_kind(owner, name):
    """Return the attribute of this name in an object's class; None if there is none."""
    return next((vars(kind)[name] for kind in type(owner).__mro__ if name in vars(kind)), None)


def leads_to(obj, code):
    """Return whether to call this object is to call a function with this code, and nothing else."""
    while True:
        match obj:
            case types.FunctionType():
                return obj.__code__ is code
            case types.CodeType():
                return obj is code
            case types.MethodType() | staticmethod() | classmethod():
                obj = obj.__func__
            case functools.partial():
                obj = obj.func
            case type() if type(obj).__call__ is type.__call__:
                obj = attribute(obj, "__init__")
                return isinstance(obj, types.FunctionType) and obj.__code__ is code
            case _:
                method = of_kind(obj, "__call__")
                if not isinstance(method, types.FunctionType):
                    return False
                obj = method


def let_go(frame, root):
    """Empty the copies of local variables that Python before 3.13 keeps once they were read: they would keep alive what
    a function deletes. From `frame` up to the code `root`."""
    while sys.version_info < (3, 13) and frame is not None and frame.f_code is not root:
        if frame.f_code.co_flags & _IS_FUNCTION:
            frame.f_locals.clear()
        frame = frame.f_back


_IS_FUNCTION = 0x1  # CO_OPTIMIZED: the variables of a module or a class are in that dict itself
