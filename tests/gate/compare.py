"""What the explorer says of a program, against what the naive interpreter found."""

import as_python
import corpus


def disagreements(seed):
    """Sentences on where the explorer and the naive interpreter differ on the program of this seed; none is good.

    Whoever seeds a fault in the explorer calls this too: some seed must then give a sentence.
    """
    data, expected = corpus.draw(seed)
    return compare(data, expected, as_python.as_program(data))


def compare(data, expected, program):
    how = {"memory": data["memory"], "spurious": data["spurious"]}
    first, again = (_verdict(program.check(**how)) for _ in "12")
    found = [] if first == again else [f"two checks differ: {first}, {again}"]
    found += _about_verdict(data, expected, first)
    found += _about_count(data, expected, program.count(**how))
    return [f"seed {data['seed']}: {sentence}" for sentence in found]


def _verdict(verdict):
    """What is compared of a check, as plain values."""
    failure, witness = verdict.failure, verdict.witness
    return {
        "ok": verdict.ok,
        "complete": verdict.complete,
        "kind": failure and failure.kind,
        "schedule": witness and witness.schedule,
        "minimum": witness and (witness.preemptions, len(witness.steps)),
        "loop": witness and witness.loop,
        "counts": (verdict.schedules, verdict.states, verdict.steps),
    }


def _about_verdict(data, expected, found):
    if found["ok"] != expected.ok:
        yield f"ok is {found['ok']}, naive says {expected.ok}: {found['kind']}, {expected.kind}"
    elif expected.kind != found["kind"] and found["kind"] not in expected.best_kinds:
        yield f"{found['kind']} where {expected.kind} is due (possible: {sorted(expected.kinds)})"
    elif expected.best != found["minimum"] and expected.best is not None:
        yield f"the witness has (preemptions, steps) {found['minimum']}, the minimum is {expected.best}"
    if found["kind"] == "livelock" and found["loop"] is None:
        yield "a livelock without a loop"


def _about_count(data, expected, count):
    if count.total != expected.total:
        yield f"{count.total} schedules, naive has {expected.total}"
    if expected.total is not None and count.failing != expected.failing:
        yield f"{count.failing} schedules fail, in naive {expected.failing}"
    finals = {_words(data, content): found for content, found in expected.finals.items()}
    if count.finals != finals:
        yield f"final contents {count.finals}, naive has {finals}"


def _words(data, content):
    """A memory content as shmlab's tables have it: x = 1, a = [0, 2]."""
    left = iter(content)
    values = {
        name: [next(left) for _ in value] if isinstance(value, list) else next(left)
        for name, value in data["shared"].items()
    }
    return ", ".join(f"{name} = {value}" for name, value in values.items())
