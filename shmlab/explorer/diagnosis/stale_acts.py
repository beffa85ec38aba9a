"""Which acts of a schedule rest on looks that were no longer true."""

import typing

from shmlab.explorer import ops
from shmlab.explorer.diagnosis import patterns
from shmlab.explorer.diagnosis.second_looks import Updates
from shmlab.explorer.diagnosis.trail import Trail
from shmlab.explorer.diagnosis.what_if import source_of
from shmlab.explorer.model.state import NODE, PROCESSES


class Found(typing.NamedTuple):
    """A pattern in a schedule. `wanted`: its looks, as SecondLooks takes them. `pairs`: (index of a look, index of its
    act)."""

    wanted: frozenset
    pairs: tuple


def patterns_along(repair, trail):
    """The Found of all acts on stale looks in a Trail, those before which processes stand at its end included; None
    where there is none. `repair`: a SecondLooks that wants all looks."""
    states, schedule = trail.states, trail.schedule
    notes, wanted, pairs = repair.start(states[0]), set(), []
    moved = [[] for _ in states[0][PROCESSES]]  # for each rank the indexes of its operations

    def note(rank, state, index):
        stale = repair.stale(notes[rank], state, rank)
        if stale is None:
            return
        first = stale.looks[0]
        before = states[moved[rank][-len(first.path)] : min(index, len(schedule)) + 1]
        values = {one[0][first.place : first.place + first.size] for one in before} - {first.path[0][1]}
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
            notes = (*notes[:rank], (), *notes[rank + 1 :])  # a repair has set it back: its looks are void
            continue
        for one in done:
            moved[one.rank].append(index)
        notes = repair.noted(notes, state, move, after)
    if trail.ahead:
        for rank in range(len(states[0][PROCESSES])):
            note(rank, states[-1], len(schedule) + rank)
    return Found(frozenset(wanted), tuple(pairs)) if pairs else None


def lost_updates(model, states, schedule):
    """((index of a load, index of the store that was made from it and overwrites another's), …) in a schedule."""
    found = patterns_along(Updates(model, frozenset()), Trail(model, states, schedule, ahead=False))
    return found.pairs if found else ()


def steps_told(found, trail):
    """The indexes of the steps that tell the story of a Found: its looks and acts, and what other processes stored in
    between, with the loads that this was made from."""
    steps = set()
    for look, act in found.pairs:
        looked = trail.accesses[look]
        lost = [at for at in range(look + 1, min(act, len(trail.schedule)))
                if patterns.writes_over(trail.accesses[at], looked)][-1:]  # fmt: skip
        own = [at for last in lost for at in range(last) if trail.accesses[at].rank == trail.accesses[last].rank
               and patterns.touches(trail.accesses[at], looked)][-1:]  # fmt: skip
        steps |= {look, act, *lost, *(at for at in own if trail.accesses[at].kind in ops.LOADS)}
    return steps
