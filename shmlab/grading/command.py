"""`shmlab grade`: find the submissions, judge them, write what was asked for."""

import json
import sqlite3

import click
from tqdm import tqdm

from shmlab.grading import batch, reports
from shmlab.grading.records import Records
from shmlab.grading.source import solutions_in, source_of
from shmlab.grading.submissions import find


def run(paths, csv_file, feedback, gradescope, report, jobs, cluster, solutions, fresh):
    """Do it; returns the exit code: 0, or 1 when something was not judged. Raises ClickException with the cure."""
    records = None
    try:
        sources = solutions_in(solutions)
        entries = find(paths, {stem: source_of(json.loads(data), stem) for stem, data in sources.items()})
        records = Records(f"{csv_file}.sqlite") if csv_file else None
        if records is not None and fresh:
            records.forget()
        results = _judged(entries, sources, jobs, cluster, records, pictures=bool(feedback))
    except (OSError, ValueError, ImportError, sqlite3.DatabaseError) as error:
        raise click.ClickException(str(error)) from error
    finally:
        if records is not None:
            records.close()
    _write(results, csv_file, feedback, gradescope, report)
    for table in (reports.scores(results), reports.distribution(results), reports.misconceptions(results)):
        if table.rows:
            click.echo(f"{table}\n")
    return 0 if all(result.judged for result in results) else 1


def _judged(entries, sources, jobs, cluster, records, *, pictures):
    if cluster:
        from shmlab.grading.cluster import grade

        judged = grade(entries, sources, cluster, records=records, pictures=pictures)
    else:
        judged = batch.grade(entries, sources, jobs=jobs, records=records, pictures=pictures)
    return list(tqdm(judged, total=len(entries), unit="notebook", leave=False, delay=0.5))


def _write(results, csv_file, feedback, gradescope, report):
    for target, write in (
        (csv_file, reports.write_csv),
        (feedback, reports.write_feedback),
        (gradescope, reports.write_gradescope),
        (report, reports.write_report),
    ):
        if target:
            try:
                write(results, target)
            except OSError as error:
                raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error
            click.echo(f"written: {target}")
