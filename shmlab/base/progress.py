"""Progress bars, in notebooks and terminals."""

import threading

from tqdm.auto import tqdm

from shmlab.base.interrupts import undisturbed

# Its own lock is one of multiprocessing's: a named semaphore, which from Python 3.14 on stands in /dev/shm for as long
# as this process runs, and for ever when it is killed.
tqdm.set_lock(threading.RLock())


def progress_bar(what, unit, *, total=None, shown=True, delay_s=0.5):
    """A tqdm bar for a with-block, which calls its update(); it appears after `delay_s` seconds, if `shown`.

    Not to be iterated over: an interrupted one would try to show itself when it is gone.
    """
    with undisturbed():  # half made, it complains when it is thrown away
        return tqdm(total=total, desc=what, unit=unit, leave=False, delay=delay_s, disable=not shown)
