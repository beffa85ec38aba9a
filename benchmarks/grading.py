"""Measure the grading of notebooks: against nbgrader's autograde, and of a class of a thousand.

The first table grades each notebook of tests/sample_class by both in turn, each in one warm process, and both must
give the same scores. The other tables run `shmlab grade` as a teacher types it, on a thousand notebooks, some of them
hostile, and show the memory of all its processes; in one many answers have the same text, in the other no two have.
"""

import pathlib
import sys
import tempfile

import click

sys.path.append(str(pathlib.Path(__file__).parents[1] / "tests"))

import against_nbgrader
import thousand

PARTS = {"nbgrader": against_nbgrader.table, "thousand": thousand.alike, "unlike": thousand.unlike}


@click.command(help=__doc__)
@click.option("--only", type=click.Choice(list(PARTS)), help="One of the tables.")
@click.option("--jobs", default=2, show_default=True, type=click.IntRange(1), help="For the thousand.")
def main(only, jobs):
    for name in [only] if only else PARTS:
        with tempfile.TemporaryDirectory() as folder:
            print(f"{PARTS[name](pathlib.Path(folder), jobs)}\n", flush=True)


if __name__ == "__main__":
    main()
