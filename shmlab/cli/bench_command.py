"""Run `shmlab bench`: measure, print, save, draw, compare."""

import pathlib
import re

import click

from shmlab import bench
from shmlab.bench.report import Report
from shmlab.transports import chosen

_QUICK_SIZES_BYTES = (64, 4096, 2**16, 2**20)
_QUICK_SECONDS, _QUICK_ROUNDS, _ROUNDS = 0.04, 2, 3
_UNITS = {"": 1, "b": 1, "kib": 2**10, "k": 2**10, "mib": 2**20, "m": 2**20}


def run(*, transports, sizes, json_file, plot_file, quick, rounds, no_pin, touch, compare):
    """Measure with the options of `shmlab bench`. Raises ValueError for an unknown name or a bad size."""
    before = Report.load(compare) if compare else None
    for file in filter(None, (json_file, plot_file)):
        _check_folder(file)
    report = bench.run(
        transports=chosen((transports or "all").split(",")),
        sizes_bytes=_sizes(sizes) if sizes is not None else _QUICK_SIZES_BYTES if quick else bench.SIZES_BYTES,
        rounds=rounds or (_QUICK_ROUNDS if quick else _ROUNDS),
        seconds=_QUICK_SECONDS if quick else bench.SECONDS,
        pin=not no_pin,
        touch=touch,
    )
    click.echo(str(report))
    if before is not None:
        click.echo(f"\n{report.compared_with(before)}")
    if json_file:
        report.save(json_file)
    if plot_file:
        from shmlab import plot  # imported only here: without a picture, matplotlib is not loaded

        plot(report).savefig(plot_file)
    if written := [file for file in (json_file, plot_file) if file]:
        click.echo(f"\nWritten: {', '.join(written)}")


def _check_folder(file):
    """Raise FileNotFoundError before anything is measured."""
    folder = pathlib.Path(file).resolve().parent
    if not folder.is_dir():
        raise FileNotFoundError(f"there is no folder {folder} to write {pathlib.Path(file).name} into: make it first")


def _sizes(text):
    return tuple(dict.fromkeys(map(size_bytes, text.split(","))))


def size_bytes(word):
    """Return the size in bytes for a text such as 64, 4KiB or 1 MiB. Raises ValueError for any other text."""
    match = re.fullmatch(r"\s*(\d+)\s*([a-z]*)\s*", word.lower())
    if not match or match[2] not in _UNITS or int(match[1]) < 1:
        raise ValueError(f"size {word!r} is none: give bytes, KiB or MiB, such as 64, 4KiB or 1MiB")
    return int(match[1]) * _UNITS[match[2]]
