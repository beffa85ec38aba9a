"""print_page: undo everywhere.

The learner thinks that undo makes every semaphore safe.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (sheets, inside, ready):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
