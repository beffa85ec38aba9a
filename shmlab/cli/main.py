"""Define the command line: shmlab lab | demo | bench | grade | course | lint | doctor | watch | progress | clean."""

import dataclasses
import json
import os
import pathlib
import sys
import webbrowser

import click

from shmlab.base import root

# Few sizes, so that the demo takes about half a minute.
_DEMO_SIZES_BYTES = (64, 1024, 2**14, 2**18, 2**22)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="shmlab")
def main():
    """Learn shared memory between processes, on real segments and real processes."""


@main.command(context_settings={"ignore_unknown_options": True, "allow_extra_args": True})
@click.option(
    "--folder", type=click.Path(path_type=pathlib.Path), help="Your copy of the course.  [default: shmlab-course]"
)
@click.option("--copy-only", is_flag=True, help="Copy and do not open it: for a hub, where JupyterLab runs already.")
@click.pass_context
def lab(context, folder, copy_only):
    """Open lessons and exercises in JupyterLab, in a folder of your own. Extra arguments go to JupyterLab.

    The folder is created if necessary and updated to this version of shmlab. What you have written in it stays.
    """
    from shmlab.cli import course_folder as course_folders
    from shmlab.cli import lab_command
    from shmlab.ipc import clean

    _print_findings(clean(kept=False), quiet=True)
    arguments = context.args
    if not copy_only and (running := lab_command.running(course_folders.place(folder), arguments)):
        address, lines = running
        click.echo("\n".join(lines))
        if "--no-browser" not in arguments:
            webbrowser.open(address)
        return
    try:
        course_folder, changes = lab_command.prepare(folder)
    except (OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    if copy_only:
        click.echo("\n".join(changes or [f"{course_folder} is up to date."]))
        return
    command, lines = lab_command.jupyterlab(course_folder, arguments)
    for line in (*changes, *lines):
        click.echo(line)
    sys.stdout.flush()
    root = lab_command.shown(course_folder, arguments)
    if root.is_dir():
        os.chdir(root)  # terminals in JupyterLab open here
    os.execve(sys.executable, command, lab_command.environment())


@main.command()
@click.option("--out", type=click.Path(file_okay=False, path_type=pathlib.Path), default="demo", show_default=True)
def demo(out):
    """Race two processes with and without a semaphore, and measure shared memory against a pipe and a queue."""
    from shmlab import bench, plot, race

    out.mkdir(parents=True, exist_ok=True)
    click.echo("Racing two processes, with and without a semaphore …")
    raced = race.run()
    click.echo(f"{raced}\n")
    click.echo("Measuring shared memory, a pipe and a queue: half a minute …")
    measured = bench.throughput(sizes_bytes=_DEMO_SIZES_BYTES)
    click.echo(f"{measured}\n")
    plot(raced).savefig(out / "race.png")
    plot(measured).savefig(out / "throughput.png")
    (out / "demo.json").write_text(
        json.dumps({"race": dataclasses.asdict(raced), "throughput": dataclasses.asdict(measured)}, indent=1)
    )
    click.echo(f"Written: {', '.join(str(out / name) for name in ('race.png', 'throughput.png', 'demo.json'))}")


@main.command()
@click.option("--transports", metavar="NAME,…", help="Names or families; all: every installed one.  [default: all]")
@click.option("--sizes", metavar="SIZE,…", help="Sizes of messages: 64, 4KiB, 1MiB …  [default: 64 bytes to 4 MiB]")
@click.option("--json", "json_file", type=click.Path(dir_okay=False), help="Save the results to this file.")
@click.option(
    "--plot", "plot_file", type=click.Path(dir_okay=False), help="Draw the results into this file (png, svg, pdf)."
)
@click.option("--quick", is_flag=True, help="Fewer sizes and shorter passes: within 45 seconds on two processors.")
@click.option("--rounds", type=click.IntRange(1), help="How often each one is measured, in turn.  [default: 3]")
@click.option("--no-pin", is_flag=True, help="Let the kernel choose processors, and move both sides as it likes.")
@click.option("--touch", is_flag=True, help="Write and read every byte, in place where a transport is zero-copy.")
@click.option("--compare", type=click.Path(exists=True, dir_okay=False), help="Compare with results saved before.")
def bench(**options):
    """Measure throughput, round trips and their cost: shared memory beside pipes, queues and sockets."""
    from shmlab.cli.bench_command import run

    try:
        run(**options)
    except (ValueError, OSError, ImportError, NotImplementedError, RuntimeError) as error:
        raise click.ClickException(str(error)) from error


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path())
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False), help="Write the scores, in nbgrader's columns.")
@click.option("--feedback", type=click.Path(file_okay=False), help="Write a page for each learner into this folder.")
@click.option("--gradescope", type=click.Path(), help="Write Gradescope's results.json, or a folder of them.")
@click.option("--report", type=click.Path(dir_okay=False), help="Write a page about the class.")
@click.option("--jobs", type=click.IntRange(1), help="How many processes judge.  [default: one for each processor]")
@click.option("--cluster", metavar="ADDRESS", help="Judge on the workers of this dask scheduler.")
@click.option("--solutions", type=click.Path(file_okay=False), default="solutions", show_default=True)
@click.option("--fresh", is_flag=True, help="Judge everything again, also what was judged before.")
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    help="For the random numbers in checks: use the same one for a class.",
)
@click.option("--roster", type=click.Path(dir_okay=False), help="Who is in the class: a CSV, or a platform's export.")
@click.option("--overrides", type=click.Path(dir_okay=False), help="A CSV of points that you set by hand.")
@click.option("--gradebook", type=click.Path(dir_okay=False), help="Write a file for Canvas or Moodle to import.")
@click.option("--gradebook-format", type=click.Choice(["canvas", "moodle"]), help="[default: as the roster]")
@click.option("--column", multiple=True, metavar="EXERCISE=HEADING", help="The gradebook's column for an exercise.")
@click.option("--course", default="", help="The name of the course, for the report.")
@click.option("--without-self-test", is_flag=True, help="Grade even if the solutions do not reach their points.")
def grade(**options):
    """Grade submitted notebooks: files, folders, Moodle's or Canvas's zip, nbgrader's submitted tree.

    First the solutions and the untouched exercises are graded. Unless the solutions get all points and the untouched
    exercises none, nothing else is graded, and the exit code is 2. Each submission runs in a sandbox of its own.
    Results are stored beside the CSV, so that an interrupted run goes on where it stopped. The exit code is 1 if
    something could not be judged, 130 after Ctrl-C.
    """
    from shmlab.cli.grade_command import run

    if options["cluster"] and options["jobs"]:
        raise click.UsageError("--jobs is for this machine: with --cluster its workers judge, so give one of the two")
    sys.exit(run(options))


