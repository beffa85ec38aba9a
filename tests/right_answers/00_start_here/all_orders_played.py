"""final_values: all orders of steps are played."""

from itertools import permutations


def final_values():
    def ends(amounts):
        steps = [rank for rank in range(len(amounts)) for _ in range(2)]
        found = set()
        for order in set(permutations(steps)):
            counter, loaded = 0, {}
            for rank in order:
                if rank in loaded:
                    counter = loaded[rank] + amounts[rank]
                else:
                    loaded[rank] = counter
            found.add(counter)
        return found

    return [ends([1, 1]), ends([1, 10]), ends([1, 1, 1])]
