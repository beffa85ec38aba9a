"""Judge submissions with the workers of a dask.distributed scheduler; others take over from a lost worker.

Each thread of a worker starts a process of its own that judges, as `batch` does. So a submission that ends this
process does not end the worker, a judge is alone in its thread, and the kernel kills the process when the thread ends.
Only as many submissions are sent as keep the workers busy. The data that all of them need is a task of its own, so
that the scheduler computes it again if a worker with it is lost. Source: dask.distributed's documentation, "Client",
"Managing Computation" and "Resilience"; prctl(2), PR_SET_PDEATHSIG.
"""

import concurrent.futures
import contextlib
import dataclasses
import logging
import pickle
import queue
import socket
import subprocess
import sys
import threading
import time
import warnings
import weakref
from multiprocessing.connection import Connection

from shmlab.grading.classroom.batch import DIED_TWICE, judge_all, unjudged_result, with_stored_results
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.classroom.records import code
from shmlab.processes import kinship

_CONNECT_S = 10.0
_LOOK_EVERY_S = 5.0
_NO_WORKER_S = 60.0  # a nanny restarts a lost worker in less time
_AT_ONCE = 2  # submissions for each worker thread: one is judged while the next one waits


def grade(entries, solutions, address, *, records=None, pictures=False, seed=0, make_judge=Judge):
    """Yield the SubmissionResult of each Entry, as `batch.grade` does, from the workers of the scheduler at `address`.

    Raises ImportError without distributed, or if a worker has another version of shmlab; OSError if no scheduler
    answers, if it has no workers, or if it loses all of them.
    """
    pending = with_stored_results(entries, solutions, records, pictures=pictures, seed=seed)
    with _quiet(), contextlib.closing(_connected(address)) as client:
        _refuse_others(client, address)
        cluster = _Cluster(client, address, solutions)
        cluster.order(_Order(code(), pickle.dumps((solutions, pictures, seed, make_judge))))
        for key, submission, stored in pending:
            if stored is not None:
                yield stored
                continue
            cluster.take(key, submission)
            while cluster.is_full():
                yield _store(records, *cluster.next_one())
        while cluster.at_work:
            yield _store(records, *cluster.next_one())


def _store(records, key, result):
    if records is not None:
        records.keep(key, result)
    return result


