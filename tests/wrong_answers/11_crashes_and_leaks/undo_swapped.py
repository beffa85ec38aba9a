"""print_page: undo swapped.

The learner wants the sheet and the signal back when something goes wrong.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (sheets, ready):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
