"""Run each process of a program alone from the start, as if there were no other."""

import contextlib

from shmlab.explorer.explain.telling import tell
from shmlab.explorer.explain.who_waits import lock_order as _lock_order
from shmlab.explorer.question import Terms

_MOST_STEPS = 300


def alone(question, rank):
    """Return the Witness of what process `rank` does when it runs alone, up to its end or its first wait."""
    with contextlib.closing(question.behaviour(marked=False)) as behaviour:
        model = Terms().model(question, behaviour)
        state, schedule = model.initial, []
        while len(schedule) < _MOST_STEPS:
            state = dict(model.successors(state)).get((rank, "go"))
            if state is None:
                break
            schedule.append((rank, "go"))
        return tell(model, question.layout, question.names(), schedule, title=question.title)


def lock_order(question):
    """Return the LockOrder of a Question's processes, each of which runs alone."""
    return _lock_order(question.title, [alone(question, rank).steps for rank in range(len(question.functions))])
