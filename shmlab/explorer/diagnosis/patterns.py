"""Find patterns in the accesses of a failing schedule that may explain the failure.

Each function yields the indexes of the steps that make up a pattern, see Trail. A pattern that occurs need not be the
cause; diagnosis puts it to the test. `decides(look, later)`: returns whether a load decides that a later step is
reached.
"""


def writes_over(step, other):
    """Return whether a step of another process gives a value to a place that `other` touches."""
    return step.rank != other.rank and step.writes and step.value is not False and touches(step, other)


def touches(step, other):
    return step.offset < other.offset + other.size and other.offset < step.offset + step.size


def torn_reads(steps, decides):
    """Yield (a load from before and a load from after another process's stores to both places, and those stores)."""
    again = _made_again(steps)
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
            if again[early] < late:
                continue
            for rank in sorted({step.rank for step in steps} - {first.rank}):
                steps_of_pattern = _torn_by(steps, rank, early, late)
                if (
                    steps_of_pattern is not None
                    and _reads_both(steps, early, late)
                    and not decides(early, late, rejoins=False)
                ):
                    yield steps_of_pattern


def _made_again(steps):
    """Return for each step the index of the next one in which the same expression of the same process makes the same
    access; the number of steps where there is none."""
    again, following = [len(steps)] * len(steps), {}
    for index in range(len(steps) - 1, -1, -1):
        again[index] = following.get(steps[index][:5], len(steps))
        following[steps[index][:5]] = index
    return again


def _reads_both(steps, early, late):
    """Return whether two loads of one process may read things that belong together: the process writes to neither
    place, and between the loads it stores nothing that others touch."""
    first, second = steps[early], steps[late]
    own = [step for step in steps if step.rank == first.rank and step.writes]
    if any(touches(step, first) or touches(step, second) for step in own):
        return False
    between = [step for step in steps[early:late] if step.rank == first.rank]
    others = [step for step in steps if step.rank != first.rank]
    return not any(touches(step, other) for step in between if step.writes for other in others if other.size)


def _half_written(steps, index):
    """Return (store, load, store): a load between another process's stores to two parts of the same place, or between
    the zeros and the value that one expression stores there (as struct.pack_into does); else None."""
    load = steps[index]
    for rank in sorted({step.rank for step in steps} - {load.rank}):
        own = [before for before, step in enumerate(steps) if step.rank == rank and step.size]
        stores = [before for before in own if writes_over(steps[before], load)]
        before = max((index_of_store for index_of_store in stores if index_of_store < index), default=None)
        later = min((index_of_store for index_of_store in stores if index_of_store > index), default=None)
        if before is None or later is None:
            continue
        between = {steps[index_of_store].source for index_of_store in own if before <= index_of_store <= later}
        if not touches(steps[before], steps[later]) or (len(between) == 1 and steps[before].clears):
            return before, index, later
    return None


def _torn_by(steps, rank, early, late):
    """Return one process's stores to the places of two loads, of which the reader saw one and not the other; else
    None."""

    def stores(load):
        return [
            index
            for index, step in enumerate(steps)
            if step.rank == rank and step.writes and touches(step, steps[load])
        ]

    before, after = stores(early), stores(late)
    between = [index for index in after if early < index < late]
    if before and between:  # the first load is from before a change, and the second saw a part of it
        return tuple(sorted({early, late, between[-1]} | {index for index in before if index > early}))
    seen = [index for index in before if index < early]
    unseen = [index for index in after if index > late]
    if seen and unseen:
        return tuple(sorted({early, late, seen[-1], unseen[0]}))
    return None


def unsafe_publications(steps, decides):
    """Yield (store of a flag, its load, the load of what it announces, the store of that: too late)."""
    again = _made_again(steps)
    for stored, flag in enumerate(steps):
        if not flag.writes or len(_expressions_that_write(steps, flag)) > 1:
            continue  # a flag that is set in several places is a state, and announces nothing
        for looked in range(stored + 1, len(steps)):
            look = steps[looked]
            if look.rank == flag.rank or not look.reads or not touches(look, flag):
                continue
            if again[stored] < looked:
                continue
            for read in range(looked + 1, len(steps)):
                data = steps[read]
                if data.rank == look.rank and data.source == look.source:
                    break  # it loads the flag again
                takes = data.reads and data.kind not in ("fetch_add", "compare_exchange")
                if data.rank != look.rank or not takes or touches(data, flag):
                    continue
                late = next((index for index in range(read + 1, len(steps)) if steps[index].rank == flag.rank
                             and steps[index].writes and touches(steps[index], data)), None)  # fmt: skip
                if late is not None and decides(looked, read):
                    yield stored, looked, read, late


def _expressions_that_write(steps, flag):
    return {step.source for step in steps if step.rank == flag.rank and step.writes and touches(step, flag)}
