"""Show progress bars in notebooks and terminals."""

import threading

from tqdm.auto import tqdm

from shmlab.base.interrupts import undisturbed

# tqdm's default lock is from multiprocessing: a named semaphore, which from Python 3.14 on stays in /dev/shm as long
# as this process runs, and for ever if it is killed.
tqdm.set_lock(threading.RLock())


def progress_bar(label, unit, *, total=None, shown=True, delay_s=0.5):
    """Return a tqdm bar for a with-block, which calls its update(); it appears after `delay_s` seconds, if `shown`.

    Do not iterate over it: if interrupted, it would try to draw itself after it was closed.
    """
    with undisturbed():  # an incomplete bar raises when it is deleted
        return tqdm(total=total, desc=label, unit=unit, leave=False, delay=delay_s, disable=not shown)
