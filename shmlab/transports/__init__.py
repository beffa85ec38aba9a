"""Ways to move messages from one process to another, behind one table of verbs: send, receive, close.

A transport is made for messages of one size, before its two processes part by fork(2); then one
of them only sends and the other only receives.
"""

from shmlab.transports.pipes import Pipe
from shmlab.transports.queues import Queue
from shmlab.transports.ring import Ring

TRANSPORTS = {"shared memory": Ring, "pipe": Pipe, "multiprocessing.Queue": Queue}

__all__ = ["TRANSPORTS", "Pipe", "Queue", "Ring"]
