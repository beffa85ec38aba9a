"""print_page: undo for the sheet only.

The learner thinks that what a dead process took has to come back, and thinks of paper.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
