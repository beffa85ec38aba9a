"""Say how many there are of something: "1 step", "2 steps"."""


def counted(number: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun. `plural`: the noun for all numbers but one; by default the noun with an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
