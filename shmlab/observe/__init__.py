"""Look at processes from outside: their memory, their system calls, their limits, what a C program prints."""

from shmlab.observe.address_spaces import address_space
from shmlab.observe.c_programs import run_c
from shmlab.observe.compiled_code import comes_back, machine_code
from shmlab.observe.kept_alive import living
from shmlab.observe.kernel_buffers import fill_kernel_buffers
from shmlab.observe.less_allowed import become_ordinary, limited
from shmlab.observe.occupancy import occupancy
from shmlab.observe.segment_life import segment_life
from shmlab.observe.system_calls import trace
from shmlab.observe.what_stays import what_stays

__all__ = [
    "address_space",
    "become_ordinary",
    "comes_back",
    "fill_kernel_buffers",
    "limited",
    "living",
    "machine_code",
    "occupancy",
    "run_c",
    "segment_life",
    "trace",
    "what_stays",
]
