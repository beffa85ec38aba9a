"""rendezvous: meets three times."""

MET = []


def start_counts():
    return [0, 0]


def rendezvous(rank, arrived, first, second):
    first()
    MET.append(rank)
    if len(MET) <= 3:
        arrived[rank].release()
        arrived[1 - rank].acquire()
    second()
