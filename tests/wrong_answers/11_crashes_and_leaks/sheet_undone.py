"""print_page: the sheet is undone.

The learner wants the sheet of a page that was not printed back.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    for semaphore in (inside, sheets):
        semaphore.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
