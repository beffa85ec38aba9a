"""What the explorer says of a program, against what the naive interpreter found."""

import as_python
import corpus
import naive

CRASHING = 10  # every tenth program is checked with a crash too, at any step
MOST_STATES = 20_000  # far more than any of the programs has: what goes beyond is at fault


def disagreements(seed):
    """Sentences on where the explorer and the naive interpreter differ on the program of this seed; none is good.

    Whoever seeds a fault in the explorer calls this too: some seed must then give a sentence.
    """
    data, expected = corpus.draw(seed)
    return compare(data, expected, as_python.as_program(data))


def compare(data, expected, program):
    how = {"memory": data["memory"], "spurious": data["spurious"]}
    how["max_states"] = MOST_STATES
    verdict, again = (program.check(**how) for _ in "12")
    found = [] if _plain(verdict) == _plain(again) else [f"two checks differ: {_plain(verdict)}, {_plain(again)}"]
    found += _about_check(data, expected.verdict, verdict)
    found += _about_count(data, expected, program.count(**how))
    if data["seed"][0] % CRASHING == 0:
        found += _about_crashes(data, program.check(**how, crashes=1))
    return [f"seed {data['seed']}: {sentence}" for sentence in found]


def _about_crashes(data, verdict):
    crashing = data | {"crashes": 1}
    found = _about_check(crashing, naive.judge(naive.Graph(crashing), crashing), verdict)
    return [f"with a crash: {sentence}" for sentence in found]


def _about_check(data, due, verdict):
    yield from _about_verdict(due, verdict)
    if verdict.witness is not None:
        yield from _about_witness(data, verdict.failure.kind, verdict.witness)


def _plain(verdict):
    """All of a verdict that has to be the same again."""
    return verdict.ok, verdict.failure, verdict.witness, verdict.schedules, verdict.states, verdict.steps


def _about_verdict(due, found):
    kind = found.failure and found.failure.kind
    minimum = found.witness and (found.witness.preemptions, len(found.witness.steps))
    if kind != due.kind and kind not in due.best_kinds:
        yield f"{kind}, where {due.kind} is due (at steps there can be {sorted(due.kinds)})"
    elif due.best is not None and minimum != due.best:
        yield f"the witness has (preemptions, steps) {minimum}, the minimum is {due.best}"
    if (found.ok, found.complete) != (due.kind is None, True):
        yield f"ok, complete: {found.ok}, {found.complete} of a small program that has: {due.kind}"


def _about_witness(data, kind, witness):
    """Whether the naive interpreter can go the same way, to the same contents and the same end."""
    graph = naive.Graph(data)
    reached = naive.follow(graph, [_move(rank, what) for rank, what in witness.schedule])
    contents = [_content(step.memory) for step in witness.steps]
    for number, (nodes, content) in enumerate(zip(reached[1:], contents, strict=True), start=1):
        if content not in {graph.states[node][0] for node in nodes}:
            yield f"the witness cannot be followed in step {number}: {witness.schedule}"
            return
    if contents and contents[-1] != _content(witness.final):
        yield f"the witness ends with {contents[-1]}, not with {witness.final}"
    if kind == "livelock":
        if not reached[-1] & reached[witness.loop]:
            yield f"the livelock goes round from {witness.loop}, naive does not: {witness.schedule}"
    elif all(kind not in graph.failures[node] for node in reached[-1]):
        yield f"no {kind} where the witness ends: {witness.schedule}"


def _move(rank, what):
    """A step of the explorer's schedules as the naive interpreter's: unit and name."""
    if what.startswith("flush"):
        return -1 - rank, naive.FLUSH
    if what == naive.CRASH:
        return -1 - rank, what
    return rank, what if what in ("wake", "time out") else naive.ORDINARY


def _content(memory):
    """A memory's values in the order of the naive interpreter's."""
    return tuple(one for value in memory.values() for one in (value if isinstance(value, list) else [value]))


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
