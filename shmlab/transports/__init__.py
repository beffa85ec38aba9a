"""Ways to move messages from one process to another, behind one table of verbs."""

from shmlab.transports.pipes import Pipe
from shmlab.transports.queues import Queue
from shmlab.transports.ring import Ring

TRANSPORTS = {"shared memory": Ring, "pipe": Pipe, "multiprocessing.Queue": Queue}

__all__ = ["TRANSPORTS", "Pipe", "Queue", "Ring"]
