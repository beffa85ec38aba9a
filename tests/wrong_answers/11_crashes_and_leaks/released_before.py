"""print_page: the lock is given back too early.

The learner takes the lock for a turnstile.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    sheets.acquire()
    inside.acquire()
    inside.release()
    press(lock, meter)
    ready.release()
