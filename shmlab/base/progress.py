"""Show progress bars in notebooks and terminals."""

import threading

from tqdm.auto import tqdm

from shmlab.base.interrupts import undisturbed

# tqdm's default lock is from multiprocessing: a named semaphore, which from Python 3.14 on stays in /dev/shm as long
# as this process runs, and for ever if it is killed.
tqdm.set_lock(threading.RLock())
_IN_NOTEBOOK = tqdm.__init__.__module__ == "tqdm.notebook"


class _NotebookBar(tqdm):
    """A bar whose output is emptied when it is done.

    tqdm closes the widget only, so that its place would be "Error displaying widget" after a restart of the kernel, or
    when the saved notebook is opened again.
    """

    def __init__(self, *, delay, **options):
        self._output = None
        super().__init__(delay=delay, display=False, **options)
        if not self.disable and not delay:
            self._appear()

    def display(self, *args, check_delay=True, **options):
        super().display(*args, check_delay=False, **options)
        if check_delay and self._output is None:
            self._appear()

    def _appear(self):
        from IPython.display import display  # a terminal needs none of it

        self._output = display(self.container, display_id=True)

    def close(self):
        super().close()
        if self._output is not None and self.container.comm is None:
            self._output.update({"text/html": "", "text/plain": ""}, raw=True)
            self._output = None


_BAR = _NotebookBar if _IN_NOTEBOOK else tqdm


def progress_bar(label, unit, *, total=None, shown=True, delay_s=0.5):
    """Return a tqdm bar for a with-block, which calls its update(); it appears after `delay_s` seconds, if `shown`.

    Do not iterate over it: if interrupted, it would try to draw itself after it was closed.
    """
    with undisturbed():  # an incomplete bar raises when it is deleted
        return _BAR(total=total, desc=label, unit=unit, leave=False, delay=delay_s, disable=not shown)
