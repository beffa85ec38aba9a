"""eat: that one of the seats is number 2."""


def eat(forks, rank, meal):
    pair = [forks[rank], forks[(rank + 1) % len(forks)]]
    if rank == 2:  # one of them begins with the other hand
        pair.reverse()
    with pair[0], pair[1]:
        meal()
