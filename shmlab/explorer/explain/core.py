"""Choose the steps of a witness that explain it; the others are folded away when it is shown."""

from shmlab.explorer.diagnosis.names import LOST_UPDATE

_SHORT = 14  # a witness with at most so many steps is shown whole


def core(witness, diagnosis, watched=()):
    """Return the indexes of the steps that explain a witness: those of its pattern, or those around its switches.
    `watched`: fields of which each step is shown."""
    if diagnosis.name == LOST_UPDATE:
        return diagnosis.steps
    steps = witness.steps
    if len(steps) <= _SHORT:
        return tuple(range(len(steps)))
    shown = set(diagnosis.steps) | {len(steps) - 1}
    if witness.loop is not None:
        shown |= set(range(witness.loop, len(steps)))
    for index in range(1, len(steps)):
        if steps[index].rank != steps[index - 1].rank:
            shown |= {index - 1, index}
    shown |= {index for index, step in enumerate(steps) if step.kind in ("crash", "flush", "time out", "wake")}
    shown |= {index for index, step in enumerate(steps) if step.kind.startswith("notify") and ": wakes" in step.words}
    shown |= {index for index, step in enumerate(steps) if step.target in watched}
    if witness.history is not None:  # where operations begin and end
        shown |= {index for call in witness.history.calls for index in (call.first, call.last) if index is not None}
    for rank in range(len(witness.ends)):  # the last step of each, and the locks it still holds
        own = [index for index, step in enumerate(steps) if step.rank == rank]
        shown |= set(own[-1:]) | _unreleased(steps, own)
    shown |= _waited_in_buffers(steps, shown)
    # A row for a single folded step would be as long as the step itself.
    shown |= {index for index in range(1, len(steps) - 1) if {index - 1, index + 1} <= shown}
    return tuple(sorted(shown))


def _waited_in_buffers(steps, shown):
    """Return the indexes of the stores that a shown flush brings to memory, and of the loads that overtook them."""
    indexes = set()
    for index in [index for index in shown if steps[index].kind == "flush"]:
        flush = steps[index]
        own = [earlier for earlier in range(index) if steps[earlier].rank == flush.rank]
        stores = [earlier for earlier in own if steps[earlier].writes and steps[earlier].offset == flush.offset]
        indexes |= {
            earlier
            for earlier in own
            if stores and earlier >= stores[-1] and (earlier == stores[-1] or steps[earlier].reads)
        }
    return indexes


def _unreleased(steps, own):
    """Return the indexes of the steps that acquired what the process still holds. `own`: the indexes of its steps."""
    acquired = {}
    for index in own:
        step = steps[index]
        if step.kind in ("acquire", "try_acquire") and step.value in (True, None):
            acquired[step.target] = index
        elif step.kind == "release":
            acquired.pop(step.target, None)
    return set(acquired.values())
