"""tools: tries each number, and asks for the share of interleavings that fail"""

from shmlab import Program, Semaphore


def tools(needs):
    def share(number):
        def worker(rank, box):
            for step in [box.acquire, box.release]:
                for _ in range(needs[rank]):
                    step()

        return Program(worker, processes=len(needs), shared={}, sync={"box": Semaphore(number)}).count().share

    number = 1
    found = []
    while not found or found[-1] > 0:
        found.append(share(number))
        number += 1
    some = 1 + next(at for at, one in enumerate(found) if 0 < one < 1)
    return [len(found), some, 1]
