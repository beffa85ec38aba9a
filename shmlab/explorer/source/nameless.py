"""Find the text of code that was compiled under a name that is no file's.

A cell below `%%time` is compiled as "<timed exec>", a program from standard input as "<stdin>". IPython remembers the
text of each cell, and standard input can be read again if it is a file.
"""

import itertools
import linecache
import os
import stat
import sys

_MOST_CELLS = 200  # cells looked at, the last ones first
_MOST_BYTES = 1 << 20
_names = {}  # text -> the name under which linecache has it
_numbers = itertools.count(1)


def files_of(code):
    """Yield names of files, known to linecache, whose text may be the one that a piece of code was made from."""
    if not code.co_filename.startswith("<"):
        return
    texts = _stdin() if code.co_filename == "<stdin>" else _below_magics()
    for text in texts:
        yield _entered(text, code.co_filename)


def _entered(text, like):
    """Enter a text into linecache, and return the name of its file there. `like`: the name that the code has."""
    if text not in _names:
        name = _names[text] = f"{like[:-1]} {next(_numbers)}>"
        linecache.cache[name] = len(text), None, text.splitlines(keepends=True), name
    return _names[text]


def _below_magics():
    """Yield the text below the magics of cells that were run, the last cells first."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    if shell is None:
        return
    for cell in reversed(shell.history_manager.input_hist_raw[-_MOST_CELLS:]):
        lines = cell.splitlines(keepends=True)
        while lines and (lines[0].startswith("%%") or not lines[0].strip()):
            del lines[0]
            yield shell.transform_cell("".join(lines))


def _stdin():
    """Yield the text of standard input, if that is a file."""
    try:
        if stat.S_ISREG(os.fstat(0).st_mode):
            yield os.pread(0, _MOST_BYTES, 0).decode()
    except (OSError, ValueError):
        return
