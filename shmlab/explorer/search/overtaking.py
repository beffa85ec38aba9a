"""Bounded overtaking: a process that waits is overtaken at most so many times.

A program says in its shared memory when somebody waits and when somebody enters, in two fields that it declares:
`entered`, a number, and `since`, a list with a number for each process, -1 at the start.

- `shm.since[rank] = shm.entered`: from this load on, process `rank` waits.
- `shm.since[rank] = -1`: it waits no longer, and enters.
- `fetch_add(shm, "entered", 1)`: somebody enters, and overtakes everybody else who waits.

The program chooses where a process says that it waits, and that decides what the bound means. Before the first step
towards the lock nothing keeps the others back, as a process may be stopped there for any time; so say it when the
process has taken its place (a ticket, a turnstile, a count of waiting processes: its *doorway*). A process that passed
before that, and says only afterwards that it enters, overtakes it once.

Both fields are shared memory, and a bound is a predicate on them: the states and their futures stay as they are.
"""

from shmlab import layout

_HOW = "declare shared={'entered': 0, 'since': [-1, -1, …]}, with a number in since for each process"


def checked(overtaken, names, initial):
    """Return {rank: (name of its function, most overtakings)} for the argument of a Program. `names`: of its functions.

    Raises TypeError or ValueError, naming what does not fit.
    """
    if overtaken is None:
        return {}
    if not isinstance(overtaken, dict):
        raise TypeError(f"overtaken is {overtaken!r}: give a function's name and how often, {{'write': 3}}")
    for name, most in overtaken.items():
        if name not in names:
            raise ValueError(f"overtaken: no process runs {name!r}; there is {', '.join(dict.fromkeys(names))}")
        if isinstance(most, bool) or not isinstance(most, int) or most < 0:
            raise ValueError(f"overtaken[{name!r}] is {most!r}: give a whole number from 0 up")
    fields = layout.values(initial)
    since = fields.get("since")
    if not isinstance(fields.get("entered"), int) or not isinstance(since, list) or len(since) < len(names):
        raise ValueError(f"overtaken needs to know who waits and who enters: {_HOW}")
    return {rank: (name, overtaken[name]) for rank, name in enumerate(names) if name in overtaken}


def with_bounds(always, bounds):
    """Return the predicate `always` of a program with its bounds, as `checked` returns them; None for neither."""
    if not bounds:
        return always

    def within(shm):
        for rank, (name, most) in bounds.items():
            times = shm.entered - shm.since[rank]
            assert shm.since[rank] < 0 or times <= most, (
                f"P{rank} waits in {name} and is overtaken for the {_ordinal(times)} time, where at most {most} "
                f"overtaking{' is' if most == 1 else 's are'} allowed"
            )
        return True if always is None else always(shm)

    return within


def watched(bounds):
    """Return the fields of which a witness shows each step: who enters, and since when a process with a bound waits."""
    return ("entered", *(f"since[{rank}]" for rank in bounds)) if bounds else ()


def _ordinal(number):
    endings = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if number % 100 in (11, 12, 13) else endings.get(number % 10, 'th')}"
