"""The steps of a witness that explain it; the others are folded away when it is shown."""

from shmlab.explorer.diagnosis.names import LOST_UPDATE

_SHORT = 14  # a witness of so few steps is shown whole


def core(witness, diagnosis, told=()):
    """The indexes of the steps that explain a witness: those of its pattern, or those around its switches. `told`:
    fields and objects of which each step is."""
    if diagnosis.name == LOST_UPDATE:
        return diagnosis.steps
    steps = witness.steps
    if len(steps) <= _SHORT:
        return tuple(range(len(steps)))
    kept = set(diagnosis.steps) | {len(steps) - 1}
    if witness.loop is not None:
        kept |= set(range(witness.loop, len(steps)))
    for index in range(1, len(steps)):
        if steps[index].rank != steps[index - 1].rank:
            kept |= {index - 1, index}
    kept |= {index for index, step in enumerate(steps) if step.kind in ("crash", "flush", "time out", "wake")}
    kept |= {index for index, step in enumerate(steps) if step.target in told}
    for rank in range(len(witness.ends)):  # the last thing each did, and the locks it still holds
        own = [index for index, step in enumerate(steps) if step.rank == rank]
        kept |= set(own[-1:]) | _unreleased(steps, own)
    kept |= _waited_in_buffers(steps, kept)
    # One step is shown as well as folded.
    kept |= {index for index in range(1, len(steps) - 1) if {index - 1, index + 1} <= kept}
    return tuple(sorted(kept))


def _waited_in_buffers(steps, kept):
    """For each store that is seen to reach memory, where it was made, and the loads that overtook it."""
    found = set()
    for index in [index for index in kept if steps[index].kind == "flush"]:
        flush = steps[index]
        own = [at for at in range(index) if steps[at].rank == flush.rank]
        made = [at for at in own if steps[at].writes and steps[at].offset == flush.offset]
        found |= {at for at in own if made and at >= made[-1] and (at == made[-1] or steps[at].reads)}
    return found


def _unreleased(steps, own):
    held = {}
    for index in own:
        step = steps[index]
        if step.kind in ("acquire", "try_acquire") and step.value in (True, None):
            held[step.target] = index
        elif step.kind == "release":
            held.pop(step.target, None)
    return set(held.values())
