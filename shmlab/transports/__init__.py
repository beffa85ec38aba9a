"""Ways to move messages from one process to another, behind one table of verbs."""

from shmlab.transports.pipes import Pipe
from shmlab.transports.queues import Queue
from shmlab.transports.ring import Ring


def _ring(message_bytes):
    """A ring takes messages of any size; the others here must be told."""
    if message_bytes < 1:
        raise ValueError(f"message_bytes is {message_bytes!r}: a message has at least 1 byte")
    return Ring.create()


TRANSPORTS = {"shared memory": _ring, "pipe": Pipe, "multiprocessing.Queue": Queue}

__all__ = ["TRANSPORTS", "Pipe", "Queue", "Ring"]
