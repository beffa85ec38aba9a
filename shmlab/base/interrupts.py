"""Steps that an interrupt must not tear apart: Ctrl-C waits until they are done, then strikes."""

import contextlib
import os
import signal
import threading


@contextlib.contextmanager
def undisturbed():
    """Hold back SIGINT meanwhile. Only the main thread is ever interrupted; in others this does nothing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    held_back = []
    before = signal.signal(signal.SIGINT, lambda *arguments: held_back.append(arguments))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if held_back:
            os.kill(os.getpid(), signal.SIGINT)
