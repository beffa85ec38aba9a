"""Submissions judged by the workers of a dask.distributed scheduler; those of a lost worker are judged elsewhere.

Each thread of a worker has a process of its own that judges, as `batch` has: what ends that process ends no worker, a
judge has one thread to itself, and the kernel ends it with the thread. Only so many submissions are on their way as
keep the workers busy. What all of them need is a task of its own: the scheduler has it made again when it is lost.
Source: dask.distributed's documentation, "Client", "Managing Computation" and "Resilience"; prctl(2), PR_SET_PDEATHSIG.
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

from shmlab.grading.classroom.batch import DIED_TWICE, given_up, judge_all, known_or_not
from shmlab.grading.classroom.judge import Judge
from shmlab.grading.classroom.records import code
from shmlab.grading.inside_sandbox import rights

_CONNECT_S = 10.0
_LOOK_EVERY_S = 5.0
_NO_WORKER_S = 60.0  # a nanny starts a lost worker again in less
_AT_ONCE = 2  # submissions for each thread of the workers: one is judged, one is there when that is done


def grade(entries, solutions, address, *, records=None, pictures=False, seed=0, make_judge=Judge):
    """Yield the SubmissionResult of each Entry, as `batch.grade` does, by the workers of the scheduler at `address`.

    Raises ImportError without distributed, or where a worker has another shmlab; OSError when no scheduler answers,
    when it has no workers, or loses them all.
    """
    left = known_or_not(entries, solutions, records, pictures=pictures, seed=seed)
    with _quiet(), contextlib.closing(_connected(address)) as client:
        _refuse_others(client, address)
        cluster = _Cluster(client, address, solutions)
        cluster.order(_Order(code(), pickle.dumps((solutions, pictures, seed, make_judge))))
        for key, submission, known in left:
            if known is not None:
                yield known
                continue
            cluster.take(key, submission)
            while cluster.is_full():
                yield _kept(records, *cluster.next_one())
        while cluster.at_work:
            yield _kept(records, *cluster.next_one())


def _kept(records, key, result):
    if records is not None:
        records.keep(key, result)
    return result


@contextlib.contextmanager
def _quiet():
    """Nothing of what distributed logs reaches the terminal: what matters is raised."""
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
    """The module distributed. Raises ImportError with the cure."""
    try:
        import distributed
    except ImportError as error:
        raise ImportError(f"a cluster needs dask.distributed ({error}): pip install 'shmlab[cluster]'") from error
    return distributed


def _connected(address):
    """A Client. Raises OSError when no scheduler answers."""
    try:
        _hear_it(address)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # other versions of this and that: what counts is asked below
            return import_distributed().Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, OverflowError) as error:
        cure = "start one with `dask scheduler`, and give the address that it says, as tcp://HOST:8786"
        raise OSError(f"no dask scheduler answers at {address} ({error}): {cure}") from error


def _hear_it(address):
    """Raises OSError when nobody is there, or when who is there says nothing: a scheduler greets whoever connects, and
    for one that does not a Client may wait without an end."""
    from distributed.comm import get_address_host_port

    with socket.create_connection(get_address_host_port(address), _CONNECT_S) as connection:
        if not address.startswith("tls:") and not connection.recv(1):
            raise ConnectionResetError("it hung up without a word")


def _refuse_others(client, address):
    """Raises ImportError when the scheduler or a worker has another shmlab than this one, or none; OSError when there
    are no workers."""
    workers = client.run(code, on_error="return")
    if not workers:
        raise OSError(_no_workers(address, "has no workers"))
    try:
        scheduler = client.run_on_scheduler(code)
    except Exception as error:  # whatever it is that it cannot import
        scheduler = error
    answers = {f"worker at {where}": told for where, told in workers.items()}
    for who, told in {f"scheduler at {address}": scheduler, **answers}.items():
        if told != code() and not isinstance(told, OSError):  # a worker that was just lost
            raise ImportError(_other(who, f" ({told})" if isinstance(told, Exception) else ""))


def _other(who, why=""):
    cure = "install this one there and start it again"
    return f"the dask {who} has another shmlab than this one, or none{why}: {cure}"


def _no_workers(address, what):
    cure = f"start some with `dask worker {address} --nworkers N --nthreads 1`"
    return f"the dask scheduler at {address} {what}: {cure}, and grade again; what was done is kept beside the CSV"


class _Cluster:
    """What is on its way. `at_work`: key of a future -> (future, key of the records, Submission)."""

    def __init__(self, client, address, solutions):
        self._client, self._address, self._solutions = client, address, solutions
        self._done = queue.SimpleQueue()
        self._order = None
        self._since = None  # when there was no worker first
        self.at_work = {}

    def order(self, order):
        """What all submissions need."""
        self._order = self._client.submit(_as_it_is, order, pure=False)

    def take(self, key, submission):
        """Send one to the workers."""
        future = self._client.submit(judge_there, self._order, submission, pure=False)
        self.at_work[future.key] = future, key, submission
        future.add_done_callback(self._done.put)

    def is_full(self):
        """Whether enough are on their way."""
        return len(self.at_work) >= max(1, sum(self._threads().values())) * _AT_ONCE

    def _threads(self):
        try:
            return self._client.nthreads()
        except OSError as error:
            raise self._lost() from error

    def next_one(self):
        """(key, SubmissionResult) of the next that is done."""
        while True:
            try:
                future = self._done.get(timeout=_LOOK_EVERY_S)
            except queue.Empty:
                self._look()
                continue
            _, key, submission = self.at_work.pop(future.key)
            return key, self._result(future, submission)

    def _look(self):
        """Raises OSError when there has been no worker for long."""
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
            _refuse_others(self._client, self._address)  # one that came later, perhaps
            result, why = None, f"judging it failed ({type(error).__name__}: {error})"
        return result or given_up(submission, self._solutions, why)

    def _lost(self):
        return OSError(f"the dask scheduler at {self._address} is lost: start it and its workers, and grade again")


@dataclasses.dataclass(frozen=True)
class _Order:
    """What a worker needs for all submissions. `code`: of the shmlab that asks. `packed`: what `serve` takes."""

    code: str
    packed: bytes


def _as_it_is(order):
    return order


_mine = threading.local()


def judge_there(order, submission):
    """What a worker does: the SubmissionResult, or None when the process that judged it died, twice. Raises
    ImportError when it has another shmlab than who asks."""
    if order.code != code():
        raise ImportError(_other("worker"))
    for _ in range(2):
        try:
            return _judging(order.packed).judge(submission)
        except (EOFError, OSError):
            _mine.judging = None
    return None


def _judging(packed):
    """The process of this thread."""
    kept = getattr(_mine, "judging", None)
    if kept is None or kept.packed != packed:
        _mine.judging = None  # ends it
        _mine.judging = kept = _Judging(packed)
    return kept


class _Judging:
    """The process that judges for one thread of a worker, until nobody knows it any more. `packed`: see serve."""

    def __init__(self, packed):
        self.packed = packed
        mine, its = socket.socketpair()
        with its, contextlib.closing(mine):
            process = subprocess.Popen(
                _command(its.fileno()),
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
            self._pipe = Connection(mine.detach())
        weakref.finalize(self, _end, self._pipe, process).atexit = False  # the kernel does, then
        self._pipe.send_bytes(packed)

    def judge(self, submission):
        """The SubmissionResult. Raises EOFError or OSError when the process has died."""
        self._pipe.send(submission)
        return self._pipe.recv()


def _end(pipe, process):
    pipe.close()
    process.wait()


def _command(descriptor):
    """What runs `serve` with this interpreter's path and no other, as root.command would not: the code that judges is
    the code that this worker has told the class of."""
    code = f"import sys; sys.path[:] = {sys.path!r}; from {__name__} import serve; serve({descriptor})"
    return [sys.executable, "-P", "-c", code]


def serve(descriptor):
    """Judge for a thread of a worker, until that is gone."""
    rights.die_with_parent()  # the parent is the thread, see prctl(2)
    with contextlib.suppress(EOFError), Connection(descriptor) as pipe:
        judge_all(pipe, *pickle.loads(pipe.recv_bytes()))
