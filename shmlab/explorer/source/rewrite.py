"""Put marks into a learner's function: the same code, which also says where it stands.

`__shmlab_mark__()` stands before each statement and each loop's test, where nothing but local variables distinguishes
one visit from another. It counts, so that a private loop without end is found, and lets the explorer see that two
histories have come to the same state. Values that would be on the interpreter's stack, where nobody can look, get
names: iterators of for-loops, managers of with-statements, subjects of matches, values about to be returned, the cells
of variables that functions share. Comprehensions become the functions with loops that they stand for. Imports inside
functions go through `__shmlab_import__`. Lines, columns and the values of all expressions stay as they are.
"""

import ast

from shmlab.explorer.source import comprehensions

MARK, TICK, IMPORT = "__shmlab_mark__", "__shmlab_tick__", "__shmlab_import__"
NAMED, LOOPED = "__shmlab_named__", "__shmlab_looped__"
HOOKS = (MARK, TICK, IMPORT, NAMED, LOOPED)
PREFIX = "_shmlab_"  # begins each name that is added
CELLS = f"{PREFIX}cells"
_UNMARKED = (ast.Global, ast.Nonlocal, ast.FunctionDef, ast.ClassDef, ast.While)


class Marker(ast.NodeTransformer):
    """Puts marks into every function of a module."""

    def __init__(self):
        self._inside = False  # in a function
        self._handlers = 0  # nesting depth in except and finally parts
        self._grouped = False  # in the handlers of an except*, which has lists of its own on the stack
        self._waits = False  # in a try with a finally, or in a with: a returned value is on the stack while these end
        self._named = 0
        self._scopes = []  # names of the functions and classes around
        self._functions = {}  # (qualified name, first line) -> node
        self._nonlocal = set()  # names of variables that an inner function changes
        self._hoisted = []  # functions made of comprehensions, to be put before the statement they stand in

    def name_cells(self, codes):
        """Give the cells of each function's variables a name: of those that functions in it share, and of those around
        it that some function changes. Return whether there were any cells."""
        any_cells = False
        for key, node in self._functions.items():
            code = codes.get(key)
            cells = (*code.co_cellvars, *(name for name in code.co_freevars if name in self._nonlocal)) if code else ()
            if cells:
                names = ast.Tuple([ast.Name(name, ast.Load()) for name in cells], ast.Load())
                nobody = ast.arguments([], [], None, [], [], None, [])
                index = 1 if _is_docstring(node.body[0]) else 0
                node.body.insert(index, _assigned(CELLS, ast.Lambda(nobody, names), node.body[0]))
                any_cells = True
        return any_cells

    def visit_FunctionDef(self, node):
        before = self._inside, self._handlers, self._grouped, self._waits, self._hoisted
        self._inside, self._handlers, self._grouped, self._waits, self._hoisted = True, 0, False, False, []
        line = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
        self._functions[".".join((*self._scopes, node.name)), line] = node
        self._scopes += [node.name, "<locals>"]
        node.body = self._statements(node.body)
        del self._scopes[-2:]
        self._inside, self._handlers, self._grouped, self._waits, self._hoisted = before
        return node

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Nonlocal(self, node):
        self._nonlocal.update(node.names)
        return node

    def visit_ClassDef(self, node):
        before, self._inside = self._inside, False
        self._scopes.append(node.name)
        self.generic_visit(node)
        self._scopes.pop()
        self._inside = before
        return node

    def visit_Lambda(self, node):
        before, self._inside = self._inside, False
        self.generic_visit(node)
        self._inside = before
        return node

    def _statements(self, statements):
        marked = []
        for index, statement in enumerate(statements):
            if self._inside and not self._grouped and _worth_a_mark(statement, first=index == 0):
                marked.append(_call_before(MARK, statement, *self._how_deep()))
            before, self._hoisted = self._hoisted, []
            changed = self.visit(statement)
            marked += self._hoisted
            self._hoisted = before
            marked += changed if isinstance(changed, list) else [changed]
        return marked

    def _how_deep(self):
        return [ast.Constant(self._handlers)] if self._handlers else []

    def _name(self, kind):
        self._named += 1
        return f"{PREFIX}{kind}{self._named}"

    def visit_For(self, node):
        node.iter = self.visit(node.iter)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        if not self._inside:
            return node
        node.body.insert(0, _call_before(TICK, node.body[0]))
        name, where = self._name("iterator"), node.iter
        assignment = _assigned(name, _call(NAMED, where, node.iter), where)
        node.iter = _call(LOOPED, where, ast.Name(name, ast.Load()))
        return [assignment, node, _forgotten(name, where)]

    def visit_While(self, node):
        node.test = self.visit(node.test)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        if self._inside:
            counted = _call(TICK, node.test) if self._grouped else _call(MARK, node.test, *self._how_deep())
            node.test = ast.copy_location(ast.BoolOp(ast.And(), [counted, node.test]), node.test)
        return node

    def visit_If(self, node):
        node.test = self.visit(node.test)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        return node

    def visit_Return(self, node):
        node = self.generic_visit(node)
        if not (self._inside and self._waits) or node.value is None or isinstance(node.value, ast.Constant):
            return node  # a constant stands in the code, which is a copy of its own for each return
        name = f"{PREFIX}returned"
        assignment = _assigned(name, node.value, node.value)
        node.value = ast.copy_location(ast.Name(name, ast.Load()), node.value)
        return [assignment, node]

    def visit_With(self, node):
        before, self._waits = self._waits, True
        body = self._statements(node.body)
        self._waits = before
        for item in reversed(node.items):
            manager = self.visit(item.context_expr)
            if self._inside:
                name = self._name("manager")
                item.context_expr = ast.copy_location(ast.Name(name, ast.Load()), manager)
                around, after = [_assigned(name, manager, manager)], [_forgotten(name, manager)]
            else:
                item.context_expr, around, after = manager, [], []
            body = [*around, ast.copy_location(ast.With([item], body), node), *after]
        return body

    def visit_Try(self, node):
        before, self._waits = self._waits, self._waits or bool(node.finalbody)
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        self._handlers += 1
        for handler in node.handlers:
            handler.body = self._statements(handler.body)
        self._waits = before
        node.finalbody = self._statements(node.finalbody)
        self._handlers -= 1
        return node

    def visit_TryStar(self, node):
        before, self._grouped = self._grouped, True
        node.body, node.orelse = self._statements(node.body), self._statements(node.orelse)
        for handler in node.handlers:
            handler.body = self._statements(handler.body)
        node.finalbody = self._statements(node.finalbody)
        self._grouped = before
        return node

    def visit_Match(self, node):
        node.subject = self.visit(node.subject)
        name, where = self._name("subject"), node.subject
        for case in node.cases:
            case.guard = None if case.guard is None else self.visit(case.guard)
            case.body = self._statements(case.body)
            if self._inside:
                case.body.insert(0, _forgotten(name, case.body[0]))
        if not self._inside:
            return node
        assignment = _assigned(name, node.subject, where)
        node.subject = ast.copy_location(ast.Name(name, ast.Load()), where)
        return [assignment, node, _forgotten(name, where)]

    def _comprehension(self, node):
        if not self._inside or self._grouped or not comprehensions.can_be_a_function(node):
            return self._ticked(node)
        name = self._name("comprehension")
        outer = self.visit(node.generators[0].iter)
        before, function = comprehensions.as_function(node, PREFIX)
        self._hoisted += [*before, self.visit_FunctionDef(function)]
        self._hoisted.append(_assigned(name, ast.Name(function.name, ast.Load()), node))
        return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), [outer], []), node)

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension

    def _ticked(self, node):
        self.generic_visit(node)
        if self._inside:
            for generator in node.generators:
                generator.ifs.insert(0, _call(TICK, generator.iter))
        return node

    visit_GeneratorExp = _ticked

    def visit_Import(self, node):
        if not self._inside:
            return node
        return [_imported(node, alias.name, "", alias.asname or alias.name.partition(".")[0], alias.asname)
                for alias in node.names]  # fmt: skip

    def visit_ImportFrom(self, node):
        if not self._inside or node.level or node.names[0].name == "*":
            return node
        return [_imported(node, node.module, alias.name, alias.asname or alias.name, True) for alias in node.names]


def _is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _worth_a_mark(statement, first):
    """Return whether a statement may do an operation, or call something that does one."""
    if isinstance(statement, _UNMARKED):
        return False
    if first and _is_docstring(statement):
        return False  # a docstring has to stay first
    busy = (ast.Attribute, ast.Subscript, ast.Call, ast.With, ast.For, ast.Raise, ast.Yield, ast.YieldFrom)
    return any(isinstance(part, busy) for part in ast.walk(statement))


# The functions below give a new node the place of an old one; ast.fix_missing_locations gives it to all its parts.


def _call(name, where, *arguments):
    return ast.copy_location(ast.Call(ast.Name(name, ast.Load()), list(arguments), []), where)


def _call_before(name, statement, *arguments):
    return ast.copy_location(ast.Expr(_call(name, statement, *arguments)), statement)


def _assigned(name, value, where):
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), where)


def _forgotten(name, where):
    """Return a statement that drops an added variable when the statement that used it is over."""
    return _assigned(name, ast.Constant(None), where)


def _imported(node, module, name, bound, leaf):
    arguments = [ast.Constant(module), ast.Constant(name), ast.Constant(bool(leaf))]
    return _assigned(bound, _call(IMPORT, node, *arguments), node)
