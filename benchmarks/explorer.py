"""The explorer against frontrun, which explores interleavings of threads, and against its own default budget.

All in one run. Each contender runs before the clock counts, then all in turn, round by round, so that a slow
minute of the machine falls on all alike; what each found is verified in every round. Reported are the
median of the rounds, the lowest and the highest; "times" compares within a round.
"""

import budget
import click
import naive
import verdicts
from tqdm import tqdm

PARTS = {"naive": naive.table, "verdicts": verdicts.table, "budget": budget.table}


@click.command(help=__doc__)
@click.option("--rounds", default=7, show_default=True, type=click.IntRange(1), help="How often each is measured.")
@click.option("--only", type=click.Choice(list(PARTS)), help="One of the three tables.")
def main(rounds, only):
    for table in tqdm([PARTS[only]] if only else PARTS.values(), leave=False, unit="table"):
        tqdm.write(f"{table(rounds)}\n")


if __name__ == "__main__":
    main()
