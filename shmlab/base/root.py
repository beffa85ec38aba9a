"""Locate this package. No other module does, so that files can move."""

import functools
import hashlib
import pathlib
import sys

PACKAGE = pathlib.Path(__file__).parent.parent
CHECKOUT = PACKAGE.parent  # in a checkout, notebooks and solutions are beside the package


@functools.cache
def digest(*suffixes):
    """Return a digest of the package's files with these suffixes, as text. It differs between any two versions."""
    combined = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in suffixes:
            combined.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes() + b"\0")
    return combined.hexdigest()


def command(module, function, *arguments):
    """Return the command line of a fresh interpreter that calls a function of one of our modules.

    `arguments`: plain data. The interpreter can import what this one can; this one's folders come last in its path, so
    that a learner's random.py does not hide Python's.
    """
    path = f"import sys; sys.path += [place for place in {sys.path!r} if place not in sys.path]; "
    call = f"import importlib; importlib.import_module({module!r}).{function}(*{arguments!r})"
    return [sys.executable, "-P", "-c", path + call]
