"""Protect steps that an interrupt must not split: Ctrl-C takes effect only after them."""

import _signal  # signal.signal makes enums of what it returns, and that costs more than a lock
import contextlib
import os
import signal
import threading

_SIGINT = int(signal.SIGINT)


class Delay:
    """Delays SIGINT from now on until `end` is called. `came`: whether one came meanwhile. Python interrupts only the
    main thread; in others this does nothing."""

    def __init__(self):
        self.came = False
        self._is_main = threading.get_ident() == threading.main_thread().ident
        self._before = _signal.signal(_SIGINT, self._note) if self._is_main else None

    def _note(self, *_):
        self.came = True

    def end(self, *, forget=False):
        """Let SIGINT come again, also the one that came meanwhile, unless `forget`."""
        if self._is_main:
            _signal.signal(_SIGINT, self._before)
            came, self.came = self.came, False
            if came and not forget:
                os.kill(os.getpid(), _SIGINT)


@contextlib.contextmanager
def undisturbed(*, forget=False):
    """Delay SIGINT until the with-block ends. `forget`: leave it out, where one more means nothing new."""
    delay = Delay()
    try:
        yield
    finally:
        delay.end(forget=forget)
