"""worst_schedule: both load 0 at the start; another schedule than the usual one, spelled as text."""


def worst_schedule():
    return [int(who) for who in "101110100001"]
