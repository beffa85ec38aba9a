"""print_page: the signal is undone.

The learner thinks that a release needs no undo only where it was acquired.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside, ready):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