@contextlib.contextmanager
def _quiet():
    """Keep distributed's log messages from the terminal: what matters is raised as an exception."""
    import_distributed()
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "distributed.gc")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def import_distributed():
    """Return the module distributed. Raises ImportError with the command that installs it."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(f"a cluster needs dask.distributed ({error}): pip install 'shmlab[cluster]'") from error
    return distributed


def _connected(address):
    """Return a Client. Raises OSError if no scheduler answers."""
    try:
        _expect_greeting(address)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about versions of other packages; _refuse_others compares what matters
            return import_distributed().Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, OverflowError) as error:
        cure = "start one with `dask scheduler`, and give the address that it says, as tcp://HOST:8786"
        raise OSError(f"no dask scheduler answers at {address} ({error}): {cure}") from error


def _expect_greeting(address):
    """Raise OSError if nothing listens at an address, or if it sends no greeting.

    A scheduler greets each connection; with a server that does not, a Client could wait for ever.
    """
    from distributed.comm import get_address_host_port

    with socket.create_connection(get_address_host_port(address), _CONNECT_S) as connection:
        if not address.startswith("tls:") and not connection.recv(1):
            raise ConnectionResetError("it hung up without a word")


def _refuse_others(client, address):
    """Raise ImportError if the scheduler or a worker has another shmlab, or none; OSError without workers."""
    workers = client.run(code, on_error="return")
    if not workers:
        raise OSError(_no_workers(address, "has no workers"))
    try:
        scheduler = client.run_on_scheduler(code)
    except Exception as error:  # any exception means that it cannot import ours
        scheduler = error
    answers = {f"worker at {where}": answer for where, answer in workers.items()}
    for program, answer in {f"scheduler at {address}": scheduler, **answers}.items():
        if answer != code() and not isinstance(answer, OSError):  # OSError: a worker that was just lost
            raise ImportError(_other_version(program, f" ({answer})" if isinstance(answer, Exception) else ""))


def _other_version(program, why=""):
    cure = "install this one there and start it again"
    return f"the dask {program} has another shmlab than this one, or none{why}: {cure}"


def _no_workers(address, problem):
    cure = f"start some with `dask worker {address} --nworkers N --nthreads 1`"
    return f"the dask scheduler at {address} {problem}: {cure}, and grade again; what was done is kept beside the CSV"


class _Cluster:
    """Send submissions to the workers and collect results.

    `at_work`: key of a future -> (future, key of the records, Submission).
    """

    def __init__(self, client, address, solutions):
        self._client, self._address, self._solutions = client, address, solutions
        self._done = queue.SimpleQueue()
        self._order = None
        self._since = None  # since when there has been no worker
        self.at_work = {}

    def order(self, order):
        """Send the _Order, which all submissions need."""
        self._order = self._client.submit(_identity, order, pure=False)

    def take(self, key, submission):
        """Send one submission to the workers."""
        future = self._client.submit(judge_there, self._order, submission, pure=False)
        self.at_work[future.key] = future, key, submission
        future.add_done_callback(self._done.put)

    def is_full(self):
        """Tell whether enough submissions are at the workers."""
        return len(self.at_work) >= max(1, sum(self._threads().values())) * _AT_ONCE

    def _threads(self):
        try:
            return self._client.nthreads()
        except OSError as error:
            raise self._lost() from error

    def next_one(self):
        """Wait for the next result and return (key, SubmissionResult)."""
        while True:
            try:
                future = self._done.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                self._look()
                continue
            _, key, submission = self.at_work.pop(future.key)
            return key, self._result(future, submission)

    def _look(self):
        """Raise OSError if there has been no worker for _NO_WORKER_S seconds."""
        if self._threads():
            self._since = None
            return
        self._since = self._since or time.monotonic()
        if time.monotonic() - self._since >= _NO_WORKER_S:
            raise OSError(_no_workers(self._address, "has lost all its workers"))

    def _result(self, future, submission):
        try:
            result, why = future.result(), DIED_TWICE
        except concurrent.futures.CancelledError as error:
            raise self._lost() from error
        except import_distributed().scheduler.KilledWorker as error:
            result, why = None, f"{error.allowed_failures + 1} workers were lost while they had it: look at it"
        except Exception as error:
            _refuse_others(self._client, self._address)  # a worker that came later may have another version
            result, why = None, f"judging it failed ({type(error).__name__}: {error})"
        return result or unjudged_result(submission, self._solutions, why)

    def _lost(self):
        return OSError(f"the dask scheduler at {self._address} is lost: start it and its workers, and grade again")


@dataclasses.dataclass(frozen=True)
class _Order:
    """Hold what a worker needs for all submissions.

    `code`: the digest of the shmlab that asks. `packed`: pickled arguments for `judge_all`.
    """

    code: str
    packed: bytes


def _identity(order):
    return order


_of_thread = threading.local()


def judge_there(order, submission):
    """Judge a submission on a worker. Return the SubmissionResult, or None if the judging process died twice.

    Raises ImportError if the worker has another version of shmlab.
    """
    if order.code != code():
        raise ImportError(_other_version("worker"))
    for _ in range(2):
        try:
            return _judging_process(order.packed).judge(submission)
        except (EOFError, OSError):
            _of_thread.judging = None
    return None


def _judging_process(packed):
    """Return the judging process of this thread; start it if it has none for this order."""
    process = getattr(_of_thread, "judging", None)
    if process is None or process.packed != packed:
        _of_thread.judging = None  # ends the old one
        _of_thread.judging = process = _JudgingProcess(packed)
    return process


class _JudgingProcess:
    """Run a process that judges for one thread of a worker, until this object is deleted. `packed`: see _Order."""

    def __init__(self, packed):
        self.packed = packed
        ours, theirs = socket.socketpair()
        with theirs, contextlib.closing(ours):
            process = subprocess.Popen(
                _command(theirs.fileno()),
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._pipe = Connection(ours.detach())
        weakref.finalize(self, _end, self._pipe, process).atexit = False  # at exit the kernel ends the process
        self._pipe.send_bytes(packed)

    def judge(self, submission):
        """Return the SubmissionResult. Raises EOFError or OSError if the process has died."""
        self._pipe.send(submission)
        return self._pipe.recv()


def _end(pipe, process):
    pipe.close()
    process.wait()


def _command(descriptor):
    """Return the command line that runs `judge_for_thread` with exactly this interpreter's sys.path.

    root.command would only add to the path. Here the judging code must be the code whose digest this worker reported.
    """
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import judge_for_thread as run; run({descriptor})"
    return [sys.executable, "-P", "-c", code]


def judge_for_thread(descriptor):
    """Judge the submissions that come from a worker's thread, until it ends. `descriptor`: of the socket to it."""
    kinship.die_with_parent()  # "parent" means the thread that forked, see prctl(2)
    with contextlib.suppress(EOFError), Connection(descriptor) as pipe:
        judge_all(pipe, *pickle.loads(pipe.recv_bytes()))
