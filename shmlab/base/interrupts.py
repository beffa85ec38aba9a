"""Protect steps that an interrupt must not split: Ctrl-C takes effect only after them."""

import contextlib
import os
import signal
import threading


@contextlib.contextmanager
def undisturbed():
    """Delay SIGINT until the with-block ends. Python interrupts only the main thread; in others this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    delayed = []
    before = signal.signal(signal.SIGINT, lambda *arguments: delayed.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if delayed:
            os.kill(os.getpid(), signal.SIGINT)
