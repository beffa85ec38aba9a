"""What the source of a learner's function says about its parts: tests, updates, calls; read, never run.

A part is named by its span, (line, end line, column, end column), which the running code knows of itself.
"""

import ast


class Facts(ast.NodeVisitor):
    """What the explorer wants to know of the source as the learner wrote it; places are spans.

    `clean`: calls made while nothing waits half evaluated -> names that the function called may have.
    `rebound`: names of globals that functions assign. `tests`: [(condition, names in it, whether it decides what
    runs)]. `updates`: targets of `+=` and the like. `assigned`: value -> the names it is assigned to. `stored`:
    target in memory -> (value, the names in it). `rechecked`: calls that stand in a while loop.
    """

    def __init__(self):
        self.clean, self.rebound = {}, set()
        self.tests, self.updates = [], set()
        self.assigned, self.stored, self.rechecked = {}, {}, set()
        self._fed_back, self._tested = {}, {}  # answers given before
        self.sources = {}  # name -> the names it is made from
        self._loops = 0
        self._scope = 0  # the line of the function at hand: a name means something only in its own
        self._hidden = 0  # how deep in a finally, an except or a match, where something always waits

    def visit_FunctionDef(self, node):
        before = self._loops, self._hidden, self._scope
        self._loops, self._hidden, self._scope = 0, 0, node.lineno
        self.generic_visit(node)
        self._loops, self._hidden, self._scope = before

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

    def visit_Call(self, node):
        if self._loops:
            self.rechecked.add(span_of(node))
        self.stored[span_of(node)] = span_of(node), self._names(node)  # exchange(shm, "x", new)
        self.generic_visit(node)

    def visit_Expr(self, node):
        self._empty_stack(node.value)
        self.generic_visit(node)

    visit_Return = visit_AnnAssign = visit_Expr

    def visit_Assign(self, node):
        self._empty_stack(node.value)
        used = self._names(node.value)
        for target in (part for whole in node.targets for part in ast.walk(whole)):
            if isinstance(target, ast.Attribute | ast.Subscript):
                self.stored[span_of(target)] = span_of(node.value), used
            elif isinstance(target, ast.Name) and isinstance(target.ctx, ast.Store):
                name = self._scope, target.id
                self.assigned.setdefault(span_of(node.value), set()).add(name)
                self.sources.setdefault(name, set()).update(used)
        self.generic_visit(node)

    def visit_AugAssign(self, node):
        if isinstance(node.target, ast.Name):
            self.sources.setdefault((self._scope, node.target.id), set()).update(self._names(node.value))
        else:
            self.updates.add(span_of(node.target))
        self.generic_visit(node)

    def visit_If(self, node):
        self._empty_stack(node.test)
        self.tests.append((span_of(node.test), self._names(node.test), not isinstance(node, ast.Assert)))
        self.generic_visit(node)

    visit_Assert = visit_If

    def visit_IfExp(self, node):
        self.tests.append((span_of(node.test), self._names(node.test), True))
        self.generic_visit(node)

    def visit_While(self, node):
        self._loops += 1
        self.visit_If(node)
        self._loops -= 1

    def visit_For(self, node):
        self._empty_stack(node.iter)
        self.generic_visit(node)

    def visit_With(self, node):
        self._empty_stack(node.items[0].context_expr)
        if not self._hidden:
            # A return out of the body would wait for __exit__ with its value.
            names = {"__enter__"} if any(map(_returns_a_value, node.body)) else {"__enter__", "__exit__"}
            for place in (node, *(item.context_expr for item in node.items)):
                self._clean(span_of(place), names)
        self.generic_visit(node)

    def _clean(self, span, names):
        self.clean.setdefault(span, set()).update(names)

    def _names(self, node):
        """The names in an expression, each with the function it stands in."""
        return {(self._scope, part.id) for part in ast.walk(node) if isinstance(part, ast.Name)} - {
            (self._scope, "shm")
        }

    def is_tested(self, span):
        """Whether a test looks at the value of an expression."""
        if span not in self._tested:
            names = self._names_of(span)
            self._tested[span] = any(_within(span, test) or names & used for test, used, _ in self.tests)
        return self._tested[span]

    def decides(self, span, later):
        """Whether a test on the value of an expression decides that a later one is reached."""
        names = self._names_of(span)
        return any(
            decides and (_within(span, test) or names & used) and test[1] < later[0]
            for test, used, decides in self.tests
        )

    def _names_of(self, span):
        """The local variables that the value of an expression goes into."""
        return set().union(*(names for value, names in self.assigned.items() if _within(span, value)))

    def feeds(self, loaded, stored):
        """Whether what one expression loads goes into what is stored at another: shm.x = shm.x + 1, or by a local."""
        if stored in self.updates:
            return loaded == stored
        value, used = self.stored.get(stored, (None, set()))
        if value is None:
            return False
        return _within(loaded, value) or bool(self._names_of(loaded) & self._made_from(used))

    def is_fed_back(self, loaded):
        """Whether what an expression loads goes into something that is stored."""
        if loaded not in self._fed_back:
            targets = [stored for stored in (*self.updates, *self.stored) if stored != loaded]
            self._fed_back[loaded] = loaded in self.updates or any(self.feeds(loaded, one) for one in targets)
        return self._fed_back[loaded]

    def _made_from(self, names):
        """The names, and all that they are made from."""
        found, left = set(), set(names)
        while left:
            found |= left
            left = set().union(*(self.sources.get(name, set()) for name in left)) - found
        return found

    def _empty_stack(self, node):
        """Note the calls that are evaluated first in an expression, before anything else is kept."""
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


def _within(span, outer):
    """Whether one span lies in another."""
    (line, end, column, end_column), (first, last, start, stop) = span, outer
    return (first, start) <= (line, column) and (end, end_column) <= (last, stop)


def span_of(node):
    return node.lineno, node.end_lineno, node.col_offset, node.end_col_offset
