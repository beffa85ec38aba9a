"""Numbers that a check draws, so that no answer can be fitted to those that it shows.

One seed gives one set of numbers: all learners of a class get the same, and a second judgement draws them again. A
notebook draws with a seed of its own; its check says the same of the same answer, and shows other numbers.
"""

import contextvars
import random

IN_A_NOTEBOOK = "notebook"
SEED = contextvars.ContextVar("seed", default=IN_A_NOTEBOOK)


def drawn(item):
    """Return a random.Random for the check of `item`, made from the seed of this judgement and the item's name."""
    return random.Random(f"{SEED.get()} {item}")
