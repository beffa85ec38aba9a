"""What a check does not do, by name: what starts threads or processes, ends this one, reaches the kernel, or changes
this interpreter for all that run in it.
"""

_REFUSED = {
    "threading": (
        *("Thread", "Timer", "Lock", "RLock", "Event", "Condition", "Semaphore", "BoundedSemaphore", "Barrier"),
        *("enumerate", "active_count", "activeCount", "setprofile", "settrace", "stack_size"),
    ),
    "queue": ("SimpleQueue",),  # whose own module is _queue
    "multiprocessing": ("shared_memory",),  # a module, which nobody calls
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
_REFUSED["posix"] = _REFUSED["os"]  # where os has them from
# Of these, everything that can be called.
_REFUSED_WHOLE = (
    *("_thread", "asyncio", "concurrent", "multiprocessing", "queue", "select", "selectors", "socket", "subprocess"),
    *("shmlab.ipc", "shmlab.processes.workers"),
)
_CONSTANT = {"socket": ("gethostname",)}  # except these, which say the same to everybody
_ENTERS = "that reaches out of the function, and a check runs each function alone, many times; "
_CURE = "leave it out of the functions that are checked, or use run(), which has real processes"
NAMES = _REFUSED


def is_whole(module, name=""):
    """Whether everything in a module that can be called is refused; of it, `name`."""
    if name in _CONSTANT.get(module.lstrip("_"), ()):
        return False
    return any(module == one or module.startswith(f"{one}.") for one in _REFUSED_WHOLE)


def is_error(found):
    return isinstance(found, type) and issubclass(found, BaseException)


def refusal(name, process):
    """What stands for something that a check does not do; a class, as learners derive their own from some."""

    def refused(kind, *_, **__):
        process.refuse(f"{name}: {_ENTERS}{_CURE}")

    return type(
        name.rpartition(".")[2], (), {"__new__": refused, "__init_subclass__": classmethod(lambda _, **__: None)}
    )


def refuse_change(process, module, name):
    """Refuse that a function sets or deletes an attribute of a module."""
    process.refuse(
        f"{module}.{name} is set: a module is one for all that run in this interpreter, and a check runs each function "
        "many times; keep the value in a variable of the function, or in shared memory"
    )
