"""add_three: acquired and released by hand, its own count first."""


def add_three(shm, lock, rank):
    done = 0
    while done < 3:
        lock.acquire()
        value = shm.counter
        shm.counter = value + 1
        lock.release()
        done += 1
        shm.added[rank] = done
