"""Patterns in the steps of a witness: which of them tell the story of a failure.

Each function gives the indexes of the steps that make up one pattern, or None; behind the steps taken come
those before which the processes stand. That a pattern is there does not make it the cause; diagnosis puts it
to the test.
"""

from shmlab.explorer.restricted import facts_at


def feeding_load(steps, index):
    """The load that a store writes back changed, in one read-modify-write; its index, or None."""
    store = steps[index]
    facts = facts_at(store)
    for at in range(index - 1, -1, -1):
        step = steps[at]
        same = step.rank == store.rank and step.offset == store.offset and step.size == store.size
        if same and step.kind in ("load", "load_acquire"):
            return at if facts is not None and facts.feeds(step.span, store.span) else None
        if same and step.writes:
            return None
    return None


def lost_update(steps):
    """(load, the other's load where it has one, the other's store, store that overwrites it), of every one."""
    found = set()
    for index, store in enumerate(steps):
        load = feeding_load(steps, index) if store.kind in ("store", "store_release", "exchange") else None
        if load is None:
            continue
        lost = [at for at in range(load + 1, index) if writes_over(steps[at], store)]
        if lost:
            own = feeding_load(steps, lost[-1])
            found |= {load, lost[-1], index} | ({own} if own is not None else set())
    return tuple(sorted(found)) or None


def writes_over(step, other):
    """Whether a step of another process gives a value to a place that `other` touches."""
    return step.rank != other.rank and step.writes and step.value is not False and touches(step, other)


def touches(step, other):
    return step.offset < other.offset + other.size and other.offset < step.offset + step.size


def check_then_act(steps):
    """(load that is tested, the other's store that makes it wrong, the act that follows)."""
    for index, load in enumerate(steps):
        facts = facts_at(load)
        if not load.reads or facts is None or not facts.is_tested(load.span):
            continue
        again = next((at for at in range(index + 1, len(steps)) if _looks_again(steps[at], load)), len(steps))
        for at in range(index + 1, again):
            if writes_over(steps[at], load):
                acts = [n for n in range(at + 1, len(steps)) if steps[n].rank == load.rank]
                if acts:
                    return index, at, acts[0]
    return None


def _looks_again(step, load):
    """Whether a step tests the same place once more, and so makes the first look void."""
    same = step.rank == load.rank and step.reads and touches(step, load)
    return same and step.line == load.line


def torn_read(steps):
    """(a load from before and one from after another's stores to both places, and those stores)."""
    for late, second in enumerate(steps):
        if not second.reads:
            continue
        within = _half_written(steps, late)
        if within is not None:
            return within
        for early in range(late - 1, -1, -1):
            first = steps[early]
            if first.rank != second.rank or not first.reads or touches(first, second):
                continue
            if not _reads_both(steps, early, late):
                continue
            for rank in {step.rank for step in steps} - {first.rank}:
                found = _torn_by(steps, rank, early, late)
                if found is not None:
                    return found
    return None


def _reads_both(steps, early, late):
    """Whether two loads of one process read what belongs together: it writes neither, the first does not decide on
    the second, and in between it stores nothing that others look at."""
    first, second = steps[early], steps[late]
    facts = facts_at(first)
    if facts is None or facts.decides(first.span, second.span):
        return False
    own = [step for step in steps if step.rank == first.rank and step.writes]
    if any(touches(step, first) or touches(step, second) for step in own):
        return False
    between = [step for step in steps[early:late] if step.rank == first.rank]
    others = [step for step in steps if step.rank != first.rank]
    return not any(touches(step, other) for step in between if step.writes for other in others if other.size)


def _half_written(steps, index):
    """(store, load, store): one load between two stores of one expression to parts of the same place."""
    load = steps[index]
    for at in range(index):
        first = steps[at]
        if writes_over(first, load):
            for later in range(index + 1, len(steps)):
                same = steps[later].rank == first.rank and steps[later].span == first.span
                if same and steps[later].kind == "store" and touches(steps[later], load):
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


def unsafe_publication(steps):
    """(store of a flag, its load, the load of what it announces, the store of that: too late)."""
    for at, flag in enumerate(steps):
        if not flag.writes or len(_expressions_that_write(steps, flag)) > 1:
            continue  # what is set in several places is a state, and no announcement
        for saw in range(at + 1, len(steps)):
            look = steps[saw]
            facts = facts_at(look)
            if look.rank == flag.rank or not look.reads or not touches(look, flag) or facts is None:
                continue
            found = _read_too_early(steps, flag, at, saw, facts)
            if found is not None:
                return found
    return None


def _expressions_that_write(steps, flag):
    return {step.span for step in steps if step.rank == flag.rank and step.writes and touches(step, flag)}


def _read_too_early(steps, flag, at, saw, facts):
    for read in range(saw + 1, len(steps)):
        data = steps[read]
        if data.rank != steps[saw].rank or not data.reads or touches(data, flag):
            continue
        if data.span == steps[saw].span or not facts.decides(steps[saw].span, data.span):
            continue
        for late in range(read + 1, len(steps)):
            if steps[late].rank == flag.rank and steps[late].writes and touches(steps[late], data):
                return at, saw, read, late
    return None
