"""Look at processes from outside: their memory, their system calls, their limits, what a C program prints."""

from shmlab.observe.address_spaces import address_space
from shmlab.observe.c_programs import run_c
from shmlab.observe.compiled_code import comes_back, machine_code
from shmlab.observe.event_log import EventLog
from shmlab.observe.kept_alive import living
from shmlab.observe.kernel_buffers import fill_kernel_buffers
from shmlab.observe.less_allowed import become_ordinary, limited
from shmlab.observe.memory_use import memory_use
from shmlab.observe.occupancy import occupancy
from shmlab.observe.segment_life import segment_life
from shmlab.observe.small_dev_shm import in_small_dev_shm
from shmlab.observe.system_calls import trace
from shmlab.observe.tools import run_tool
from shmlab.observe.troubled_machine import troubled_machine
from shmlab.observe.waiting import waiting
from shmlab.observe.watching import Watch

__all__ = [
    "EventLog",
    "Watch",
    "address_space",
    "become_ordinary",
    "comes_back",
    "fill_kernel_buffers",
    "in_small_dev_shm",
    "limited",
    "living",
    "machine_code",
    "memory_use",
    "occupancy",
    "run_c",
    "run_tool",
    "segment_life",
    "trace",
    "troubled_machine",
    "waiting",
]
