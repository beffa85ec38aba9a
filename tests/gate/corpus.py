"""The gate's programs: random ones that are worth it, each with what the naive interpreter says of it."""

import collections
import functools
import itertools
import random

import naive
import random_programs

PROGRAMS = 2_000
LEAST_SCHEDULES = 40


@functools.cache
def draw(seed):
    """(program, naive.Result) of this seed: the first draw that is neither too large nor, mostly, trivial."""
    for attempt in itertools.count():
        rng = random.Random(f"corpus {seed}/{attempt}")
        try:
            data = _sharpened(random_programs.make(seed, attempt), rng)
            expected = naive.explore(data)
        except naive.TooMuchError:
            continue
        if expected.schedules >= LEAST_SCHEDULES or rng.random() < 0.05:
            return data, expected
    raise AssertionError("unreachable")


def _sharpened(data, rng):
    """Some programs forbid just the content that the fewest schedules, or states, of them have.

    A search that overlooks a few interleavings overlooks these first.
    """
    plain = data | {"always": None, "invariant": None}
    if rng.random() < 0.25:
        finals = naive.explore(plain).finals
        rarest = min(finals, key=lambda content: finals[content][0] or 0, default=None)
        return plain | {"invariant": _other_than(data, rarest)} if len(finals) > 1 else data
    if rng.random() < 0.25:
        states = naive.Graph(plain).states
        contents = collections.Counter(memory for memory, *_ in states if memory != states[0][0])
        return plain | {"always": _other_than(data, min(contents, key=contents.get))} if contents else data
    return data


def places(data):
    """Every scalar of shared memory, in the order of the naive interpreter's memory."""
    for name, value in data["shared"].items():
        yield from ((name, index) for index in range(len(value))) if isinstance(value, list) else [name]


def _other_than(data, content):
    """The predicate that memory has another content."""
    equal = [("compare", ("field", place), "==", value) for place, value in zip(places(data), content, strict=True)]
    return ("not", functools.reduce(lambda first, second: ("and", first, second), equal))
