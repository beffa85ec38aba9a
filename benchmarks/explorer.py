"""Measure the explorer against frontrun, which explores interleavings of threads, and against its own default budget.

Each contender runs once before the clock starts. Then each round runs all in turn, so that a slow minute of the
machine affects all alike, and verifies their results. The tables show the median of the rounds, the lowest and the
highest; "times" compares within a round. Times are wall-clock times: a busy machine slows the explorer, which
computes all the time, more than frontrun, whose threads often wait.
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
