"""Pictures of outcomes, measurements, address spaces and segments."""

from shmlab.base.interrupts import undisturbed

with undisturbed():  # matplotlib, interrupted while it is loaded, cannot be loaded again
    import matplotlib.figure  # noqa: F401
