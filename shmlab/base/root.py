"""Where this package lies: the one place that knows, so that files can move."""

import functools
import hashlib
import pathlib
import sys

PACKAGE = pathlib.Path(__file__).parent.parent
CHECKOUT = PACKAGE.parent  # in a checkout, the notebooks and the solutions lie beside the package


@functools.cache
def digest(*suffixes):
    """Return a digest of the package's files with these suffixes, as text: it tells one version from another, even of
    one day."""
    found = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in suffixes:
            found.update(f"{path.relative_to(PACKAGE)}\0".encode() + path.read_bytes() + b"\0")
    return found.hexdigest()


def command(module, function, *arguments):
    """Return the command line of a fresh interpreter that calls a function of one of our modules, with what this one
    can import; a learner's random.py comes last. `arguments`: plain data."""
    path = f"import sys; sys.path += [place for place in {sys.path!r} if place not in sys.path]; "
    call = f"import importlib; importlib.import_module({module!r}).{function}(*{arguments!r})"
    return [sys.executable, "-P", "-c", path + call]
