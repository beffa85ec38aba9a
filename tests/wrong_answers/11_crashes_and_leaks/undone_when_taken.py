"""print_page: undone when taken only.

The learner switches undo off when all has gone well.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside,):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.undo = False
    inside.release()
    ready.release()
