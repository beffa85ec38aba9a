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

__all__ = [
    "LATENCY_BYTES",
    "SECONDS",
    "SIZES_BYTES",
    "Experiment",
    "latency",
    "quantiles",
    "ring_and_pipe",
    "run",
    "throughput",
]
