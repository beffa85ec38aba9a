"""The sources of a learner's functions: with marks and without, and the text of a line."""

import ast
import collections
import functools
import linecache
import types

from shmlab.explorer.ops import Place
from shmlab.explorer.source import nameless
from shmlab.explorer.source.facts import Facts
from shmlab.explorer.source.rewrite import Marker
from shmlab.explorer.source.standing import Standing


class Source:
    """A file or cell, rewritten. `codes`: {(qualified name, first line): code with marks}. `facts`: see Facts.
    `standing`: see Standing."""

    def __init__(self, text, file):
        tree = ast.parse(text)
        self.facts = Facts()
        self.facts.visit(tree)
        self.standing = Standing(tree)
        # IPython compiles each statement of a cell by itself: then Python does not see that a name in a function is an
        # imported module, and calls what is in it by other instructions.
        each = [_functions_of(ast.Module([statement], []), file) for statement in tree.body]
        self._originals = [_functions_of(tree, file), dict(collections.ChainMap(*each))]
        marker = Marker()
        tree = ast.fix_missing_locations(marker.visit(tree))
        self.codes = _functions_of(tree, file)
        if marker.name_cells(self.codes):
            self.codes = _functions_of(ast.fix_missing_locations(tree), file)

    def has(self, key, code):
        """Return whether this is the code of the function `key`, as the text stands here."""
        return any(codes[key].co_code == code.co_code for codes in self._originals if key in codes)


def _functions_of(tree, file):
    return _functions_in(compile(tree, file, "exec", dont_inherit=True), {})


def _functions_in(code, codes):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            codes[constant.co_qualname, constant.co_firstlineno] = constant
            _functions_in(constant, codes)
    return codes


def source_of(file, module_globals=None):
    """Return the Source of a file; None if it cannot be read."""
    lines = linecache.getlines(file, module_globals)
    cached_lines, source = _sources.get(file, (None, None))
    if cached_lines is not lines:
        source = _source("".join(lines), file)
        _sources[file] = lines, source
    return source


_sources = {}  # file -> the lines that linecache gave, and their Source


def _source(text, file):
    if not text:
        return None
    try:
        return Source(text, file)
    except (SyntaxError, RecursionError):
        return None


def marked_code(function):
    """Return the code of `function` with marks; None if its source cannot be found (lambdas, exec)."""
    code = function.__code__
    if (source_of(code.co_filename, function.__globals__)) is not None:
        return _marked_in(code.co_filename, function)
    return next(filter(None, (_marked_in(file, function) for file in nameless.files_of(code))), None)


def _marked_in(file, function):
    """Return the code of `function` with marks, made from the text of `file`; None if the text there is another
    function's."""
    code = function.__code__
    source = source_of(file, function.__globals__)
    key = code.co_qualname, code.co_firstlineno
    marked = source and source.codes.get(key)
    if marked is None or marked.co_name == "<lambda>" or marked.co_freevars != code.co_freevars:
        return None
    # A file may have changed since it was loaded: the loaded code counts. pytest rewrites assert statements.
    asserts_rewritten = "@pytest_ar" in function.__globals__
    return marked if asserts_rewritten or source.has(key, code) else None


@functools.lru_cache(maxsize=4096)
def spans(code):
    """Return the span of each instruction of a code: (line, end line, column, end column)."""
    return tuple(code.co_positions())


def line_of(place):
    """Return the learner's line at a Place, stripped; "" if it cannot be read."""
    return linecache.getline(place.file, place.line).strip() if isinstance(place, Place) else ""
