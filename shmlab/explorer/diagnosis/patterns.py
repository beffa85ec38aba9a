"""Patterns in the accesses of a failing schedule: which of them tell the story of the failure.

Each function gives, one after the other, the indexes of the steps that make up a pattern, see Trail. That a pattern is
there does not make it the cause; diagnosis puts it to the test. `decides(look, later)`: whether a load decides that a
later step is reached.
"""


def writes_over(step, other):
    """Whether a step of another process gives a value to a place that `other` touches."""
    return step.rank != other.rank and step.writes and step.value is not False and touches(step, other)


def touches(step, other):
    return step.offset < other.offset + other.size and other.offset < step.offset + step.size


def torn_reads(steps, decides):
    """(a load from before and one from after another's stores to both places, and those stores)."""
    for late, second in enumerate(steps):
        if not second.reads:
            continue
        within = _half_written(steps, late)
        if within is not None:
            yield within
        for early in range(late - 1, -1, -1):
            first = steps[early]
            if first.rank != second.rank or not first.reads or touches(first, second):
                continue
            if _comes_again(steps, early, late):
                continue
            for rank in sorted({step.rank for step in steps} - {first.rank}):
                found = _torn_by(steps, rank, early, late)
                if found is not None and _reads_both(steps, early, late) and not decides(early, late, rejoins=False):
                    yield found


def _comes_again(steps, index, until):
    """Whether the access of a step is made once more, by the same expression of the same process."""
    return any(step[:5] == steps[index][:5] for step in steps[index + 1 : until])


def _reads_both(steps, early, late):
    """Whether two loads of one process may read what belongs together: it writes neither, and in between it stores
    nothing that others look at."""
    first, second = steps[early], steps[late]
    own = [step for step in steps if step.rank == first.rank and step.writes]
    if any(touches(step, first) or touches(step, second) for step in own):
        return False
    between = [step for step in steps[early:late] if step.rank == first.rank]
    others = [step for step in steps if step.rank != first.rank]
    return not any(touches(step, other) for step in between if step.writes for other in others if other.size)


def _half_written(steps, index):
    """(store, load, store): one load between another's stores to two parts of the same place, or between two stores of
    one expression to it."""
    load = steps[index]
    for rank in sorted({step.rank for step in steps} - {load.rank}):
        own = [at for at, step in enumerate(steps) if step.rank == rank and step.size]
        stores = [at for at in own if writes_over(steps[at], load)]
        at = max((one for one in stores if one < index), default=None)
        later = min((one for one in stores if one > index), default=None)
        if at is None or later is None:
            continue
        between = {steps[one].source for one in own if at <= one <= later}
        if not touches(steps[at], steps[later]) or len(between) == 1:
            return at, index, later
    return None


def _torn_by(steps, rank, early, late):
    """One process's stores to the places of two loads: on one, the reader saw the store, on the other not."""

    def stores(load):
        return [at for at, step in enumerate(steps) if step.rank == rank and step.writes and touches(step, steps[load])]

    before, after = stores(early), stores(late)
    between = [at for at in after if early < at < late]
    if before and between:  # the first is from before a change of which the second saw a part
        return tuple(sorted({early, late, between[-1]} | {at for at in before if at > early}))
    seen = [at for at in before if at < early]
    unseen = [at for at in after if at > late]
    if seen and unseen:
        return tuple(sorted({early, late, seen[-1], unseen[0]}))
    return None


def unsafe_publications(steps, decides):
    """(store of a flag, its load, the load of what it announces, the store of that: too late)."""
    for at, flag in enumerate(steps):
        if not flag.writes or len(_expressions_that_write(steps, flag)) > 1:
            continue  # what is set in several places is a state, and no announcement
        for saw in range(at + 1, len(steps)):
            look = steps[saw]
            if look.rank == flag.rank or not look.reads or not touches(look, flag):
                continue
            if _comes_again(steps, at, saw):
                continue
            for read in range(saw + 1, len(steps)):
                data = steps[read]
                if data.rank == look.rank and data.source == look.source:
                    break  # it looks anew
                takes = data.reads and data.kind not in ("fetch_add", "compare_exchange")
                if data.rank != look.rank or not takes or touches(data, flag):
                    continue
                late = next((n for n in range(read + 1, len(steps)) if steps[n].rank == flag.rank
                             and steps[n].writes and touches(steps[n], data)), None)  # fmt: skip
                if late is not None and decides(saw, read):
                    yield at, saw, read, late


def _expressions_that_write(steps, flag):
    return {step.source for step in steps if step.rank == flag.rank and step.writes and touches(step, flag)}
