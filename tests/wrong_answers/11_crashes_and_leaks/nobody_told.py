"""print_page: nobody is told.

The learner thinks that the customer sees the page.
"""


def print_page(lock, paper, meter, done):
    sheets, inside = sysv_ipc.Semaphore(paper), sysv_ipc.Semaphore(lock)
    inside.undo = True
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
