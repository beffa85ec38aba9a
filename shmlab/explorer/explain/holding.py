"""Follow who holds which lock while the steps of an interleaving go by."""

from shmlab.explorer import ops


def takes(step):
    """Return whether a step takes a lock or a unit of a semaphore: an acquire, or a try_acquire that succeeded."""
    return step.kind in ("acquire", "try_acquire") and step.value in (True, ops.OWNER_DIED)


class Holding:
    """Hold what each process has taken and not given back, after the steps that were followed.

    A semaphore counts as held from an acquire to the release that gives the unit back. `by_any`: a release by a process
    that holds none gives back the unit that has been out for longest; else it gives back nothing.
    """

    def __init__(self, *, by_any=False):
        self._by_any = by_any
        self.held = []  # (rank, lock), in the order in which they were taken

    def follow(self, step):
        """Take account of the next step."""
        mine = step.rank, step.target
        if takes(step):
            self.held.append(mine)
        elif step.kind == "release":
            others = [one for one in self.held if one[1] == step.target and self._by_any]
            if mine in self.held:
                self.held.remove(mine)
            elif others:
                self.held.remove(others[0])

    def of(self, rank):
        """Return the locks that a process holds, in the order in which it took them; each once."""
        return tuple(dict.fromkeys(lock for one, lock in self.held if one == rank))

    def holders(self, lock):
        """Return the ranks of those who hold a lock, in the order in which they took it; each once."""
        return tuple(dict.fromkeys(rank for rank, one in self.held if one == lock))
