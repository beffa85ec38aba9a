"""Livelocks: fair cycles, in which everybody who can go on does, and nobody gets anywhere.

Who can go on is a process, or a store buffer. Under weak fairness one that can take a step in every state of the cycle
takes one in it; under strong fairness one that can in some state, and so again and again. The two differ where a
process waits for a lock that is free now and then, and others take it each time: weak fairness may never give it that
lock. A cycle in which somebody is merely never scheduled is no livelock. Waking up for nothing and being killed are
no steps of a cycle. Sources: Lamport, Specifying Systems, 8.4 and 8.6; Emerson, Lei, Modalities for model checking,
Science of Computer Programming 8 (1987), for the search.
"""

from shmlab.explorer.model.model import IDLE_MOVES


class Graph:
    """States of a model by their numbers, as a state is long to compare. `states`: in a fixed order. `moves`: for each
    number [(who takes the step, the number of the state after it, or None where that is not among the states)]."""

    def __init__(self, model, states):
        self.states = list(states)
        numbers = {state: number for number, state in enumerate(self.states)}
        self.moves = [
            [(agent(move), numbers.get(following)) for move, following in moves_within(model, state)]
            for state in self.states
        ]

    def livelocked(self, fairness):
        """The fair cycles: the set of states of each, in a fixed order."""
        found, left = [], [range(len(self.states))]
        while left:
            for part in self._components(left.pop()):
                missed = self._missed(part, fairness)
                if not missed:
                    found.append({self.states[number] for number in part})
                elif fairness == "strong":  # only a cycle without the states in which one of them can go on is fair
                    rest = [number for number in sorted(part) if not missed & self._able(number)]
                    left += [rest] if rest else []
        return found

    def starving(self):
        """[(rank, a state)] of processes that a scheduler may keep waiting for ever for what is free again and again,
        in a cycle that is weakly fair. In the order of ranks."""
        found = {}
        for part in self._components(range(len(self.states))):
            for rank, _ in self._missed(part, "strong") if not self._missed(part, "weak") else ():
                found.setdefault(rank, self.states[min(part)])
        return sorted(found.items())

    def _components(self, numbers):
        """The strongly connected parts of some of the states that contain a cycle. Tarjan, SIAM J. Comput. 1 (1972),
        without recursion."""
        among, index, low, on_stack = set(numbers), {}, {}, set()
        after = {one: [other for _, other in self.moves[one] if other in among] for one in numbers}
        stack = []
        for root in numbers:
            if root in index:
                continue
            work = [(root, iter(after[root]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                one, following = work[-1]
                for other in following:
                    if other not in index:
                        index[other] = low[other] = len(index)
                        stack.append(other)
                        on_stack.add(other)
                        work.append((other, iter(after[other])))
                        break
                    if other in on_stack:
                        low[one] = min(low[one], index[other])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[one])
                    if low[one] == index[one]:
                        part = _popped(stack, on_stack, one)
                        if len(part) > 1 or one in after[one]:
                            yield part

    def _able(self, number):
        """Who could take a step in a state."""
        return {who for who, _ in self.moves[number]}

    def _missed(self, part, fairness):
        """Who is owed a step in the part, and takes none in it."""
        owed = _owed([self._able(number) for number in part], fairness)
        return owed - {who for number in part for who, other in self.moves[number] if other in part}


def moves_within(model, state):
    """The moves of a state that count in a cycle."""
    return [(move, following) for move, following in model.successors(state) if move[1] not in IDLE_MOVES]


def _popped(stack, on_stack, state):
    part = set()
    while True:
        one = stack.pop()
        on_stack.discard(one)
        part.add(one)
        if one == state:
            return part


def agent(move):
    """Who takes a step: a process, or its store buffer."""
    rank, what = move
    return (rank, "buffer") if what.startswith("flush") else (rank, "process")


def _owed(able, fairness):
    """Who is owed a step in a part of the states. `able`: for each of these, who could take one."""
    return set().union(*able) if fairness == "strong" else set.intersection(*able)


def fair_loop(model, start, part, fairness):
    """Moves from `start` through its part and back, in which everybody takes a step who is owed one."""
    able = [{agent(move) for move, _ in moves_within(model, state)} for state in part]
    loop, state = [], start
    for one in sorted(_owed(able, fairness)):
        if not any(agent(move) == one for move in loop):
            path, state = _way(model, state, part, lambda move, _, one=one: agent(move) == one)
            loop += path
    if state != start or not loop:
        loop += _way(model, state, part, lambda _, following: following == start)[0]
    return tuple(loop)


def _way(model, start, part, wanted):
    """(moves, state) of a shortest way within the part whose last move is `wanted(move, state after)`."""
    came, queue = {start: None}, [start]
    for state in queue:
        for move, following in moves_within(model, state):
            if following not in part:
                continue
            if wanted(move, following):
                path, at = [move], state
                while came[at] is not None:
                    at, earlier = came[at]
                    path.append(earlier)
                return path[::-1], following
            if following not in came:
                came[following] = state, move
                queue.append(following)
    raise LookupError("a strongly connected part has a way between any two of its states")
