"""Run `shmlab grade`: find the submissions, judge them, write the files that the options name."""

import contextlib
import datetime
import importlib.metadata
import json
import pathlib
import sqlite3
import sys

import click

from shmlab.base import root
from shmlab.base.progress import progress_bar
from shmlab.grading.classroom import batch, class_report, gradebooks, overrides, reports, roster, self_test, tables
from shmlab.grading.classroom.classroom import rows_of
from shmlab.grading.classroom.grade_table import write_csv
from shmlab.grading.classroom.records import Records
from shmlab.grading.classroom.rows import absent
from shmlab.grading.submissions.find import find
from shmlab.grading.submissions.recognize import lessons_in
from shmlab.grading.submissions.source_notebook import solutions_in, source_of

_BAD_INPUT = OSError, ValueError, ImportError, sqlite3.DatabaseError
UNTRUSTED = 2  # exit code after a failed self-test
INTERRUPTED = 130  # exit code after Ctrl-C, as in a shell


class _Interrupted(Exception):
    """Ctrl-C came while notebooks were judged. The message says how many were done."""


def run(options):
    """Grade with the options of `shmlab grade`, a dict name -> value, and return the exit code.

    It is 0, 1 if something was not judged, 2 if the self-test failed, or 130 after Ctrl-C. Raises ClickException,
    whose message says what to do.
    """
    try:
        return _grade(options)
    except self_test.Untrusted as error:
        click.echo(f"Error: {error}", err=True)
        return UNTRUSTED
    except _Interrupted as error:
        click.echo(f"\n{error}", err=True)
        return INTERRUPTED
    except KeyboardInterrupt:
        click.echo("\nInterrupted while nothing was being judged. Run the same command again to continue.", err=True)
        return INTERRUPTED
    except _BAD_INPUT as error:
        raise click.ClickException(str(error)) from error


def _grade(options):
    people = roster.read(options["roster"]) if options["roster"] else None
    decided = overrides.read(options["overrides"]) if options["overrides"] else []
    kind = gradebooks.kind_of(options["gradebook_format"], people) if options["gradebook"] else ""
    solutions = solutions_in(options["solutions"])
    sources = {stem: _source(data, stem) for stem, data in solutions.items()}
    columns = _columns(options["column"], sources)
    entries = find(options["paths"], sources, _lessons(options["solutions"]))
    gradebooks.fits(kind, people, sorted({entry.exercise for entry in entries} & sources.keys()))
    overrides.apply(decided, _expected_rows(entries, sources, people), options["overrides"])  # fail before judging
    records = _records(options["csv_file"], options["fresh"])
    try:
        missing_walls = _self_test(entries, solutions, options, records)
        wanted = [entry for entry in entries if not entry.absent]
        pictures = bool(options["feedback"])
        results = _judge(wanted, solutions, options, records, pictures=pictures, show=True)
    finally:
        if records is not None:
            records.close()
    rows, sentences = rows_of(results, entries, sources, people)
    rows, unused = overrides.apply(decided, rows, options["overrides"])
    if kind:
        sentences = [*sentences, *gradebooks.doubts(kind, people, gradebooks.exercises_of(rows), columns)]
    heading = _heading(options, missing_walls, rows, [*sentences, *unused])
    _write(rows, options, heading)
    if kind:
        _write_gradebook(rows, options["gradebook"], kind, people, columns)
    _print(rows, heading)
    return 0 if all(row.judged for row in rows) else 1


def _expected_rows(entries, sources, people):
    """Return the Rows that judging will give, without their points."""
    handed_in = [entry for entry in entries if not entry.absent and entry.exercise]
    results = [absent(entry.learner, entry.exercise, sources[entry.exercise]).result for entry in handed_in]
    return rows_of(results, entries, sources, people)[0]


def _columns(pairs, sources):
    """Return exercise -> heading for pairs EXERCISE=HEADING. Raises ValueError."""
    if bad := [pair for pair in pairs if "=" not in pair]:
        raise ValueError(
            f"--column {bad[0]!r} names no heading: give EXERCISE=HEADING, as 05_lost_updates='Week 5 (77)'"
        )
    columns = dict(pair.split("=", 1) for pair in pairs)
    if unknown := sorted(columns.keys() - sources.keys()):
        raise ValueError(f"--column names no exercise {unknown[0]!r}: there is {', '.join(sources)}")
    return columns


def _source(data, stem):
    """Return the Source of a solution. Raises ValueError, with a message of one line, if it cannot be read."""
    try:
        return source_of(json.loads(data), stem)
    except SyntaxError as error:
        cell = (error.filename or "").strip("<>").removeprefix(f"{stem} ")
        raise ValueError(f"{stem}, cell {cell}, line {error.lineno}: {error.msg}: mend it in the solution") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{stem} is no notebook of version 4 ({type(error).__name__}: {error})") from error


