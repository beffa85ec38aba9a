"""What happens inside a fresh process: streams, one function, and the report of how it went.

What Python prints comes as frames through one pipe that all processes of a group write to. A write
of at most PIPE_BUF bytes is atomic (pipe(7)), so frames never mix, and what one process printed
before another stands before it. What bypasses Python's streams (C code, os.write, other programs)
comes through pipes of its own, and in no order with that.
"""

import ctypes
import faulthandler
import io
import multiprocessing
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

HEADER = struct.Struct("<HBH")  # index of the process in its group, kind of frame, bytes that follow
KINDS = STDOUT, STDERR, RETURNED, RAISED = range(4)
MOST = select.PIPE_BUF - HEADER.size
_PACKAGE = f"{root.PACKAGE}{os.sep}"
_PR_SET_PDEATHSIG = 1


class Frames(io.RawIOBase):
    """A byte stream that leaves as frames of one kind."""

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
    """Be a worker: read the request from `payload`, call its function, report, and end. Never returns.

    `frames`, `out`, `err`, `payload`: descriptors; `parent`: the pid whose death ends this process too.
    """
    code = 1
    try:
        _settle_in(out, err, parent)
        with open(payload, "rb", closefd=False) as stream:
            request = pickle.load(stream)
        os.ftruncate(payload, 0)  # from here on it takes what faulthandler says of a crash
        os.lseek(payload, 0, os.SEEK_SET)
        faulthandler.enable(file=payload, all_threads=False)
        # The deadline comes as SIGTERM: note where it found us, then die of it.
        faulthandler.register(signal.SIGTERM, file=payload, all_threads=False, chain=True)
        code = _work(request, frames)
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        os._exit(code)


def _settle_in(out, err, parent):
    os.setpgid(0, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:  # it died before the line above could matter
        os._exit(1)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDONLY)
    for source, target in ((null, 0), (out, 1), (err, 2)):
        os.dup2(source, target)
        os.close(source)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process
    sys.__stderr__ = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115


def _work(request, frames):
    """Call the function and send what came of it; returns the exit code."""
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
    me = os.getpid()
    outcome, kind, code = _call(request)
    if os.getpid() != me:  # a child that the function forked came back from it: it does not speak for us
        if kind == RAISED:
            print(pickle.loads(outcome)[1], file=sys.stderr)
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)
    threading._shutdown()  # what the function left running is waited for, as at the end of any program
    multiprocessing.util._exit_function()
    cleaning.remove_own()
    sys.stdout.flush()
    sys.stderr.flush()
    Frames(frames, index, kind).write(outcome)
    return code


def _call(request):
    """Call the function: (what came of it as bytes, RETURNED or RAISED, exit code)."""
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
    """What sys.exit(x) means to the system: nothing is 0, a number itself, a text 1 and printed."""
    if end.code is not None and not isinstance(end.code, int):
        print(end.code, file=sys.stderr, flush=True)
    return raised.exit_code(end)


def _report(error):
    """An exception as data: itself where it can be pickled, its words, and the learner's own lines."""
    steps = raised.own_steps(error) or [
        (step.filename, step.lineno, step.name)
        for step in traceback.extract_tb(error.__traceback__)
        if not step.filename.startswith((_PACKAGE, os.path.dirname(cloudpickle.__file__)))
    ]
    words = ": ".join(filter(None, raised.type_and_message(error)))
    try:
        pickle.loads(pickling.dumps(error))
    except Exception:
        error = None
    return error, words, steps
