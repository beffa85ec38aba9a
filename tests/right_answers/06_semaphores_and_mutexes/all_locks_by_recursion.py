"""critical: all the mutexes, one inside of the other, everybody in the same order."""


def critical(locks, rank, prepare, body):
    def hold(number=0):
        if number == len(locks):
            return body()
        with locks[number]:
            return hold(number + 1)

    prepare()
    hold()
