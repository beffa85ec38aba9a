"""Find the acts of a schedule that rest on looks which were no longer true."""

import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis import patterns
from shmlab.explorer.diagnosis.second_looks import Updates
from shmlab.explorer.diagnosis.trail import Trail
from shmlab.explorer.diagnosis.what_if import source_of
from shmlab.explorer.model.state import NODE, PROCESSES


class StaleActs(typing.NamedTuple):
    """The acts on stale looks in a schedule. `wanted`: their looks, as SecondLooks takes them. `pairs`: ((index of a
    look, index of its act), …)."""

    wanted: frozenset
    pairs: tuple


def patterns_along(repair, trail):
    """Return the StaleActs of a Trail, including the acts before which processes stand at its end; None if there are
    none. `repair`: a SecondLooks that wants all looks."""
    states, schedule = trail.states, trail.schedule
    notes, wanted, pairs = repair.start(states[0]), set(), []
    moved = [[] for _ in states[0][PROCESSES]]  # for each rank the indexes of its operations so far

    def note(rank, state, index):
        stale = repair.stale(notes[rank], state, rank)
        if stale is None:
            return
        first = stale.looks[0]
        before = states[moved[rank][-len(first.path)] : min(index, len(schedule)) + 1]
        values = {earlier[0][first.place : first.place + first.size] for earlier in before} - {first.path[0][1]}
        if repair.is_pattern(stale, state[PROCESSES][rank][NODE], values):
            for look in stale.looks:
                wanted.update({(look.place, look.size), source_of(repair.nodes[look.path[0][0]])})
                pairs.append((moved[rank][-len(look.path)], index))

    for index, move in enumerate(schedule):
        state, after, rank = states[index], states[index + 1], move[0]
        done = trail.passed[index]
        if move[1].startswith(("go", "wakes")):
            note(rank, state, index)
        if done and dict(repair.model.successors(state)).get(move) != after:
            notes = (*notes[:rank], (), *notes[rank + 1 :])  # a repair has set the process back, so its looks end
            continue
        for operation in done:
            moved[operation.rank].append(index)
        notes = repair.noted(notes, state, move, after)
    if trail.ahead:
        for rank in range(len(states[0][PROCESSES])):
            note(rank, states[-1], len(schedule) + rank)
    return StaleActs(frozenset(wanted), tuple(pairs)) if pairs else None


def lost_updates(model, states, schedule):
    """Return ((index of a load, index of the store that was made from it and overwrites another process's), …) in a
    schedule."""
    stale_acts = patterns_along(Updates(model, frozenset()), Trail(model, states, schedule, ahead=False))
    return stale_acts.pairs if stale_acts else ()


def steps_of(stale_acts, trail):
    """Return the indexes of the steps that show StaleActs: the looks and acts, what other processes stored in between,
    and the loads that this was made from."""
    steps = set()
    for look, act in stale_acts.pairs:
        looked = trail.accesses[look]
        overwritten = [at for at in range(look + 1, min(act, len(trail.schedule)))
                if patterns.writes_over(trail.accesses[at], looked)][-1:]  # fmt: skip
        own = [at for last in overwritten for at in range(last) if trail.accesses[at].rank == trail.accesses[last].rank
               and patterns.touches(trail.accesses[at], looked)][-1:]  # fmt: skip
        steps |= {look, act, *overwritten, *(at for at in own if trail.accesses[at].kind in ops.LOADS)}
    return steps
