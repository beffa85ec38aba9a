"""Say in words how synchronization objects stand in a state of the model."""

from shmlab.base.plurals import counted
from shmlab.explorer.model.state import HOLDS, NODE, PHASE, PROCESSES, SYNC
from shmlab.explorer.model.synchronization import WAITING
from shmlab.primitives import Barrier, Condition, Mutex


def holders(state, number):
    """Return a mutex's holder in words: P1; "P0 and P1" when a process ended with it."""
    return " and ".join(f"P{rank}" for rank, process in enumerate(state[PROCESSES]) if (number, 1) in process[HOLDS])


def in_words(declared, behaviour, state):
    """Return [(name, how it stands)] of all objects: free, held by P1, 2 units, P0 waiting, 1 of 3 arrived. `declared`:
    what lookalikes.sync_objects.numbered gives."""
    return [(name, _one(number, one, behaviour, state)) for number, (name, one) in enumerate(declared)]


def _one(number, one, behaviour, state):
    value = state[SYNC][number]
    if isinstance(one, Mutex):
        held = f"held by {holders(state, number)}"
        return ("free", held, "free, its owner died", f"{held}, after an owner died", "unusable")[value]
    if isinstance(one, Barrier):
        return f"{value} of {one.parties} arrived"
    if not isinstance(one, Condition):
        return counted(value, "unit")
    waiters = [
        f"P{rank}"
        for rank, process in enumerate(state[PROCESSES])
        if process[PHASE] == WAITING and behaviour.nodes[process[NODE]].op[:2] == ("wait", number)
    ]
    return f"{', '.join(waiters) or 'nobody'} waiting"
