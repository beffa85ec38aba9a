"""print_page: undo nowhere.

The learner releases on every path, and forgets kill -9.
"""


def print_page(lock, paper, meter, done):
    sheets, inside, ready = (sysv_ipc.Semaphore(key) for key in (paper, lock, done))
    sheets.acquire()
    inside.acquire()
    press(lock, meter)
    inside.release()
    ready.release()
