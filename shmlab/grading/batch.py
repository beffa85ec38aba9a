"""Many submissions, judged by several processes, one after the other in each; what is done is kept at once.

A judge that dies has its submission judged once more, by another. Each judge keeps to one processor, where it and the
learner's process take turns: they wait for each other all the time, and wake each other faster there.
"""

import collections
import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal

from shmlab.grading.judge import Judge
from shmlab.grading.records import key_of
from shmlab.grading.results import SubmissionResult
from shmlab.ipc.limits import cpus


def grade(entries, solutions, *, jobs=None, records=None, pictures=False):
    """Yield the SubmissionResult of each Entry, in no order. `solutions`: stem -> the bytes of its notebook.

    `jobs`: how many processes. `records`: Records of what was done before, and of what is done now.
    """
    left = collections.deque()
    for entry in entries:
        submission = entry.submission()
        key = key_of(submission, solutions.get(entry.exercise, b""), pictures=pictures)
        known = records.get(key) if records is not None else None
        if known is not None:
            yield known
        else:
            left.append((key, entry))
    judged = _in_processes(left, solutions, min(jobs or len(cpus()), len(left)), pictures)
    with contextlib.closing(judged):
        for key, result in judged:
            if records is not None and result.judged:
                records.keep(key, result)
            yield result


def _in_processes(left, solutions, jobs, pictures):
    """(key, SubmissionResult) of each (key, entry), by so many processes."""
    workers = [_Worker(number, solutions, pictures) for number in range(jobs)]
    try:
        while True:
            for worker in workers:
                if worker.entry is None and left:
                    worker.take(*left.popleft())
            busy = {worker.pipe: worker for worker in workers if worker.entry is not None}
            if not busy:
                return
            for pipe in multiprocessing.connection.wait(list(busy)):
                done = busy[pipe].done()
                if done is not None:
                    yield done
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process with a Judge. `entry`: what it has at hand, or None."""

    def __init__(self, number, solutions, pictures):
        self._number, self._solutions, self._pictures = number, solutions, pictures
        self.entry = self._key = None
        self._again = False
        self._start()

    def _start(self):
        context = multiprocessing.get_context("spawn")
        self.pipe, its = context.Pipe()
        arguments = its, self._number, self._solutions, self._pictures
        self._process = context.Process(target=_judge_all, args=arguments, daemon=True)
        self._process.start()
        its.close()

    def take(self, key, entry):
        """Judge an entry."""
        self._key, self.entry, self._again = key, entry, False
        self._send()

    def _send(self):
        with contextlib.suppress(BrokenPipeError):  # it has died: `done` will notice
            self.pipe.send(self.entry.submission())

    def done(self):
        """(key, SubmissionResult) when it is ready; None when the process died, and begins again."""
        try:
            result = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            self.end()
            self._start()
            if not self._again:
                self._again = True
                self._send()
                return None
            why = "the process that judged it died, twice: look at it"
            result = SubmissionResult(self.entry.learner, self.entry.exercise, (), (why,))
        key, self.entry = self._key, None
        return key, result

    def end(self):
        """End it, and with it all sandboxes of its own; at once when it is at work."""
        self.pipe.close()
        if self.entry is not None:
            self._process.kill()
        self._process.join()


def _judge_all(pipe, number, solutions, pictures):
    """What a worker does until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent
    with contextlib.suppress(OSError):  # a host where this is forbidden is slower
        os.sched_setaffinity(0, {cpus()[number % len(cpus())]})
    with contextlib.suppress(EOFError), Judge(solutions, pictures=pictures) as judge:
        while True:
            pipe.send(judge.judge(pipe.recv()))
