"""print_page: never gives the lock back.

The learner forgets the lock.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    ready.release()
