"""The names that a check refuses: what starts threads or processes, ends this one, reaches the kernel, or changes this
interpreter for all that run in it."""

_REFUSED = {
    "threading": (
        *("Thread", "Timer", "Lock", "RLock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier"),
        *("enumerate", "active_count", "activeCount", "setprofile", "settrace", "stack_size"),
    ),
    "queue": ("SimpleQueue",),  # whose own module is _queue
    "multiprocessing": ("shared_memory",),  # a module, so it is never called itself
    "os": (
        *("fork", "forkpty", "kill", "killpg", "_exit", "abort", "system", "popen", "posix_spawn", "execv", "execvp"),
        *("getpgid", "getpgrp", "getsid", "setpgid", "setpgrp", "setsid", "wait", "waitpid", "register_at_fork"),
        *("chdir", "fchdir", "chroot", "umask", "putenv", "unsetenv", "nice", "dup2", "close"),
    ),
    "signal": ("raise_signal", "signal", "alarm", "setitimer", "pause"),
    "faulthandler": ("_sigsegv",),
    "io": ("open",),
    "uuid": ("getnode", "uuid1"),
    "sys": ("setrecursionlimit", "settrace", "setprofile", "setswitchinterval", "addaudithook"),
    "atexit": ("register", "unregister"),
    "importlib": ("reload",),
    "warnings": ("filterwarnings", "simplefilter", "resetwarnings"),
    "locale": ("setlocale",),
    "gc": ("disable", "enable", "freeze", "set_threshold"),
    "shmlab": ("start",),
    "builtins": ("input", "breakpoint", "open"),
}
_REFUSED["posix"] = _REFUSED["os"]  # os takes them from there
# Modules of which everything that can be called is refused.
_REFUSED_WHOLE = (
    *("_thread", "asyncio", "concurrent", "multiprocessing", "queue", "select", "selectors", "socket", "subprocess"),
    *("shmlab.ipc", "shmlab.processes.workers"),
)
_CONSTANT = {"socket": ("gethostname",)}  # except these, which return the same for all processes
_ENTERS = "that reaches out of the function, and a check runs each function alone, many times; "
_CURE = "leave it out of the functions that are checked, or use run(), which has real processes"
NAMES = _REFUSED


def is_whole(module, name=""):
    """Return whether everything in a module that can be called is refused, `name` included."""
    if name in _CONSTANT.get(module.lstrip("_"), ()):
        return False
    return any(module == whole or module.startswith(f"{whole}.") for whole in _REFUSED_WHOLE)


def is_error(obj):
    return isinstance(obj, type) and issubclass(obj, BaseException)


def refusal(name, process):
    """Return a stand-in that refuses the call. It is a class, because learners derive their own from some of these."""

    def refused(kind, *_, **__):
        process.refuse(f"{name}: {_ENTERS}{_CURE}")

    return type(
        name.rpartition(".")[2], (), {"__new__": refused, "__init_subclass__": classmethod(lambda _, **__: None)}
    )


def refuse_change(process, module, name):
    """Refuse to set or delete an attribute of a module."""
    process.refuse(
        f"{module}.{name} is set: a module is one for all that run in this interpreter, and a check runs each function "
        "many times; keep the value in a variable of the function, or in shared memory"
    )
