"""Look at processes from outside: their memory, their system calls, their limits, what a C program prints."""

from shmlab.observe.address_spaces import address_space
from shmlab.observe.another_user import as_another_user, attempt
from shmlab.observe.c_programs import run_c
from shmlab.observe.compiled_code import comes_back, machine_code
from shmlab.observe.event_log import EventLog
from shmlab.observe.kept_alive import living
from shmlab.observe.kernel_buffers import fill_kernel_buffers
from shmlab.observe.less_allowed import become_ordinary, limited
from shmlab.observe.memory_use import memory_use
from shmlab.observe.occupancy import occupancy
from shmlab.observe.owner_and_creator import given_away
from shmlab.observe.passed import socket_to
from shmlab.observe.process_memory import lock_in_memory, memory_flags, times_in_memory
from shmlab.observe.segment_life import segment_life
from shmlab.observe.small_dev_shm import in_small_dev_shm
from shmlab.observe.system_calls import trace
from shmlab.observe.tools import run_tool
from shmlab.observe.troubled_machine import troubled_machine
from shmlab.observe.waiting import waiting
from shmlab.observe.watching import Watch
from shmlab.observe.what_stays import what_stays
from shmlab.observe.wiping import left_in_memory

__all__ = [
    "EventLog",
    "Watch",
    "address_space",
    "as_another_user",
    "attempt",
    "become_ordinary",
    "comes_back",
    "fill_kernel_buffers",
    "given_away",
    "in_small_dev_shm",
    "left_in_memory",
    "limited",
    "living",
    "lock_in_memory",
    "machine_code",
    "memory_flags",
    "memory_use",
    "occupancy",
    "run_c",
    "run_tool",
    "segment_life",
    "socket_to",
    "times_in_memory",
    "trace",
    "troubled_machine",
    "waiting",
    "what_stays",
]
