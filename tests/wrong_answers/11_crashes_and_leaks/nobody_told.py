"""print_page: nobody is told.

The learner thinks that the customer sees the page.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
