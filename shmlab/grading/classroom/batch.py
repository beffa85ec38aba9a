"""Judge many submissions with several processes, and store each result at once.

If a judge dies, another one judges its submission once more. Each judge stays on one processor together with the
learner's process: the two wait for each other all the time, and wake each other faster on the same processor.
"""

import contextlib
import gc
import json
import multiprocessing
import multiprocessing.connection
import os
import signal

from shmlab.grading.classroom.judge import Judge, unread
from shmlab.grading.classroom.records import key_of
from shmlab.grading.results import Ended, Unjudged
from shmlab.grading.submissions.source_notebook import source_of
from shmlab.ipc.limits import cpus

_MOST_NEW = 200_000  # objects created since the last garbage collection that still exist
DIED_TWICE = "the process that judged it died, twice: look at it"


def grade(entries, solutions, *, jobs=None, records=None, pictures=False, seed=0, make_judge=Judge):
    """Yield the SubmissionResult of each Entry, in any order. Each submission is read only when it is judged next.

    `solutions`: stem -> the bytes of its notebook. `jobs`: the number of processes; None: one for each processor.
    `records`: Records that hold earlier results and get the new ones, or None. `seed`: for the numbers that checks
    draw. `make_judge`: called in each process with the arguments of Judge.
    """
    pending = with_stored_results(entries, solutions, records, pictures=pictures, seed=seed)
    workers, idle, busy = [], [], {}
    try:
        while True:
            for key, submission, stored in pending:
                if stored is not None:
                    yield stored
                    continue
                if not idle:
                    workers.append(_Worker(len(workers), solutions, pictures, seed, make_judge))
                worker = idle.pop() if idle else workers[-1]
                worker.take(key, submission)
                busy[worker.pipe] = worker
                if len(busy) == (jobs or len(cpus())):
                    break
            if not busy:
                return
            for pipe in multiprocessing.connection.wait(list(busy)):
                worker = busy.pop(pipe)
                result = worker.done()
                if result is None:
                    busy[worker.pipe] = worker
                    continue
                idle.append(worker)
                if records is not None:
                    records.keep(worker.key, result)
                yield result
    finally:
        for worker in workers:
            worker.end()


def with_stored_results(entries, solutions, records, *, pictures, seed):
    """Yield (key, Submission, its stored result or None) for each Entry, reading each one only then.

    A result that was stored with pictures is used also if no pictures are wanted.
    """
    for entry in entries:
        submission = entry.submission()
        source = solutions.get(entry.exercise, b"")
        keys = [
            key_of(submission, source, pictures=accepted, seed=seed)
            for accepted in ((True,) if pictures else (False, True))
        ]
        stored = (records.get(key) for key in keys) if records is not None else ()
        yield keys[0], submission, next((result for result in stored if result is not None), None)


def unjudged_result(submission, solutions, why):
    """Return the SubmissionResult of a submission that could not be judged."""
    stem = submission.exercise
    return unread(submission, source_of(json.loads(solutions[stem]), stem) if stem in solutions else None, why)


class _Worker:
    """Run a process with a judge. `key`: the records' key of its current or last submission."""

    def __init__(self, number, solutions, pictures, seed, make_judge):
        self._arguments = number, solutions, pictures, seed, make_judge
        self._solutions = solutions
        self.key = self._submission = None
        self._again = False
        self._start()

    def _start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, worker_end = context.Pipe()
        self._process = context.Process(target=_begin, args=(worker_end, *self._arguments), daemon=True)
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # blocked until the worker ignores Ctrl-C
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        worker_end.close()

    def take(self, key, submission):
        """Start to judge a submission."""
        self.key, self._submission, self._again = key, submission, False
        self._send()

    def _send(self):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # the process has died: `done` will notice
            self.pipe.send(self._submission)

    def done(self):
        """Return the SubmissionResult; None if the process died and a new one has started to judge the submission."""
        try:
            result = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            self._start()
            if not self._again:
                self._again = True
                self._send()
                return None
            result = unjudged_result(self._submission, self._solutions, DIED_TWICE)
        self._submission = None
        return result

    def end(self):
        """End the process with all its sandboxes; kill it if it is judging."""
        self.pipe.close()
        if self._submission is not None:
            self._process.kill()
        self._process.join()


def _begin(pipe, number, solutions, pictures, seed, make_judge):
    """Run a worker until its parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with contextlib.suppress(OSError):  # judging is only slower where this is forbidden
        os.sched_setaffinity(0, {cpus()[number % len(cpus())]})
    judge_all(pipe, solutions, pictures, seed, make_judge)


def judge_all(pipe, solutions, pictures, seed, make_judge):
    """Judge Submissions that come through a pipe and send back their results, until the other end is closed."""
    gc.disable()  # a search makes millions of tuples without cycles; collecting took a third of the time
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), contextlib.ExitStack() as judges:
        judge = None
        while True:
            submission = pipe.recv()
            try:
                if judge is None:
                    judge = make_judge(solutions, pictures=pictures, seed=seed)
                    judges.enter_context(contextlib.closing(judge))
                result = judge.judge(submission)
            except (Exception, Ended, Unjudged) as error:  # a fault in shmlab: judge the other submissions anyway
                judges.close()
                judge = None
                result = unjudged_result(submission, solutions, f"judging it failed ({type(error).__name__}: {error})")
            pipe.send(result)
            if gc.get_count()[0] > _MOST_NEW:
                gc.collect()
