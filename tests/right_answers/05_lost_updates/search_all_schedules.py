"""worst_schedule: all 924 schedules are played, and one is returned that ends lowest."""

from itertools import combinations


def worst_schedule():
    def play(schedule):
        counter, loaded, steps = 0, [0, 0], [0, 0]
        for who in schedule:
            if steps[who] % 2 == 0:
                loaded[who] = counter
            else:
                counter = loaded[who] + 1
            steps[who] += 1
        return counter

    every = ([0 if place in zeros else 1 for place in range(12)] for zeros in combinations(range(12), 6))
    return min(every, key=play)
