"""Submissions judged by the workers of a dask.distributed scheduler; those of a lost worker are judged elsewhere.

Source: dask.distributed's documentation, "Client" and "Resilience". Needs distributed (the extra `cluster`).
"""

import contextlib
import hashlib
import threading

from shmlab.grading.judge import Judge
from shmlab.grading.records import key_of

_AT_ONCE = 4  # submissions on their way, for each thread of the workers: enough to keep them busy, and flat memory


def grade(entries, solutions, address, *, records=None, pictures=False):
    """Yield the SubmissionResult of each Entry, as `batch.grade` does, by the workers of the scheduler at `address`.

    Raises ImportError without distributed, OSError when no scheduler answers.
    """
    from distributed import Client, as_completed

    with Client(address, timeout="10s", set_as_default=False) as client:
        sent = client.scatter(solutions, broadcast=True)
        most = max(1, sum(client.nthreads().values())) * _AT_ONCE
        waiting = iter(entries)
        running = as_completed()
        keys = {}

        def next_one():
            """Send one more, or give what is known of it; whether there was one."""
            for entry in waiting:
                submission = entry.submission()
                key = key_of(submission, solutions.get(entry.exercise, b""), pictures=pictures)
                known = records.get(key) if records is not None else None
                if known is not None:
                    yield known
                    continue
                future = client.submit(judge_here, sent, submission, pictures, pure=False)
                keys[future.key] = key
                running.add(future)
                return

        for _ in range(most):
            yield from next_one()
        for future in running:
            result = future.result()
            if records is not None and result.judged:
                records.keep(keys.pop(future.key), result)
            yield result
            yield from next_one()


_judges = {}
_lock = threading.Lock()


def judge_here(solutions, submission, pictures):
    """Judge a submission in this worker; its judge is kept. One at a time, as a judge serves one thread."""
    digest = hashlib.sha256(b"\0".join(name.encode() + data for name, data in sorted(solutions.items()))).hexdigest()
    with _lock:
        if (digest, pictures) not in _judges:
            for judge in _judges.values():
                judge.close()
            _judges.clear()
            _judges[digest, pictures] = Judge(solutions, pictures=pictures)
        return _judges[digest, pictures].judge(submission)


def close():
    """End the judges of this process."""
    with _lock, contextlib.suppress(KeyError):
        while _judges:
            _judges.popitem()[1].close()
