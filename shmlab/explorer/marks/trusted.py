"""The parts of Python and of libraries that keep nothing from one call to the next, so that a mark may pass over them.

Everything that is not named here may keep something. A function that uses it gets no marks: see marks.
"""

import functools
import sys
import types

# Modules whose functions and classes keep nothing. What their objects hold is another matter: see content.
_STATELESS = frozenset({
    "builtins", "math", "cmath", "_operator", "itertools", "collections", "collections.abc", "_collections_abc",
    "_collections", "dataclasses", "enum", "typing", "types", "string", "copy", "re", "_sre", "re._parser", "json",
    "json.decoder", "json.encoder", "textwrap", "bisect", "_bisect", "heapq", "_heapq", "statistics", "fractions",
    "numbers", "abc", "_abc", "contextlib", "array", "datetime", "zlib", "binascii", "base64", "hashlib", "_hashlib",
    "keyword", "struct", "_struct", "ctypes", "_ctypes", "time", "random", "functools", "_functools", "secrets",
    "operator", "errno", "traceback", "reprlib", "numpy.lib.mixins",
})  # fmt: skip
# Modules of which only these names keep nothing.
_NAMES = {
    "sys": {"maxsize", "byteorder", "exit", "version", "version_info", "platform", "float_info", "int_info",
            "exc_info", "exception", "intern", "stdout", "stderr", "SystemExit", "implementation", "hexversion"},
    "os": {"getpid", "getppid", "path", "sep", "strerror", "fsencode", "fsdecode", "cpu_count", "sched_yield",
           "errno", "linesep", "fspath", "error", "EX_OK"},
    "posix": {"getpid", "getppid", "strerror", "cpu_count", "sched_yield", "fspath"},
    "threading": {"get_ident", "get_native_id", "current_thread", "main_thread"},
    "_thread": {"get_ident", "get_native_id"},
    "multiprocessing": {"current_process", "parent_process"},
    "posixpath": {"join", "basename", "dirname", "split", "splitext", "sep"},
    "decimal": {"Decimal"}, "_decimal": {"Decimal"},
}  # fmt: skip
# Names of stateless modules that reach what no mark follows.
_BARRED = {
    "builtins": {"globals", "locals", "vars", "eval", "exec", "compile", "__import__", "id", "help"},
    "operator": {"attrgetter", "methodcaller", "is_", "is_not"},
    "_operator": {"attrgetter", "methodcaller", "is_", "is_not"},
    "functools": {"singledispatch", "singledispatchmethod"},
    "types": {"FrameType", "FunctionType", "CodeType", "CellType", "ModuleType"},
    "typing": {"get_type_hints"}, "random": {"seed", "getstate", "setstate"},
    "ctypes": {"pythonapi", "CDLL", "PyDLL", "cdll", "pydll", "py_object", "set_errno", "get_errno", "CFUNCTYPE"},
}  # fmt: skip
_NUMPY_KEEPS = frozenset(
    ("seterr", "seterrcall", "errstate", "set_printoptions", "printoptions", "setbufsize", "random", "memmap")
)
_OURS = "shmlab"


def module_is_known(name):
    """Return whether a module as a whole keeps nothing."""
    return name in _STATELESS or name == "numpy" or is_ours(name)


def barred_of(module):
    """Return the names of a module that reach what no mark follows, although the module itself keeps nothing."""
    return _NUMPY_KEEPS if module == "numpy" else _BARRED.get(module, ())


def is_known(module, name):
    """Return whether a name of a module keeps nothing, and reaches nothing that no mark follows."""
    if not isinstance(module, str) or not isinstance(name, str):
        return False
    if module in _NAMES:
        return name in _NAMES[module]
    if module == "numpy" or module.startswith("numpy."):
        return name not in _NUMPY_KEEPS
    return module_is_known(module) and name not in barred_of(module)


def is_ours(name):
    """Return whether a module belongs to this package."""
    return isinstance(name, str) and (name == _OURS or name.startswith(f"{_OURS}."))


def named_by(obj):
    """Return (module, name) of a library's function or class, by which it can be found again; None if it has no such
    names."""
    module, name = getattr(obj, "__module__", None), getattr(obj, "__qualname__", None)
    if module is None and isinstance(getattr(obj, "__self__", None), types.ModuleType):
        module = obj.__self__.__name__
    if module is None and hasattr(obj, "__objclass__"):  # a method of a class in C
        module, name = obj.__objclass__.__module__, f"{obj.__objclass__.__qualname__}.{obj.__name__}"
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    return module, name


def keeps_nothing(obj):
    """Return whether this is a library's function or class that keeps nothing, see `is_known`."""
    named = named_by(obj)
    return named is not None and is_known(named[0], named[1].partition(".")[0]) and _is_there(obj, *named)


def _is_there(obj, module, name):
    """Return whether a name of a module stands for exactly this object."""
    named = sys.modules.get(module)
    for part in name.split("."):
        named = getattr(named, part, None)
    return named is obj or named == obj


# Attributes and functions by which code can see frames, code objects and other functions' variables.
_INSIDES = frozenset(
    name
    for kind in (types.FrameType, types.TracebackType, types.GeneratorType, types.CoroutineType, types.CodeType)
    for name in dir(kind)
    if name.startswith(("f_", "tb_", "gi_", "cr_", "ag_", "co_"))
) | {"cell_contents", "cache_info", "_getframe", "settrace", "setprofile"}  # fmt: skip
# Names with two underscores on both sides that reach nothing beyond what a mark contains.
_SAFE = frozenset(f"__{name}__" for name in (
    "abs", "add", "and", "annotations", "bool", "bytes", "call", "cause", "ceil", "class", "class_getitem",
    "complex", "contains", "context", "copy", "deepcopy", "del", "delete", "delitem", "divmod", "doc", "enter",
    "eq", "exit", "float", "floor", "floordiv", "format", "ge", "get", "getitem", "gt", "hash", "iadd", "iand",
    "ifloordiv", "ilshift", "imatmul", "imod", "imul", "index", "init", "init_subclass", "int", "invert", "ior",
    "ipow", "irshift", "isub", "iter", "itruediv", "ixor", "le", "len", "length_hint", "lshift", "lt", "main",
    "match_args", "matmul", "missing", "mod", "module", "mul", "name", "ne", "neg", "new", "next", "notes",
    "or", "pos", "post_init", "pow", "qualname", "radd", "rand", "rdivmod", "repr", "reversed", "rfloordiv",
    "rlshift", "rmatmul", "rmod", "rmul", "ror", "round", "rpow", "rrshift", "rshift", "rsub", "rtruediv",
    "rxor", "set", "set_name", "setitem", "slots", "str", "sub", "suppress_context", "truediv", "trunc", "xor",
))  # fmt: skip


@functools.lru_cache(maxsize=4096)
def looks_inside(name):
    """Return whether an attribute or variable of this name lets code see or change what no mark follows."""
    if name in _INSIDES or name in _BARRED["builtins"]:
        return True
    return name.startswith("__") and name.endswith("__") and name not in _SAFE and _means_something(name)


def _means_something(name):
    """Return whether Python itself uses this name; a learner's own names may be anything."""
    return any(hasattr(kind, name) for kind in _WITH_INSIDES)


_WITH_INSIDES = (
    _means_something, types.MethodType, types, len, types.CellType, type, object, BaseException, types.GeneratorType,
    property, dict, memoryview, type(sys.implementation), staticmethod,
)  # fmt: skip
