"""print_page: prints without the press.

The learner counts the page, and takes that for printing it.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    sheets.acquire()
    inside.acquire()
    sysv_ipc.Semaphore(meter).release()
    inside.release()
    ready.release()
