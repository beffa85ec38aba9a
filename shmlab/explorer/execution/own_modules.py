"""A learner's own modules, imported inside of a function: each execution reads them anew, as a fresh process does."""

import contextlib
import importlib.util
import os
import sys

from shmlab.base import pickling
from shmlab.explorer.execution import copies


def copied(name, process, found):
    """A fresh copy of the learner's module `name`, or None where it is a library's, or there is none. `process` and
    `found` as copies.load takes them. Raises what its import raises."""
    travelling = _travelling(name, found.path)
    return None if travelling is None else copies.load(travelling, process, found)


def _travelling(name, path):
    loaded = sys.modules.get(name)
    if loaded is not None and not pickling.is_learners(loaded):
        return None
    with _fresh(path):
        try:
            spec = importlib.util.find_spec(name)
        except (ImportError, ValueError):
            return None
        if spec is None or not spec.origin or not pickling.is_learners_file(spec.origin) or not spec.has_location:
            return None
        status = os.stat(spec.origin)
        key = name, spec.origin, status.st_mtime_ns, status.st_size
        if key not in _known:
            _known[key] = copies.dumps(importlib.import_module(name))
        return _known[key]


_known = {}  # (name, file, when it was changed, its size) -> the module as bytes


@contextlib.contextmanager
def _fresh(path):
    """Meanwhile, none of the learner's modules has been imported, and `path` is where they are looked for; afterwards,
    all is as before."""
    looked_in = list(sys.path)
    sys.path[:] = path
    before = {name: module for name, module in sys.modules.items() if _is_own(name, module)}
    for name in before:
        del sys.modules[name]
    try:
        yield
    finally:
        for name in [name for name, module in sys.modules.items() if _is_own(name, module)]:
            del sys.modules[name]
        sys.modules.update(before)
        sys.path[:] = looked_in


def _is_own(name, module):
    return name != "__main__" and pickling.is_learners(module)
