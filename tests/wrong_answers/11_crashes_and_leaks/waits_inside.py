"""print_page: waits for paper inside.

The learner takes the lock for all that has to do with printing.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside,):
        semaphore.undo = True
    inside.acquire()
    sheets.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
