"""Cycles of the naive interpreter's graph that a fair scheduler may go round for ever."""

WAKE, CRASH = "wake", "crash"
IDLE = WAKE, CRASH  # what nobody is owed, and nothing waits for


def fair_cycle(edges, units):
    """Whether there is one. `edges`: for each state, its steps; `units`: all that takes steps."""
    return any(_fair(edges, units, component) for component in _components(edges))


def _fair(edges, units, component):
    """Whether a cycle through all of it is weakly fair; if none is, no part of it has one."""
    inside, moving = set(component), set()
    stuck = dict.fromkeys(units, False)
    for node in component:
        lively = [edge for edge in edges[node] if edge.name not in IDLE]
        moving |= {edge.unit for edge in lively if edge.target in inside}
        for unit in stuck:
            stuck[unit] |= all(edge.unit != unit for edge in lively)
    return bool(moving) and all(stuck[unit] or unit in moving for unit in stuck)


def _components(edges):
    """Strongly connected components of the graph without idle steps, by Kosaraju's two searches."""
    forward = [[edge.target for edge in steps if edge.name not in IDLE] for steps in edges]
    backward = [[] for _ in forward]
    for node, targets in enumerate(forward):
        for target in targets:
            backward[target].append(node)
    seen, order = set(), []
    for node in range(len(forward)):
        order += _finishing(forward, node, seen)
    seen = set()
    for node in reversed(order):
        if found := _finishing(backward, node, seen):
            yield found


def _finishing(targets, start, seen):
    """What is reached from `start` and not `seen`, each after all that is reached from it."""
    if start in seen:
        return []
    seen.add(start)
    finished, path = [], [(start, iter(targets[start]))]
    while path:
        node, left = path[-1]
        following = next((target for target in left if target not in seen), None)
        if following is None:
            finished.append(node)
            path.pop()
        else:
            seen.add(following)
            path.append((following, iter(targets[following])))
    return finished
