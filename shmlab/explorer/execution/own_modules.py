"""A learner's own modules that a function imports: each execution imports them anew, as a fresh process does."""

import contextlib
import importlib.util
import os
import sys

from shmlab.base import pickling
from shmlab.explorer.execution import copies


def copied(name, process, own_stand_ins):
    """Return a fresh copy of the learner's module `name`; None if there is none, or it is a library's. `process`,
    `own_stand_ins`: as copies.load takes them. Raise what its import raises."""
    travelling = _travelling(name, own_stand_ins.path)
    return None if travelling is None else copies.load(travelling, process, own_stand_ins)


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
    """Until the with-statement ends, treat the learner's modules as not imported, and look for them in `path`."""
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
