"""A learner's function with marks in it: the same code, which also says where it stands.

`__shmlab_mark__()` stands before each statement and each loop's test, where nothing but local
variables tells one visit from another: it counts (so that a private loop without end is found) and lets
the explorer see that two histories have come to the same state. Iterators of for-loops and managers of
with-statements get a name, as they would be hidden otherwise. Imports inside of functions go through
`__shmlab_import__`. Lines, columns and the values of all expressions stay as they are.
"""

import ast
import functools
import linecache
import types

from shmlab.explorer.facts import Facts
from shmlab.explorer.ops import Place

MARK, TICK, IMPORT = "__shmlab_mark__", "__shmlab_tick__", "__shmlab_import__"
PREFIX = "_shmlab_"  # what names of ours begin with
_UNMARKED = (ast.Global, ast.Nonlocal, ast.FunctionDef, ast.ClassDef, ast.While)


class Source:
    """A file or cell, rewritten. `codes`: (qualified name, first line) -> code with marks, `originals`: the
    same without. `facts`: see Facts."""

    def __init__(self, text, file):
        tree = ast.parse(text)
        self.facts = Facts()
        self.facts.visit(tree)
        self.originals = _functions_in(compile(tree, file, "exec", dont_inherit=True), {})
        tree = ast.fix_missing_locations(_Marker().visit(tree))
        self.codes = _functions_in(compile(tree, file, "exec", dont_inherit=True), {})


def _functions_in(code, found):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found[constant.co_qualname, constant.co_firstlineno] = constant
            _functions_in(constant, found)
    return found


def source_of(file, module_globals=None):
    """The Source of a file, or None when there is none to be read."""
    lines = linecache.getlines(file, module_globals)
    known, source = _sources.get(file, (None, None))
    if known is not lines:
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
    """The code of `function` with marks, or None when its source cannot be found (lambdas, exec)."""
    code = function.__code__
    source = source_of(code.co_filename, function.__globals__)
    if source is None:
        return None
    key = code.co_qualname, code.co_firstlineno
    found = source.codes.get(key)
    if found is None or found.co_name == "<lambda>" or found.co_freevars != code.co_freevars:
        return None
    # A file may have changed since it was loaded; what was loaded counts. pytest rewrites what asserts do.
    asserts_rewritten = "@pytest_ar" in function.__globals__
    return found if asserts_rewritten or source.originals[key].co_code == code.co_code else None


@functools.lru_cache(maxsize=4096)
def spans(code):
    """The span of each instruction of a code: (line, end line, column, end column)."""
    return tuple(code.co_positions())


def is_clean_call(frame, callee):
    """Whether `frame` stands in a direct call of a function named `callee`, with nothing half evaluated."""
    code = frame.f_code
    source = source_of(code.co_filename, frame.f_globals)
    return source is not None and callee in source.facts.clean.get(spans(code)[frame.f_lasti // 2], ())


def line_of(place):
    """The learner's line at a Place, stripped; empty when it cannot be read."""
    return linecache.getline(place.file, place.line).strip() if isinstance(place, Place) else ""


class _Marker(ast.NodeTransformer):
    """Puts marks into every function of a module."""

    def __init__(self):
        self._inside = False  # of a function
        self._hidden = 0  # how deep in a finally, an except or a match: there, more than locals matters
        self._named = 0

    def visit_FunctionDef(self, node):
        before = self._inside, self._hidden
        self._inside, self._hidden = True, 0
        node.body = self._statements(node.body)
        self._inside, self._hidden = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node):
        before, self._inside = self._inside, False
        self.generic_visit(node)
        self._inside = before
        return node

    def _statements(self, statements):
        marked = []
        for index, statement in enumerate(statements):
            if self._inside and not self._hidden and _worth_a_mark(statement, first=index == 0):
                marked.append(_call_before(MARK, statement))
            changed = self.visit(statement)
            marked += changed if isinstance(changed, list) else [changed]
        return marked

    def visit_For(self, node):
        node.iter = self.visit(node.iter)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        if not self._inside:
            return node
        node.body.insert(0, _call_before(TICK, node.body[0]))
        self._named += 1
        name = f"{PREFIX}iterator{self._named}"
        where = node.iter
        named = _assigned(name, _call("iter", where, node.iter), where)
        node.iter = ast.copy_location(ast.Name(name, ast.Load()), where)
        return [named, node, _forgotten(name, where)]

    def visit_While(self, node):
        node.test = self.visit(node.test)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        if self._inside:
            counted = _call(TICK if self._hidden else MARK, node.test)
            node.test = ast.copy_location(ast.BoolOp(ast.And(), [counted, node.test]), node.test)
        return node

    def visit_If(self, node):
        node.test = self.visit(node.test)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        return node

    def visit_With(self, node):
        body = self._statements(node.body)
        for item in reversed(node.items):
            manager = self.visit(item.context_expr)
            if self._inside:
                self._named += 1
                name = f"{PREFIX}manager{self._named}"
                item.context_expr = ast.copy_location(ast.Name(name, ast.Load()), manager)
                before, after = [_assigned(name, manager, manager)], [_forgotten(name, manager)]
            else:
                item.context_expr, before, after = manager, [], []
            body = [*before, ast.copy_location(ast.With([item], body), node), *after]
        return body

    def visit_Try(self, node):
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        self._hidden += 1
        for handler in node.handlers:
            handler.body = self._statements(handler.body)
        node.finalbody = self._statements(node.finalbody)
        self._hidden -= 1
        return node

    visit_TryStar = visit_Try

    def visit_Match(self, node):
        self._hidden += 1
        self.generic_visit(node)
        self._hidden -= 1
        return node

    def _comprehension(self, node):
        self.generic_visit(node)
        if self._inside:
            for generator in node.generators:
                generator.ifs.insert(0, _call(TICK, generator.iter))
        return node

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def visit_Import(self, node):
        if not self._inside:
            return node
        return [_imported(node, alias.name, "", alias.asname or alias.name.partition(".")[0], alias.asname)
                for alias in node.names]  # fmt: skip

    def visit_ImportFrom(self, node):
        if not self._inside or node.level or node.names[0].name == "*":
            return node
        return [_imported(node, node.module, alias.name, alias.asname or alias.name, True) for alias in node.names]


def _worth_a_mark(statement, first):
    """Whether a statement may do an operation, or call what does one."""
    if isinstance(statement, _UNMARKED):
        return False
    if first and isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return False  # a docstring has to stay first
    busy = (ast.Attribute, ast.Subscript, ast.Call, ast.With, ast.For)
    return any(isinstance(part, busy) for part in ast.walk(statement))


# What is made here gets its place at the top; ast.fix_missing_locations gives it to all within.


def _call(name, where, *arguments):
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), list(arguments), []), where)


def _call_before(name, statement):
    return ast.copy_location(ast.Expr(_call(name, statement)), statement)


def _assigned(name, value, where):
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), where)


def _forgotten(name, where):
    """Let go of what had a name only for our sake, when the statement that used it is over."""
    return _assigned(name, ast.Constant(None), where)


def _imported(node, module, name, bound, leaf):
    arguments = [ast.Constant(module), ast.Constant(name), ast.Constant(bool(leaf))]
    return _assigned(bound, _call(IMPORT, node, *arguments), node)
