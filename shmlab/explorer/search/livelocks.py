"""Find livelocks: fair cycles, in which every agent that can go on does so, and no process gets anywhere.

An agent is a process or a store buffer. Fairness decides which cycles count. Under weak fairness, an agent that can
take a step in every state of the cycle takes one in it. Under strong fairness, so does an agent that can take a step
in some state of the cycle, and so again and again. The two differ where a process waits for a lock that becomes free
now and then, and other processes take it each time: weak fairness may never give it that lock. A cycle in which an
agent is merely never scheduled is no livelock. Spurious wake-ups and crashes are no steps of a cycle. Sources:
Lamport, Specifying Systems, 8.4 and 8.6; Emerson, Lei, Modalities for model checking, Science of Computer Programming
8 (1987), for the search.
"""

from shmlab.explorer.model.model import IDLE_MOVES


class Graph:
    """The states of a model by number, because whole states are slow to compare. `states`: in a fixed order. `moves`:
    for each number [(agent, number of the next state, or None if that is not among the states)]."""

    def __init__(self, model, states):
        self.states = list(states)
        numbers = {state: number for number, state in enumerate(self.states)}
        self.moves = [
            [(agent(move), numbers.get(following)) for move, following in moves_within(model, state)]
            for state in self.states
        ]

    def livelocked(self, fairness):
        """Return the fair cycles, each as the set of its states, in a fixed order."""
        cycles, remaining = [], [range(len(self.states))]
        while remaining:
            for part in self._components(remaining.pop()):
                missed = self._missed(part, fairness)
                if not missed:
                    cycles.append({self.states[number] for number in part})
                elif fairness == "strong":  # a fair cycle avoids the states in which one of them can go on
                    rest = [number for number in sorted(part) if not missed & self._able(number)]
                    remaining += [rest] if rest else []
        return cycles

    def starving(self):
        """Return [(rank, state)], by rank, of the processes that a scheduler may keep waiting for ever for an object
        that becomes free again and again, in a cycle that is weakly fair."""
        first_states = {}
        for part in self._components(range(len(self.states))):
            for rank, _ in self._missed(part, "strong") if not self._missed(part, "weak") else ():
                first_states.setdefault(rank, self.states[min(part)])
        return sorted(first_states.items())

    def _components(self, numbers):
        """Yield the strongly connected components of some of the states that contain a cycle. Tarjan, SIAM J. Comput.
        1 (1972), without recursion."""
        among, index, low, on_stack = set(numbers), {}, {}, set()
        after = {
            number: [next_number for _, next_number in self.moves[number] if next_number in among] for number in numbers
        }
        stack = []
        for root in numbers:
            if root in index:
                continue
            work = [(root, iter(after[root]))]
            index[root] = low[root] = len(index)
            stack.append(root)
            on_stack.add(root)
            while work:
                number, following = work[-1]
                for next_number in following:
                    if next_number not in index:
                        index[next_number] = low[next_number] = len(index)
                        stack.append(next_number)
                        on_stack.add(next_number)
                        work.append((next_number, iter(after[next_number])))
                        break
                    if next_number in on_stack:
                        low[number] = min(low[number], index[next_number])
                else:
                    work.pop()
                    if work:
                        low[work[-1][0]] = min(low[work[-1][0]], low[number])
                    if low[number] == index[number]:
                        part = _popped(stack, on_stack, number)
                        if len(part) > 1 or number in after[number]:
                            yield part

    def _able(self, number):
        """Return the agents that could take a step in a state."""
        return {mover for mover, _ in self.moves[number]}

    def _missed(self, part, fairness):
        """Return the agents that are owed a step in the component and take none in it."""
        owed = _owed([self._able(number) for number in part], fairness)
        return owed - {mover for number in part for mover, other in self.moves[number] if other in part}


def moves_within(model, state):
    """Return the moves of a state that count in a cycle, as (move, next state)."""
    return [(move, following) for move, following in model.successors(state) if move[1] not in IDLE_MOVES]


def _popped(stack, on_stack, state):
    """Pop the stack down to `state`, and return what was popped as a set."""
    part = set()
    while True:
        top = stack.pop()
        on_stack.discard(top)
        part.add(top)
        if top == state:
            return part


def agent(move):
    """Return the agent of a move: a process, or its store buffer."""
    rank, action = move
    return (rank, "buffer") if action.startswith("flush") else (rank, "process")


def _owed(able, fairness):
    """Return the agents that are owed a step in a component. `able`: for each of its states the agents that could take
    one."""
    return set().union(*able) if fairness == "strong" else set.intersection(*able)


def fair_loop(model, start, part, fairness):
    """Return moves from `start` through its component `part` and back, in which every agent that is owed a step takes
    one."""
    able = [{agent(move) for move, _ in moves_within(model, state)} for state in part]
    loop, state = [], start
    for owed in sorted(_owed(able, fairness)):
        if not any(agent(move) == owed for move in loop):
            path, state = _way(model, state, part, lambda move, _, owed=owed: agent(move) == owed)
            loop += path
    if state != start or not loop:
        loop += _way(model, state, part, lambda _, following: following == start)[0]
    return tuple(loop)


def _way(model, start, part, wanted):
    """Return (moves, state) of a shortest way within the component whose last move is `wanted(move, state after)`.
    Raise LookupError if there is none."""
    came, queue = {start: None}, [start]
    for state in queue:
        for move, following in moves_within(model, state):
            if following not in part:
                continue
            if wanted(move, following):
                path, back = [move], state
                while came[back] is not None:
                    back, earlier = came[back]
                    path.append(earlier)
                return path[::-1], following
            if following not in came:
                came[following] = state, move
                queue.append(following)
    raise LookupError("a strongly connected part has a way between any two of its states")
