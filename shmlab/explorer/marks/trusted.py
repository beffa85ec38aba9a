"""What of Python and its libraries keeps nothing from one call to the next, so that a mark may pass over it.

Everything that is not named here may keep something, and keeps histories apart: see marks.
"""

import functools
import sys
import types

# Modules whose functions and classes keep nothing themselves. What their objects keep is another matter: see content.
_STATELESS = frozenset({
    "builtins", "math", "cmath", "_operator", "itertools", "collections", "collections.abc", "_collections_abc",
    "_collections", "dataclasses", "enum", "typing", "types", "string", "copy", "re", "_sre", "re._parser", "json",
    "json.decoder", "json.encoder", "textwrap", "bisect", "_bisect", "heapq", "_heapq", "statistics", "fractions",
    "numbers", "abc", "_abc", "contextlib", "array", "datetime", "zlib", "binascii", "base64", "hashlib", "_hashlib",
    "keyword", "struct", "_struct", "ctypes", "_ctypes", "time", "random", "functools", "_functools", "secrets",
    "operator", "errno", "traceback", "reprlib", "numpy.lib.mixins",
})  # fmt: skip
# Modules of which only these names do.
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
# Names of stateless modules that reach what nobody follows.
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
    """Whether a module as a whole keeps nothing."""
    return name in _STATELESS or name == "numpy" or is_ours(name)


def barred_of(module):
    """Names of a module that reach what nobody follows, though the module keeps nothing."""
    return _NUMPY_KEEPS if module == "numpy" else _BARRED.get(module, ())


def is_known(module, name):
    """Whether what stands in a module under a name keeps nothing, and reaches nothing that is not followed."""
    if not isinstance(module, str) or not isinstance(name, str):
        return False
    if module in _NAMES:
        return name in _NAMES[module]
    if module == "numpy" or module.startswith("numpy."):
        return name not in _NUMPY_KEEPS
    return module_is_known(module) and name not in barred_of(module)


def is_ours(name):
    """Whether a module is this package's own."""
    return isinstance(name, str) and (name == _OURS or name.startswith(f"{_OURS}."))


def named_by(found):
    """(module, name) of a function or class of a library, as far as it can be found again by these; None otherwise."""
    module, name = getattr(found, "__module__", None), getattr(found, "__qualname__", None)
    if module is None and isinstance(getattr(found, "__self__", None), types.ModuleType):
        module = found.__self__.__name__
    if module is None and hasattr(found, "__objclass__"):  # a method of a class in C
        module, name = found.__objclass__.__module__, f"{found.__objclass__.__qualname__}.{found.__name__}"
    if not isinstance(module, str) or not isinstance(name, str):
        return None
    return module, name


def keeps_nothing(found):
    """Whether a function or class is one of a library's that `is_known`."""
    named = named_by(found)
    return named is not None and is_known(named[0], named[1].partition(".")[0]) and _is_there(found, *named)


def _is_there(found, module, name):
    """Whether a name of a module stands for exactly this."""
    there = sys.modules.get(module)
    for part in name.split("."):
        there = getattr(there, part, None)
    return there is found or there == found


# Attributes and functions through which code sees frames, code and other functions' variables.
_INSIDES = frozenset(
    name
    for kind in (types.FrameType, types.TracebackType, types.GeneratorType, types.CoroutineType, types.CodeType)
    for name in dir(kind)
    if name.startswith(("f_", "tb_", "gi_", "cr_", "ag_", "co_"))
) | {"cell_contents", "cache_info", "_getframe", "settrace", "setprofile"}  # fmt: skip
# Names with two underscores on both sides that reach nothing but what a mark has.
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
    """Whether an attribute or variable of this name lets code see, or change, what no mark follows."""
    if name in _INSIDES or name in _BARRED["builtins"]:
        return True
    return name.startswith("__") and name.endswith("__") and name not in _SAFE and _means_something(name)


def _means_something(name):
    """Whether Python itself gives something this name: a learner's own may have any."""
    return any(hasattr(kind, name) for kind in _WITH_INSIDES)


_WITH_INSIDES = (
    _means_something, types.MethodType, types, len, types.CellType, type, object, BaseException, types.GeneratorType,
    property, dict, memoryview, type(sys.implementation), staticmethod,
)  # fmt: skip
