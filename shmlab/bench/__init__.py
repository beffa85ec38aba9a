"""The throughput lab: how fast each transport moves messages, compared with a plain copy in memory."""

from shmlab.bench.experiment import (
    LATENCY_BYTES,
    SECONDS,
    SIZES_BYTES,
    Experiment,
    latency,
    quantiles,
    run,
    throughput,
)
from shmlab.bench.learners_ring import ring_and_pipe
from shmlab.bench.locks import LOCKS, Load, compare_locks, false_sharing, processors, spin_or_sleep

__all__ = [
    "LATENCY_BYTES",
    "LOCKS",
    "SECONDS",
    "SIZES_BYTES",
    "Experiment",
    "Load",
    "compare_locks",
    "false_sharing",
    "latency",
    "processors",
    "quantiles",
    "ring_and_pipe",
    "run",
    "spin_or_sleep",
    "throughput",
]
