"""Pictures, tables and panels of what the package returns. `plot` draws anything that can be drawn."""

from shmlab.show.charts import plot

__all__ = ["plot"]
