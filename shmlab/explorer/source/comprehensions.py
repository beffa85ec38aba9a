"""A comprehension as the function that it stands for: loops over what it is given, a list, set or dict that grows.

While a comprehension goes on, what it has made so far, and its iterators, wait where nobody can look. In a function
they are local variables. Source: The Python Language Reference, 6.2.4.
"""

import ast

_SHOWN = {ast.ListComp: "<listcomp>", ast.SetComp: "<setcomp>", ast.DictComp: "<dictcomp>"}


def can_be_a_function(node):
    """Whether a comprehension means the same as that function: it waits for nothing, and names neither its own
    function's class nor all of its variables."""
    own = {"super", "__class__", "locals"}
    return not any(
        isinstance(part, ast.Await)
        or getattr(part, "is_async", False)
        or (isinstance(part, ast.Name) and part.id in own)
        for part in ast.walk(node)
    )


def as_function(node, prefix):
    """(statements that have to stand before it, the function); it takes what the first loop goes through. `prefix`: of
    the names of its variables."""
    made, through = f"{prefix}made", f"{prefix}through"
    names = sorted({part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)})
    empty, added = _growing(node, prefix)
    body = added
    for number, generator in reversed(list(enumerate(node.generators))):
        for test in reversed(generator.ifs):
            body = [ast.copy_location(ast.If(test, body, []), test)]
        source = generator.iter if number else _loaded(through, generator.iter)
        body = [ast.copy_location(ast.For(generator.target, source, body, []), generator.iter)]
    declared = [ast.copy_location(ast.Nonlocal(names), node)] if names else []
    returned = ast.copy_location(ast.Return(_loaded(made, node)), node)
    body = [*declared, _assigned(made, empty, node), *body, returned]
    taken = ast.arguments([], [ast.arg(through)], None, [], [], None, [])
    function = ast.copy_location(ast.FunctionDef(_SHOWN[type(node)], taken, body, [], None, None), node)
    function.type_params = []
    # What a walrus assigns is a variable of the function around: it is one if something there assigns it, be it never.
    never = [ast.If(ast.Constant(False), [_assigned(name, ast.Constant(None), node)], []) for name in names]
    return [ast.copy_location(one, node) for one in never], ast.fix_missing_locations(function)


def _growing(node, prefix):
    """(what a comprehension begins with, statements that add one element)."""
    made, key, value = (f"{prefix}{name}" for name in ("made", "key", "value"))
    if isinstance(node, ast.DictComp):
        target = ast.Subscript(_loaded(made, node), _loaded(key, node), ast.Store())
        last = ast.Assign([target], _loaded(value, node))
        added = [_assigned(key, node.key, node.key), _assigned(value, node.value, node.value)]
        return ast.Dict([], []), [*added, ast.copy_location(last, node.value)]
    is_list = isinstance(node, ast.ListComp)
    method = ast.Attribute(_loaded(made, node), "append" if is_list else "add", ast.Load())
    last = ast.Expr(ast.Call(method, [_loaded(value, node)], []))
    empty = ast.List([], ast.Load()) if is_list else ast.Set([ast.Starred(ast.Tuple([], ast.Load()), ast.Load())])
    return empty, [_assigned(value, node.elt, node.elt), ast.copy_location(last, node.elt)]


def _loaded(name, where):
    return ast.copy_location(ast.Name(name, ast.Load()), where)


def _assigned(name, value, where):
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), where)
