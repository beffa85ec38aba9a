"""Who has called whom: told from names and frames, without running anything.

A function's caller waits in some instruction. Between the two there may be code in C, a sort for instance, that keeps
what nobody can see; so a call is believed only where the name in the source leads to exactly the function that runs.
"""

import dis
import functools
import sys
import types

from shmlab.explorer.source import standing

_builtins = sys.modules["builtins"]


def opname(frame):
    """The name of the instruction at which a frame stands."""
    at, code = frame.f_lasti, frame.f_code.co_code
    while at > 0 and dis.opname[code[at]] == "CACHE":
        at -= 2
    return dis.opname[code[at]]


def first_of(frame):
    names = frame.f_code.co_varnames
    return frame.f_locals.get(names[0]) if names else None


def named(path, frame, inner):
    """What the names of a path stand for in a frame, found without running anything; None where that is not clear."""
    if path[0] is standing.ANY:
        owner = first_of(inner)
        return None if owner is None else attribute(owner, path[1])
    if path[0] == "<comprehension>":
        return inner.f_code if inner.f_code.co_name in _COMPREHENSIONS and inner.f_back is frame else None
    name = path[0]
    found = frame.f_locals.get(name, frame.f_globals.get(name, getattr(_builtins, name, None)))
    for name in path[1:]:
        found = attribute(found, name)
    return found


_COMPREHENSIONS = ("<listcomp>", "<setcomp>", "<dictcomp>")


def attribute(owner, name):
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
    """What the class of an object has under a name."""
    return next((vars(kind)[name] for kind in type(owner).__mro__ if name in vars(kind)), None)


def leads_to(found, code):
    """Whether to call this is to call a function with this code, and nothing else."""
    while True:
        match found:
            case types.FunctionType():
                return found.__code__ is code
            case types.CodeType():
                return found is code
            case types.MethodType() | staticmethod() | classmethod():
                found = found.__func__
            case functools.partial():
                found = found.func
            case type() if type(found).__call__ is type.__call__:
                found = attribute(found, "__init__")
                return isinstance(found, types.FunctionType) and found.__code__ is code
            case _:
                method = of_kind(found, "__call__")
                if not isinstance(method, types.FunctionType):
                    return False
                found = method
