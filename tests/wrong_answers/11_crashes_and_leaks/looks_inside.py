"""print_page: looks for paper inside.

The learner gives the lock back between two looks, so that nobody is kept.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    inside.undo = True
    inside.acquire()
    while sheets.value == 0:
        inside.release()
        inside.acquire()
    sheets.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
