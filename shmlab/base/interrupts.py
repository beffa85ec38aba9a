"""Protect steps that an interrupt must not split: Ctrl-C takes effect only after them."""

import contextlib
import os
import signal
import threading


@contextlib.contextmanager
def undisturbed(*, forget=False):
    """Delay SIGINT until the with-block ends. `forget`: leave it out, where one more means nothing new. Python
    interrupts only the main thread; in others this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    delayed = []
    before = signal.signal(signal.SIGINT, lambda *arguments: delayed.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if delayed and not forget:
            os.kill(os.getpid(), signal.SIGINT)
