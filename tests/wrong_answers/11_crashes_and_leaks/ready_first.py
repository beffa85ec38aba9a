"""print_page: ready before it is printed.

The learner tells the customer to come, as it takes only a moment.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside,):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    ready.release()
    press(lock, meter)
    inside.release()
