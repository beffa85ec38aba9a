"""Read from the source of a learner's function what it says about its calls and globals, without running it.

A part of the source is named by its span, (line, end line, column, end column), which the running code knows too.
"""

import ast


class Facts(ast.NodeVisitor):
    """Facts about the source as the learner wrote it, by span.

    `clean`: {span of a call made while nothing is half evaluated: names that the called function may have}. `rebound`:
    names of globals that functions assign.
    """

    def __init__(self):
        self.clean, self.rebound = {}, set()
        self._hidden = 0  # nesting depth in finally, except and match, where a value is always on the stack

    def visit_FunctionDef(self, node):
        before, self._hidden = self._hidden, 0
        self.generic_visit(node)
        self._hidden = before

    def visit_Try(self, node):
        for part in (*node.body, *node.orelse):
            self.visit(part)
        self._hidden += 1
        for part in (*node.handlers, *node.finalbody):
            self.visit(part)
        self._hidden -= 1

    visit_TryStar = visit_Try

    def visit_Match(self, node):
        self._hidden += 1
        self.generic_visit(node)
        self._hidden -= 1

    def visit_Global(self, node):
        self.rebound.update(node.names)

    def visit_Expr(self, node):
        self._empty_stack(node.value)
        self.generic_visit(node)

    visit_Return = visit_AnnAssign = visit_Assign = visit_Expr

    def visit_If(self, node):
        self._empty_stack(node.test)
        self.generic_visit(node)

    visit_Assert = visit_While = visit_If

    def visit_For(self, node):
        self._empty_stack(node.iter)
        self.generic_visit(node)

    def visit_With(self, node):
        self._empty_stack(node.items[0].context_expr)
        if not self._hidden:
            # A return in the body would keep its value on the stack while __exit__ runs.
            names = {"__enter__"} if any(map(_returns_a_value, node.body)) else {"__enter__", "__exit__"}
            for place in (node, *(item.context_expr for item in node.items)):
                self._clean(span_of(place), names)
        self.generic_visit(node)

    def _clean(self, span, names):
        self.clean.setdefault(span, set()).update(names)

    def _empty_stack(self, node):
        """Note the calls in an expression that are evaluated first, before any value is on the stack."""
        match node:
            case ast.Call():
                if isinstance(node.func, ast.Name | ast.Attribute) and not self._hidden:
                    self._clean(span_of(node), {getattr(node.func, "id", None) or node.func.attr})
            case ast.UnaryOp(operand=first) | ast.Compare(left=first) | ast.BinOp(left=first):
                self._empty_stack(first)
            case ast.Subscript(value=first) | ast.Attribute(value=first):
                self._empty_stack(first)
            case ast.BoolOp(values=values):
                for value in values:
                    self._empty_stack(value)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                for value in (test, body, orelse):
                    self._empty_stack(value)


def _returns_a_value(node):
    return any(isinstance(part, ast.Return) and not isinstance(part.value, ast.Constant | None)
               for part in ast.walk(node))  # fmt: skip


def span_of(node):
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