def _lessons(solutions):
    """Return stem -> texts for this package's lessons and those beside the solutions.

    With them a lesson that was handed in as an exercise is recognized.
    """
    ours = root.CHECKOUT / "notebooks", pathlib.Path(sys.prefix, "share", "shmlab", "notebooks")
    beside = pathlib.Path(solutions).resolve().parent / "notebooks"
    return {stem: texts for folder in (*ours, beside) for stem, texts in lessons_in(folder).items()}


def _records(csv_file, fresh):
    if not csv_file:
        return None
    path = pathlib.Path(f"{csv_file}.sqlite")
    path.parent.mkdir(parents=True, exist_ok=True)
    records = Records(path)
    if fresh:
        records.forget()
    return records


def _self_test(entries, solutions, options, records):
    """Run the self-test and return why namespaces are missing, or "". Raises Untrusted."""
    if options["without_self_test"]:
        return ""
    stems = {entry.exercise for entry in entries if not entry.absent} & solutions.keys()
    known = self_test.known_submissions(solutions, stems)
    return self_test.check(_judge(known, solutions, options, self_test.Passed(records), pictures=False))


def _judge(entries, solutions, options, records, *, pictures, show=False):
    if options["cluster"]:
        from shmlab.grading.classroom.cluster import grade

        judged = grade(entries, solutions, options["cluster"], records=records, pictures=pictures, seed=options["seed"])
    else:
        judged = batch.grade(
            entries, solutions, jobs=options["jobs"], records=records, pictures=pictures, seed=options["seed"]
        )
    stage = "grading" if show else "self-test"
    results = []
    shown = sys.stderr.isatty()  # no progress bar in a log
    try:
        with contextlib.closing(judged), progress_bar(stage, "notebook", total=len(entries), shown=shown) as bar:
            for result in judged:
                results.append(result)
                bar.update()
    except KeyboardInterrupt as interrupt:
        raise _Interrupted(_how_far(results, len(entries), stage, kept=bool(options["csv_file"]))) from interrupt
    return results


def _how_far(results, total, stage, *, kept):
    during = "" if stage == "grading" else f" in the {stage}"
    if not kept:
        return (
            f"{len(results)} of {total} judged{during}, and none kept: with --csv an interrupted run can be continued."
        )
    final = sum(result.final for result in results)
    return f"{final} of {total} judged{during} and kept. Run the same command again to continue."


def _heading(options, missing_walls, rows, sentences):
    tested = "without a self-test" if options["without_self_test"] else "after a self-test of this host"
    facts = (
        f"Graded on {datetime.date.today().isoformat()} with shmlab {importlib.metadata.version('shmlab')}, {tested}.",
        f"Seed: {options['seed']}.",
    )
    missing_walls = missing_walls or _missing_walls(rows)
    warnings = [self_test.unprotected(missing_walls)] if missing_walls else []
    return class_report.Heading(options["course"], facts, (*warnings, *sentences))


def _missing_walls(rows):
    notes = (note for row in rows for note in row.result.notes)
    reason = next((note for note in notes if note.startswith(self_test.WITHOUT_WALLS)), "")
    return reason.removeprefix(self_test.WITHOUT_WALLS)


def _write(rows, options, heading):
    def report(rows, path):
        class_report.write_report(rows, path, heading, options["feedback"])

    for target, write in (
        (options["csv_file"], write_csv),
        (options["feedback"], reports.write_feedback),
        (options["gradescope"], reports.write_gradescope),
        (options["report"], report),
    ):
        if target:
            with _writing(target):
                write(rows, target)
            click.echo(f"written: {target}")


def _write_gradebook(rows, path, kind, people, columns):
    with _writing(path):
        sentence = gradebooks.write_gradebook(rows, path, kind, people, columns)
    click.echo(f"written: {path} for {kind.capitalize()}: {sentence}")


@contextlib.contextmanager
def _writing(target):
    try:
        yield
    except OSError as error:
        raise click.ClickException(f"{target} cannot be written: {error.strerror}") from error


def _print(rows, heading):
    """Print the class's tables. Warnings come first, and again last, because the first lines scroll away."""
    if warnings := "\n".join(heading.warnings):
        click.echo(f"\n{warnings}\n")
    printed = tables.scores(rows), tables.distribution(rows), tables.misconceptions(rows), tables.remarks(rows)
    for table in printed:
        if table.rows:
            click.echo(f"{table}\n")
    click.echo(" ".join(heading.facts))
    for warning in heading.warnings:
        click.secho(f"Note: {warning}", bold=True)
