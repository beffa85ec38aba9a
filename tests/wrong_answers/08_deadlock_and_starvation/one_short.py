"""tools: everybody one short.

The learner has found the worst moment, and takes it for the cure.
"""


def tools(needs):
    worst = sum(need - 1 for need in needs)
    return [worst, worst, 1]
