"""Find where a function can stand with nothing hidden, from its source as the learner wrote it.

While a function stands in the middle of an expression, values that it has computed wait on the interpreter's stack,
where nobody can look. A place is *clean* if no value without a name waits there: the first call of a statement, a loop
whose iterator has a name (see rewrite), the head of a with-statement. A place is a span: (line, end line, column, end
column).
"""

import ast
import typing

CALL, LOOP, MANAGER, YIELD = "call", "loop", "manager", "yield"
ANY = None  # the first part of a path that is no name: a method of the value of an expression is called
_DRIVERS = ("any", "all", "next")  # builtin functions that hold no value while they run a generator


class Stand(typing.NamedTuple):
    """A clean place. `path`: the names that lead to the function that is called: ("self", "step"). `handlers`: how
    many except and finally parts it lies in, each of which holds an exception. `drives`: the generator that any, all
    or next may be running there, see _driven. `waiting`: names of the variables whose values wait there, too."""

    kind: str
    path: tuple = ()
    handlers: int = 0
    drives: str = ""
    waiting: tuple = ()


class Standing(ast.NodeVisitor):
    """The clean places of a module. `places`: {span: [Stand, …]}."""

    def __init__(self, tree):
        self.places = {}
        self._handlers = 0
        self._grouped = 0  # nesting depth in except*, which has lists on the stack
        self._waiting = ()  # names of the variables whose values are on the stack in the current expression
        self._rebound = _names_rebound(tree)
        self.visit(tree)

    def at(self, span, kind):
        """Return the Stand of this kind at a span, or None."""
        return next((stand for stand in self.places.get(span, ()) if stand.kind == kind), None)

    def visit_FunctionDef(self, node):
        before = self._handlers, self._grouped
        self._handlers = self._grouped = 0
        for statement in node.body:
            self.visit(statement)
        self._handlers, self._grouped = before
        for part in (*node.decorator_list, node.args):
            self.visit(part)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Try(self, node):
        for part in (*node.body, *node.orelse):
            self.visit(part)
        self._handlers += 1
        for part in (*node.handlers, *node.finalbody):
            self.visit(part)
        self._handlers -= 1

    def visit_TryStar(self, node):
        for part in (*node.body, *node.orelse):
            self.visit(part)
        self._grouped += 1
        for part in (*node.handlers, *node.finalbody):
            self.visit(part)
        self._grouped -= 1

    def visit_Expr(self, node):
        self._first(node.value)
        self.generic_visit(node)

    visit_Return = visit_Assign = visit_AnnAssign = visit_Expr

    def visit_AugAssign(self, node):
        self._in_order([node.target, node.value])
        self.generic_visit(node)

    def visit_If(self, node):
        self._first(node.test)
        self.generic_visit(node)

    visit_While = visit_Assert = visit_If

    def visit_Raise(self, node):
        if node.exc is not None:
            self._first(node.exc)
        self.generic_visit(node)

    def visit_For(self, node):
        self._first(node.iter)
        for place in (node, node.iter):  # which of them depends on Python's version
            self._clean(LOOP, place)
        self.generic_visit(node)

    def visit_With(self, node):
        for item in node.items:
            self._first(item.context_expr)
            for place in (node, item.context_expr):
                self._clean(MANAGER, place)
        self.generic_visit(node)

    def visit_Match(self, node):
        self._first(node.subject)
        for case in node.cases:
            if case.guard is not None:
                self._first(case.guard)
        self.generic_visit(node)

    def _comprehension(self, node):
        # Lists, sets and dicts are made by functions, see rewrite; a generator with one loop holds only its iterator.
        is_generator = isinstance(node, ast.GeneratorExp)
        if not is_generator or len(node.generators) == 1:
            parts = [node.key] if isinstance(node, ast.DictComp) else [node.elt]
            parts += [node.value] if isinstance(node, ast.DictComp) else []
            parts += [test for generator in node.generators for test in generator.ifs]
            parts += [generator.iter for generator in node.generators[1:]]
            before = self._handlers, self._waiting
            self._handlers, self._waiting = 0, ()
            for part in parts:
                self._first(part)
            for generator in node.generators:
                self._clean(LOOP, generator.iter)
                self._clean(LOOP, node)
            if is_generator:
                self._clean(YIELD, node.elt)
                self._clean(YIELD, node)
            self._handlers, self._waiting = before
        self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = visit_GeneratorExp = _comprehension

    def _first(self, node):
        """Note the places in an expression that are reached before any value without a name is on the stack."""
        match node:
            case ast.Call():
                self._call(node)
            case ast.Await() | ast.Starred():
                pass
            case ast.Yield(value=value) | ast.YieldFrom(value=value):
                self._clean(YIELD, node)
                if value is not None:
                    self._first(value)
            case ast.UnaryOp(operand=first) | ast.NamedExpr(value=first):
                self._first(first)
            case ast.BinOp(left=left, right=right):
                self._in_order([left, right])
            case ast.Compare(left=left, comparators=[right, *_]):
                self._in_order([left, right])
            case ast.Subscript(value=first, slice=index):
                self._in_order([first, index])
            case ast.Attribute(value=first):
                self._first(first)
            case ast.Tuple(elts=values) | ast.List(elts=values):
                self._in_order(values)
            case ast.BoolOp(values=values):
                for value in values:
                    self._first(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                for value in (test, body, orelse):
                    self._first(value)
            case ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                self._clean(CALL, node, ("<comprehension>",))
                self._first(node.generators[0].iter)
            case ast.JoinedStr(values=[ast.FormattedValue(value=first), *_]):
                self._first(first)

    def _call(self, node):
        path = _path(node.func)
        arguments = [*node.args, *(named.value for named in node.keywords)]
        drives = _driven(node) if path is not None and len(path) == 1 and path[0] in _DRIVERS else ""
        if path is not None:
            self._clean(CALL, node, path, drives)
        if drives:  # since Python 3.14, any and all of a generator are a loop, at the place of their name
            self._clean(CALL, node.func, path, drives)
        if isinstance(node.func, ast.Name):
            self._in_order([node.func, *arguments])
        elif isinstance(node.func, ast.Attribute):
            self._first(node.func.value)

    def _in_order(self, nodes):
        """Note the places in expressions that are evaluated one after the other, while the values before each wait."""
        before = self._waiting
        for node in nodes:
            self._first(node)
            if not self._is_stable(node):
                break
            if isinstance(node, ast.Name):
                self._waiting = (*self._waiting, node.id)
        self._waiting = before

    def _is_stable(self, node):
        """Return whether a waiting value is known from the code, or is still the value of its variable."""
        return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id not in self._rebound)

    def _clean(self, kind, node, path=(), drives=""):
        if not self._grouped:
            self.places.setdefault(span_of(node), []).append(Stand(kind, path, self._handlers, drives, self._waiting))


def _driven(call):
    """Return the generator that is the first argument of a call: the name of its code, or of a variable; "" for
    anything else."""
    match call.args:
        case [ast.GeneratorExp(), *_]:
            return "<genexpr>"
        case [ast.Name(id=name), *_]:
            return name
    return ""


def _path(function):
    """Return the names that lead to the function that is called, or None."""
    names = []
    while isinstance(function, ast.Attribute):
        names.append(function.attr)
        function = function.value
    match function:
        case ast.Name(id=name):
            return (name, *reversed(names))
        case _ if names:  # a method of the value of an expression, which is its first argument
            return (ANY, names[0])
    return None


def _names_rebound(tree):
    """Return the names that may get another value while an expression waits: variables of other functions that a
    function assigns, and variables that an expression assigns."""
    rebound = set()
    for node in ast.walk(tree):
        match node:
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                rebound.update(names)
            case ast.NamedExpr(target=target):
                rebound.add(target.id)
    return rebound


def span_of(node):
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
