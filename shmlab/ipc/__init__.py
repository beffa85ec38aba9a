"""The kernel's objects: segments, semaphores, mutexes, conditions, barriers; their record and limits."""

from shmlab.ipc.errors import OwnerDied
from shmlab.ipc.ledger import clean
from shmlab.ipc.listing import objects
from shmlab.ipc.pthreads import Barrier, Condition, Mutex
from shmlab.ipc.segment import PosixSegment, Segment, SysvSegment
from shmlab.ipc.semaphores import PosixSemaphore, Semaphore, SysvSemaphore

__all__ = [
    "Barrier",
    "Condition",
    "Mutex",
    "OwnerDied",
    "PosixSegment",
    "PosixSemaphore",
    "Segment",
    "Semaphore",
    "SysvSegment",
    "SysvSemaphore",
    "clean",
    "objects",
]
