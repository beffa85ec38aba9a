"""Cycles of the naive interpreter's graph that a fair scheduler may go round for ever."""

import collections

WAKE, CRASH = "wake", "crash"
IDLE = WAKE, CRASH  # what nobody is owed, and nothing waits for


def fair_cycle(edges, units):
    """Whether there is one. `edges`: for each state, its steps; `units`: all that takes steps."""
    allowed = [set(range(len(edges)))]
    while allowed:
        inside = allowed.pop()
        for component in _components(_within(edges, inside)):
            able, moving = _steps(edges, set(component))
            if not moving or not inside.issuperset(component):
                continue
            owed = {unit for unit in units if able[unit]} - moving
            if not owed:
                return True
            allowed.append({node for node in component if not any(able[unit] & {node} for unit in owed)})
    return False


def _within(edges, inside):
    """The graph with the states `inside` alone."""
    return [
        [edge for edge in steps if edge.target in inside] if node in inside else [] for node, steps in enumerate(edges)
    ]


def _steps(edges, inside):
    """(unit -> the states inside in which it can take a step, units that take one and stay inside): strong fairness."""
    able, moving = collections.defaultdict(set), set()
    for node in inside:
        for edge in edges[node]:
            if edge.name not in IDLE:
                able[edge.unit].add(node)
                moving |= {edge.unit} if edge.target in inside else set()
    return able, moving


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
