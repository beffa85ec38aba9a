"""Turn a comprehension into the function that it stands for: loops that fill a list, set or dict.

While a comprehension runs, its result so far and its iterators are on the interpreter's stack, where nobody can look.
In a function they are local variables. Source: The Python Language Reference, 6.2.4.
"""

import ast

_SHOWN = {ast.ListComp: "<listcomp>", ast.SetComp: "<setcomp>", ast.DictComp: "<dictcomp>"}


def can_be_a_function(node):
    """Return whether a comprehension means the same as that function: it does not await, and names neither its own
    function's class nor all of its variables."""
    own = {"super", "__class__", "locals"}
    return not any(
        isinstance(part, ast.Await)
        or getattr(part, "is_async", False)
        or (isinstance(part, ast.Name) and part.id in own)
        for part in ast.walk(node)
    )


def as_function(node, prefix):
    """Return (statements that must stand before it, the function). The function takes what the first loop iterates
    over. `prefix`: begins the names of its variables."""
    result, through = f"{prefix}made", f"{prefix}through"
    names = sorted({part.target.id for part in ast.walk(node) if isinstance(part, ast.NamedExpr)})
    empty, added = _growing(node, prefix)
    body = added
    for number, generator in reversed(list(enumerate(node.generators))):
        for test in reversed(generator.ifs):
            body = [ast.copy_location(ast.If(test, body, []), test)]
        source = generator.iter if number else _loaded(through, generator.iter)
        body = [ast.copy_location(ast.For(generator.target, source, body, []), generator.iter)]
    declared = [ast.copy_location(ast.Nonlocal(names), node)] if names else []
    returned = ast.copy_location(ast.Return(_loaded(result, node)), node)
    body = [*declared, _assigned(result, empty, node), *body, returned]
    parameters = ast.arguments([], [ast.arg(through)], None, [], [], None, [])
    function = ast.copy_location(ast.FunctionDef(_SHOWN[type(node)], parameters, body, [], None, None), node)
    function.type_params = []
    # A walrus assigns a variable of the enclosing function. The assignment that never runs makes it a variable there.
    never = [ast.If(ast.Constant(False), [_assigned(name, ast.Constant(None), node)], []) for name in names]
    return [ast.copy_location(statement, node) for statement in never], ast.fix_missing_locations(function)


def _growing(node, prefix):
    """Return (the empty list, set or dict, statements that add one element to it)."""
    result, key, value = (f"{prefix}{name}" for name in ("made", "key", "value"))
    if isinstance(node, ast.DictComp):
        target = ast.Subscript(_loaded(result, node), _loaded(key, node), ast.Store())
        last = ast.Assign([target], _loaded(value, node))
        adding = [_assigned(key, node.key, node.key), _assigned(value, node.value, node.value)]
        return ast.Dict([], []), [*adding, ast.copy_location(last, node.value)]
    is_list = isinstance(node, ast.ListComp)
    method = ast.Attribute(_loaded(result, node), "append" if is_list else "add", ast.Load())
    last = ast.Expr(ast.Call(method, [_loaded(value, node)], []))
    empty = ast.List([], ast.Load()) if is_list else ast.Set([ast.Starred(ast.Tuple([], ast.Load()), ast.Load())])
    return empty, [_assigned(value, node.elt, node.elt), ast.copy_location(last, node.elt)]


def _loaded(name, where):
    return ast.copy_location(ast.Name(name, ast.Load()), where)


def _assigned(name, value, where):
    return ast.copy_location(ast.Assign([ast.Name(name, ast.Store())], value), where)