@main.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=pathlib.Path))
@click.argument("exercises", nargs=-1)
@click.option("--solutions", type=click.Path(file_okay=False), default="solutions", show_default=True)
def course(folder, exercises, solutions):
    """Lay out a course for nbgrader in a folder, with some exercises or all of them, and show what to type next.

    Existing files are not overwritten.
    """
    from shmlab.grading.authoring.course import lay_out, next_steps

    try:
        written = lay_out(folder, solutions, exercises)
    except (OSError, ValueError, ImportError) as error:
        raise click.ClickException(str(error)) from error
    for path in written:
        click.echo(f"written: {path}")
    click.echo("\nNext:\n")
    for line in next_steps(folder, exercises):
        click.echo(line)


@main.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False))
@click.option("--without-grading", is_flag=True, help="Only check the text and try the hints; grade nothing.")
def lint(files, without_grading):
    """Find faults in your own exercises, given as notebooks with their answers.

    It finds names and points that differ between a check and its metadata, hints that no learner would see, and
    misconceptions that raise an error. Then it grades each exercise with its answers, untouched, and with answers that
    do nothing. The notebooks are run. The exit code is 1 if anything was found.
    """
    from shmlab.grading.authoring.lint import faults

    count = 0
    for file in files:
        for fault in faults(file, run=not without_grading):
            click.echo(f"{file}: {fault.where}: {fault.sentence}")
            count += 1
    if count:
        sys.exit(1)
    click.echo("Nothing is wrong.")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="Print the facts as JSON.")
def doctor(as_json):
    """Show what this host allows, what is missing, and how to get it."""
    from shmlab.cli.doctor import facts, grading, verdict

    all_facts = [*facts(), *grading(root.CHECKOUT / "solutions")]
    if as_json:
        click.echo(json.dumps({fact.name: dataclasses.asdict(fact) for fact in all_facts}, indent=1))
        return
    click.echo(verdict(all_facts))
    for fact in all_facts:
        click.echo(f"{'!' if fact.advice else ' '} {fact.sentence}" + (f"\n    {fact.advice}" if fact.advice else ""))


@main.command()
@click.option("--interval", type=click.FloatRange(0.05), default=1.0, show_default=True, help="Seconds between looks.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON line for each event, for a monitoring system.")
@click.option("--alarm", type=click.FloatRange(1, 100), default=90.0, show_default=True, help="Percent of a limit.")
@click.option("--looks", type=click.IntRange(1), help="End after so many looks.  [default: at Ctrl-C]")
@click.option("--mine", is_flag=True, help="Only what the ledger of shmlab has, not all that is on this host.")
@click.option("--no-colour", "colour", is_flag=True, flag_value=False, default=True, help="NO_COLOR=1 does the same.")
def watch(**options):
    """Watch segments, who has them attached, and how full /dev/shm is; it changes nothing.

    In a terminal it draws a screen anew; elsewhere it prints a line for each event: found, created, attached, detached,
    resized, marked, removed, alarm, calm. An alarm comes before /dev/shm or a limit of System V is used up. What is
    made and removed between two looks is not seen. The exit code is 0, or 130 after Ctrl-C.
    """
    from shmlab.cli.watch_command import run

    sys.exit(run(**options))


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON: lessons, items, points.")
def progress(as_json):
    """Show the map of the course, and what your own checks have reached in it: points, items, where to go on.

    A check that you run in an exercise records its result in a file of your own, outside of the course. A later run
    that reaches less takes nothing away.
    """
    from shmlab.course import course_map, progress

    try:
        course = course_map()
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        click.echo(json.dumps(course.as_json(), indent=1))
        return
    click.echo(course)
    click.echo(f"\nKept in {progress.file()}.")


@main.command()
@click.option("--dry-run", is_flag=True, help="Show what would be removed; remove nothing.")
def clean(dry_run):
    """Remove the kernel objects that dead processes of shmlab left, and nothing else."""
    from shmlab.ipc import clean as clean_up

    _print_findings(clean_up(dry_run=dry_run), dry_run=dry_run)


def _print_findings(findings, *, dry_run=False, quiet=False):
    shown = [finding for finding in findings if finding.action == "removed" or (finding.action == "left" and not quiet)]
    for finding in shown:
        verb = {"removed": "would remove" if dry_run else "removed", "left": "left"}[finding.action]
        name = finding.name if isinstance(finding.name, str) else f"with key {finding.name:#x}"
        click.echo(f"{verb} {finding.kind} {name}: {finding.why}")
    if not shown and not quiet:
        click.echo("Nothing to remove.")


if __name__ == "__main__":
    main()
