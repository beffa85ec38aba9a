"""Ways to move messages from one process to another, all with the same methods."""

from shmlab.transports.catalogue import DEFAULT, FAMILIES, PEERS, TRANSPORTS, Kind, available, chosen
from shmlab.transports.ring.ring import Ring

__all__ = ["DEFAULT", "FAMILIES", "PEERS", "TRANSPORTS", "Kind", "Ring", "available", "chosen"]
