"""Many submissions, judged by several processes, one after the other in each; what is done is kept at once.

A judge that dies has its submission judged once more, by another. Each judge keeps to one processor, where it and the
learner's process take turns: they wait for each other all the time, and wake each other faster there.
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

_MOST_NEW = 200_000  # objects that were made since the last collection, and are still there
DIED_TWICE = "the process that judged it died, twice: look at it"


def grade(entries, solutions, *, jobs=None, records=None, pictures=False, seed=0, make_judge=Judge):
    """Yield the SubmissionResult of each Entry, in no order. `solutions`: stem -> the bytes of its notebook.

    `jobs`: how many processes. `records`: Records of what was done before, and of what is done now. `seed`: of
    what checks draw by lot. `make_judge`: what a process gets its judge from, as Judge. Submissions are read when it
    is their turn.
    """
    left = known_or_not(entries, solutions, records, pictures=pictures, seed=seed)
    workers, idle, busy = [], [], {}
    try:
        while True:
            for key, submission, known in left:
                if known is not None:
                    yield known
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


def known_or_not(entries, solutions, records, *, pictures, seed):
    """Yield (key, Submission, what is known of it or None) for each Entry, each when it is asked for.

    What was kept with pictures is as good where none are asked for.
    """
    for entry in entries:
        submission = entry.submission()
        source = solutions.get(entry.exercise, b"")
        keys = [
            key_of(submission, source, pictures=enough, seed=seed)
            for enough in ((True,) if pictures else (False, True))
        ]
        known = (records.get(key) for key in keys) if records is not None else ()
        yield keys[0], submission, next((result for result in known if result is not None), None)


def given_up(submission, solutions, why):
    """The SubmissionResult of one that could not be judged."""
    stem = submission.exercise
    return unread(submission, source_of(json.loads(solutions[stem]), stem) if stem in solutions else None, why)


class _Worker:
    """A process with a judge. `key`: of what it has at hand, or had last."""

    def __init__(self, number, solutions, pictures, seed, make_judge):
        self._arguments = number, solutions, pictures, seed, make_judge
        self._solutions = solutions
        self.key = self._submission = None
        self._again = False
        self._start()

    def _start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, its = context.Pipe()
        self._process = context.Process(target=_begin, args=(its, *self._arguments), daemon=True)
        held_back = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # until it can ignore Ctrl-C
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held_back)
        its.close()

    def take(self, key, submission):
        """Judge a submission."""
        self.key, self._submission, self._again = key, submission, False
        self._send()

    def _send(self):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has died: `done` will notice
            self.pipe.send(self._submission)

    def done(self):
        """The SubmissionResult when it is ready; None when the process died, and begins again."""
        try:
            result = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            self._start()
            if not self._again:
                self._again = True
                self._send()
                return None
            result = given_up(self._submission, self._solutions, DIED_TWICE)
        self._submission = None
        return result

    def end(self):
        """End it, and with it all sandboxes of its own; at once when it is at work."""
        self.pipe.close()
        if self._submission is not None:
            self._process.kill()
        self._process.join()


def _begin(pipe, number, solutions, pictures, seed, make_judge):
    """What a worker does until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    with contextlib.suppress(OSError):  # a host where this is forbidden is slower
        os.sched_setaffinity(0, {cpus()[number % len(cpus())]})
    judge_all(pipe, solutions, pictures, seed, make_judge)


def judge_all(pipe, solutions, pictures, seed, make_judge):
    """Judge the Submissions that come through a pipe, and send back their results, until its other end is closed."""
    gc.disable()  # a search makes millions of tuples, none of them in a cycle: looking at them took a third of the time
    with contextlib.suppress(EOFError, BrokenPipeError, ConnectionResetError), contextlib.ExitStack() as judges:
        judge = None
        while True:
            submission = pipe.recv()
            try:
                if judge is None:
                    made = make_judge(solutions, pictures=pictures, seed=seed)
                    judge = judges.enter_context(contextlib.closing(made))
                result = judge.judge(submission)
            except (Exception, Ended, Unjudged) as error:  # a fault of ours: the others are judged all the same
                judges.close()
                judge = None
                result = given_up(submission, solutions, f"judging it failed ({type(error).__name__}: {error})")
            pipe.send(result)
            if gc.get_count()[0] > _MOST_NEW:
                gc.collect()
