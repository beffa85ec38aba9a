"""The explorer against frontrun, which explores interleavings of threads, and against its own default budget.

All in one run. Each contender runs before the clock counts, then all in turn, round by round, so that a slow
minute of the machine meets them all; what each found is verified in every round. Reported are the
median of the rounds, the lowest and the highest; "times" compares within a round. Time is the clock's: on
a busy machine that costs the explorer, which computes all the time, more than frontrun, whose threads often wait.
"""

import os

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
        told = table(rounds)
        tqdm.write(f"{told}\nLoad: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors.\n")


if __name__ == "__main__":
    main()
