"""Make mutants: copies of a solution with one small change each, as a typing error or a slip of thought makes."""

import ast
import copy
import re

_COMPARISONS = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
}
_OPERATORS = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv}
_OPPOSITES = {"acquire": "release", "release": "acquire", "try_acquire": "acquire", "wait": "notify", "notify": "wait"}
_BODIES = ("body", "orelse", "finalbody")


def mutants(text):
    """Return [(name of the change, the changed text)] of a cell, with each change at each place."""
    tree = ast.parse(text)
    made = []
    for number, node in enumerate(ast.walk(tree)):
        for what, change in (*_of_expression(node), *_of_bodies(node)):
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[number])
            made.append(
                (f"{what} in line {getattr(node, 'lineno', 0)}", ast.unparse(ast.fix_missing_locations(changed)))
            )
    seen, original = set(), ast.unparse(tree)
    different = [(what, text) for what, text in made if text != original and not (text in seen or seen.add(text))]
    return [(what, text) for what, text in different if _is_python(text)]


def _is_python(text):
    try:
        compile(text, "mutant", "exec", dont_inherit=True)
    except SyntaxError:  # a `continue` whose loop was taken away
        return False
    return True


def _of_expression(node):
    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARISONS:
        yield "another comparison", lambda one: one.ops.__setitem__(0, _COMPARISONS[type(one.ops[0])]())
    if isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _OPERATORS:
        yield "another operator", lambda one: setattr(one, "op", _OPERATORS[type(one.op)]())
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        yield "the other truth", lambda one: setattr(one, "value", not one.value)
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        yield "one more", lambda one: setattr(one, "value", one.value + 1)
        yield "one less", lambda one: setattr(one, "value", one.value - 1)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and _OF_C.search(node.value):
        yield from _of_c(node.value)
    if isinstance(node, ast.Attribute) and node.attr in _OPPOSITES:
        yield "the opposite call", lambda one: setattr(one, "attr", _OPPOSITES[one.attr])
    if isinstance(node, ast.Call) and len(node.args) > 1:
        yield "arguments swapped", lambda one: one.args.reverse()
    if isinstance(node, ast.If | ast.While):
        yield "the test negated", lambda one: setattr(one, "test", ast.UnaryOp(ast.Not(), one.test))


_OF_C = re.compile(r"\{[^}]*;")
_IN_C = {
    "a flag of C left out": (re.compile(r"\w+ \| |(?<!\|) \| \w+(?! \|)"), lambda found: ""),
    "another comparison in C": (
        re.compile(r" ([!=])= "),
        lambda found: " == " if found[1] == "!" else " != ",
    ),
    "a statement of C left out": (re.compile(r"^[ \t]+[^\n{}#/]*;$", re.MULTILINE), lambda found: ""),
}


def _of_c(text):
    """Yield the changes of a C text, which say in which of its lines they are."""
    for what, (pattern, change) in _IN_C.items():
        for found in pattern.finditer(text):
            changed = text[: found.start()] + change(found) + text[found.end() :]
            line = text.count("\n", 0, found.start()) + 1
            yield f"{what}, line {line} of its text,", lambda one, changed=changed: setattr(one, "value", changed)


def _of_bodies(node):
    for name in _BODIES:
        body = getattr(node, name, None)
        if not isinstance(body, list) or isinstance(node, ast.Module):
            continue
        for at, statement in enumerate(body):
            yield "a statement left out", lambda one, name=name, at=at: _without(getattr(one, name), at)
            if at + 1 < len(body):
                yield "two statements swapped", lambda one, name=name, at=at: _swap(getattr(one, name), at)
            if isinstance(statement, ast.With | ast.If | ast.For | ast.While | ast.Try):
                yield "a block without its head", lambda one, name=name, at=at: _unwrapped(getattr(one, name), at)


def _without(body, at):
    body[at] = ast.Pass()


def _swap(body, at):
    body[at], body[at + 1] = body[at + 1], body[at]


def _unwrapped(body, at):
    body[at : at + 1] = body[at].body
