"""Look at processes from outside: their memory, their system calls, their limits, what a C program prints."""

from shmlab.observe.address_spaces import address_space
from shmlab.observe.another_user import as_another_user, attempt
from shmlab.observe.c_programs import run_c
from shmlab.observe.compiled_code import comes_back, machine_code
from shmlab.observe.kept_alive import living
from shmlab.observe.kernel_buffers import fill_kernel_buffers
from shmlab.observe.less_allowed import become_ordinary, limited
from shmlab.observe.occupancy import occupancy
from shmlab.observe.owner_and_creator import given_away
from shmlab.observe.passed import socket_to
from shmlab.observe.process_memory import lock_in_memory, memory_flags, times_in_memory
from shmlab.observe.segment_life import segment_life
from shmlab.observe.system_calls import trace
from shmlab.observe.what_stays import what_stays
from shmlab.observe.wiping import left_in_memory

__all__ = [
    "address_space",
    "as_another_user",
    "attempt",
    "become_ordinary",
    "comes_back",
    "fill_kernel_buffers",
    "given_away",
    "left_in_memory",
    "limited",
    "living",
    "lock_in_memory",
    "machine_code",
    "memory_flags",
    "occupancy",
    "run_c",
    "segment_life",
    "socket_to",
    "times_in_memory",
    "trace",
    "what_stays",
]
