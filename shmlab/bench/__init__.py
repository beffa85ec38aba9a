"""The throughput lab: how fast each transport moves messages, compared with a plain copy in memory."""

from shmlab.bench.by_hand import ring_and_pipe
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
