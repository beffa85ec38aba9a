"""The kernel's objects: segments, semaphores, mutexes, conditions, barriers; their ledger and limits."""

from shmlab.ipc.barrier import Barrier
from shmlab.ipc.cleaning import clean, remove
from shmlab.ipc.condition import Condition
from shmlab.ipc.listing import objects
from shmlab.ipc.mutex import Mutex
from shmlab.ipc.posix_calls import shm_open, shm_unlink, unlinked_at_the_end
from shmlab.ipc.posix_segment import PosixSegment
from shmlab.ipc.posix_semaphore import PosixSemaphore
from shmlab.ipc.segment import Segment
from shmlab.ipc.semaphore import Semaphore
from shmlab.ipc.sysv_segment import SysvSegment
from shmlab.ipc.sysv_semaphore import SysvSemaphore
from shmlab.primitives import OwnerDied

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
    "remove",
    "shm_open",
    "shm_unlink",
    "unlinked_at_the_end",
]
