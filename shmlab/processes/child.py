"""Run inside a fresh process: set up its streams, call one function, and report how it ended.

What Python prints goes as frames through one pipe that all processes of a group write to. A write of at most PIPE_BUF
bytes is atomic (pipe(7)), so frames never mix and keep the order in which they were written. Output that bypasses
Python's streams (from C code, os.write, other programs) goes through other pipes, in no defined order with the frames.
"""

import faulthandler
import io
import multiprocessing
import multiprocessing.process
import multiprocessing.util
import os
import pickle
import select
import signal
import struct
import sys
import threading
import traceback

import cloudpickle

from shmlab.base import pickling, raised, root
from shmlab.ipc import cleaning
from shmlab.processes import kinship

HEADER = struct.Struct("<HBH")  # index of the process in its group, kind of frame, number of bytes that follow
KINDS = STDOUT, STDERR, RETURNED, RAISED = range(4)
MOST = select.PIPE_BUF - HEADER.size
_PACKAGE = f"{root.PACKAGE}{os.sep}"


class Frames(io.RawIOBase):
    """Write a byte stream as frames of one kind."""

    def __init__(self, descriptor, index, kind):
        self._descriptor, self._index, self._kind = descriptor, index, kind

    def writable(self):
        return True

    def fileno(self):
        return 2 if self._kind == STDERR else 1

    def write(self, data):
        data = bytes(data)
        for start in range(0, len(data), MOST):
            part = data[start : start + MOST]
            os.write(self._descriptor, HEADER.pack(self._index, self._kind, len(part)) + part)
        return len(data)


def run(frames, out, err, payload, parent):
    """Run a worker: read the request from `payload`, call its function, report, and exit. Never returns.

    `frames`, `out`, `err`, `payload`: descriptors. `parent`: the pid of the process whose end also ends this one.
    """
    code = 1
    try:
        _set_up(out, err, parent)
        with open(payload, "rb", closefd=False) as stream:
            request = pickle.load(stream)
        os.ftruncate(payload, 0)  # from now on faulthandler writes its report on a crash here
        os.lseek(payload, 0, os.SEEK_SET)
        faulthandler.enable(file=payload, all_threads=False)
        # SIGTERM comes at the deadline: faulthandler records the current line, then the signal ends the process.
        faulthandler.register(signal.SIGTERM, file=payload, all_threads=False, chain=True)
        code = _work(request, frames)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _set_up(out, err, parent):
    os.setpgid(0, 0)
    kinship.die_with_parent()
    if os.getppid() != parent:  # the parent died before that took effect
        os._exit(1)
    # Those of the process that was copied: at its end this one would wait for them, and end the daemons among them.
    multiprocessing.process._children.clear()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - open as long as the process runs
    sys.__stderr__ = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115


def _work(request, frames):
    """Call the function, send its result or exception, and return the exit code."""
    index = request["index"]
    for name, kind in (("stdout", STDOUT), ("stderr", STDERR)):
        stream = io.BufferedWriter(Frames(frames, index, kind))
        setattr(sys, name, io.TextIOWrapper(stream, encoding="utf-8", errors="backslashreplace", line_buffering=True))
    os.environ.clear()
    os.environ.update(request["environ"])
    os.chdir(request["folder"])
    sys.path[:] = request["path"]
    sys.argv[:] = request["arguments"]
    if request["cpu"] is not None:
        os.sched_setaffinity(0, {request["cpu"]})
    multiprocessing.current_process().name = str(request["name"])
    pid = os.getpid()
    outcome, kind, code = _call(request)
    if os.getpid() != pid:  # a child that the function forked returned here: it may not report for this process
        if kind == RAISED:
            print(pickle.loads(outcome)[1], file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    threading._shutdown()  # wait for threads that the function left running, as at the end of any program
    multiprocessing.util._exit_function()
    cleaning.remove_own()
    sys.stdout.flush()
    sys.stderr.flush()
    Frames(frames, index, kind).write(outcome)
    return code


def _call(request):
    """Call the function and return (its result or exception as bytes, RETURNED or RAISED, exit code)."""
    try:
        function, arguments = pickle.loads(request["call"])
        return _dumps_result(function(*arguments), request["name"]), RETURNED, 0
    except SystemExit as end:
        return b"", RETURNED, _exit_code(end)
    except BaseException as error:
        return pickling.dumps(_report(error)), RAISED, 1


def _dumps_result(result, name):
    try:
        return pickling.dumps(result)
    except Exception as error:
        raise TypeError(f"the result of {name} cannot be sent back: {error}. Return plain data") from error


def _exit_code(end):
    """Return the exit code for a SystemExit, and print its text if it has one."""
    if end.code is not None and not isinstance(end.code, int):
        print(end.code, file=sys.stderr, flush=True)
    return raised.exit_code(end)


def _report(error):
    """Return (the exception, None if it cannot be pickled; its type and message as text; the learner's lines)."""
    steps = raised.own_steps(error) or [
        (step.filename, step.lineno, step.name)
        for step in traceback.extract_tb(error.__traceback__)
        if not step.filename.startswith((_PACKAGE, os.path.dirname(cloudpickle.__file__)))
    ]
    text = ": ".join(filter(None, raised.type_and_message(error)))
    try:
        pickle.loads(pickling.dumps(error))
    except Exception:
        error = None
    return error, text, steps
